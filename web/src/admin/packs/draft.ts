import { computed, onBeforeUnmount, reactive, ref, shallowRef, watch } from 'vue';
import { api, ApiError } from '@/shared/api';
import { useDraft } from '@/shared/draft';
import { sentence } from '@/shared/errors';
import type { Check, Finding, Pack, PackFile } from './types';

const PAUSE_MS = 500;
const skeleton = (pack: string) => `pack: ${pack}
version: 1
title: {zh: 新程序包, en: New pack}

kinds:
  ${pack}:
    title: {zh: 事项, en: Matter}
    line: "{what}"
    place: optional
    fields:
      what: {type: text, max: 500, required: true, search: true, zh: 情况, en: What is the matter}
    parties:
      reporter: {is: account, zh: 上报人, en: Reporter}
    see: [reporter]
    flow:
      reported: {light: new, zh: 已上报, en: Reported}
      closed: {light: done, final: true, zh: 已办结, en: Closed}
    moves:
      report: {zh: 上报, en: Report, to: reported, by: signed_in}
      close: {zh: 办结, en: Close, from: reported, to: closed, by: reporter}
`;

/** A file that cannot be read has nothing in it: what others miss of it says nothing, until it can be read. */
function readable(complaints: Finding[]): Finding[] {
  const broken = complaints.filter((one) => one.key === 'pack.yaml');
  return broken.length ? broken : complaints;
}

/** A pack, the files that hold, and the draft somebody makes of them: kept for the tab until it is a version. */
export function usePackDraft(pack: string, t: (key: string) => string) {
  const standing = shallowRef<Pack | null>(null);
  const problem = shallowRef<unknown>(null);
  const now = shallowRef<PackFile[]>([]);
  const check = shallowRef<Check | null>(null);
  const checkProblem = ref('');
  const checking = ref(false);
  const { draft } = useDraft<{ files: PackFile[]; from: string }>(`pack.${pack}`, () => ({
    files: [],
    from: '',
  }));
  const working = reactive({ loaded: false });

  async function files(which: number | 'now' | 'program'): Promise<PackFile[]> {
    return (await api.get<{ files: PackFile[] }>(`packs/${pack}/versions/${which}`)).files;
  }
  /** Not there yet: somebody begins a new pack. */
  async function standingOf(): Promise<Pack> {
    try {
      return await api.get<Pack>(`packs/${pack}`);
    } catch (cause) {
      if (!(cause instanceof ApiError) || cause.status !== 404) throw cause;
      const title = { zh: pack, en: pack };
      const none = { holds: false, number: 0, kinds: [], planned: null, versions: [], switches: [] };
      return { pack, title, ...none, program: false, program_differs: false };
    }
  }
  async function load(): Promise<void> {
    try {
      standing.value = await standingOf();
      now.value = standing.value.holds ? await files('now') : [];
      if (!draft.files.length) reset();
      working.loaded = true;
      problem.value = null;
    } catch (cause) {
      problem.value = cause;
    }
  }
  function take(list: PackFile[], from: string): void {
    draft.files = list.map((one) => ({ ...one }));
    draft.from = from;
  }
  function reset(): void {
    take(now.value.length ? now.value : [{ name: 'pack.yaml', text: skeleton(pack) }], '');
  }
  const changed = computed(() => {
    const before = new Map(now.value.map((one) => [one.name, one.text]));
    return (
      draft.files.length !== now.value.length || draft.files.some((one) => before.get(one.name) !== one.text)
    );
  });

  let timer: ReturnType<typeof setTimeout>;
  let turn = 0;
  async function look(): Promise<void> {
    const mine = ++turn;
    checking.value = true;
    try {
      const answer = await api.post<Check>(`packs/${pack}/check`, { files: draft.files }, 3, 60_000);
      if (mine !== turn) return;
      check.value = { ...answer, complaints: readable(answer.complaints) };
      checkProblem.value = '';
    } catch (cause) {
      if (mine === turn) checkProblem.value = sentence(cause, t);
    } finally {
      if (mine === turn) checking.value = false;
    }
  }
  watch(
    () => [working.loaded, draft.files],
    () => {
      clearTimeout(timer);
      if (working.loaded) timer = setTimeout(look, check.value ? PAUSE_MS : 0);
    },
    { deep: true },
  );
  onBeforeUnmount(() => {
    clearTimeout(timer);
    turn++;
  });
  return { standing, problem, now, draft, check, checkProblem, checking, changed, load, files, take, reset };
}
