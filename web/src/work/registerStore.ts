import { defineStore } from 'pinia';
import { computed, ref, shallowRef } from 'vue';
import { ApiError, listed, query } from '@/shared/api';
import { lineOf } from '@/shared/format';
import { kept } from '@/shared/idb';
import { lang } from '@/shared/i18n';
import { useKinds } from '@/shared/kinds';
import { useSession } from '@/shared/session';
import type { Matter } from '@/shared/types';

const KEPT = 'work.registers';
/** What a phone keeps at most; what is more is found with a signal. */
export const REGISTERS_MOST = 2000;
const PAGE = 200;
const AREAS = 3;
/** A register changes slowly: it is read anew once in so long, or when asked to. */
const OLD_MS = 6 * 3_600_000;

interface KeptRegisters {
  at: number;
  account: string;
  items: Matter[];
  whole: boolean;
}

/** The words by which one is found: its line, place and every word of its fields; personal ones are masked already. */
export function wordsOf(matter: Matter, line: string): string {
  const fields = Object.values(matter.fields ?? {}).filter((value) => typeof value === 'string');
  return [line, matter.number, matter.area_name, matter.place?.address, ...fields]
    .filter(Boolean)
    .join(' ')
    .toLowerCase();
}

/** Those that have all of the words somebody typed. */
export function foundBy(typed: string, words: string): boolean {
  return typed
    .toLowerCase()
    .split(/\s+/)
    .every((one) => words.includes(one));
}

/** The registers of my areas, kept for when there is no signal. They leave the phone when I sign out. */
export const useRegisters = defineStore('work-registers', () => {
  const items = shallowRef<Matter[]>([]);
  const at = ref<number | null>(null);
  /** Whether all there is was kept. */
  const whole = ref(true);
  const loading = ref(false);
  const problem = shallowRef<unknown>(null);
  const kinds = useKinds();
  const account = () => useSession().me?.id ?? '';

  async function show(old: KeptRegisters): Promise<void> {
    await Promise.all([...new Set(old.items.map((one) => one.kind))].map(kinds.loadWithParts));
    items.value = old.items;
    at.value = old.at;
    whole.value = old.whole;
  }

  async function fromServer(): Promise<KeptRegisters> {
    const areas = [...new Set((useSession().me?.posts ?? []).map((post) => post.area))].slice(0, AREAS);
    const found = new Map<string, Matter>();
    let all = true;
    await kinds.loadList();
    for (const { kind } of kinds.list.filter((one) => one.register))
      for (const area of areas) {
        const room = REGISTERS_MOST - found.size;
        if (room <= 0)
          return { at: Date.now(), account: account(), items: [...found.values()], whole: false };
        const path = `records${query({ kind, area, limit: PAGE })}`;
        const page = await listed<Matter>(path, room);
        const { flow } = await kinds.load(kind);
        const ended = (one: Matter) => flow.states.some((state) => state.name === one.state && state.final);
        page.items
          .slice(0, room)
          .filter((one) => !ended(one))
          .forEach((one) => found.set(one.id, one));
        all &&= !page.next && page.items.length <= room;
      }
    return { at: Date.now(), account: account(), items: [...found.values()], whole: all };
  }

  /** What the phone has at once; from the server when that is old, or `now`. */
  async function load(now = false): Promise<void> {
    if (loading.value) return;
    loading.value = true;
    problem.value = null;
    try {
      const old = await kept.get<KeptRegisters>(KEPT).catch(() => undefined);
      if (old?.account === account()) await show(old);
      if (!now && old && old.account === account() && Date.now() - old.at < OLD_MS) return;
      const whose = account();
      const fresh = await fromServer();
      // Somebody may have signed out meanwhile: then nothing of it stays.
      if (whose !== account() || !whose) return;
      await show(fresh);
      await kept.put(KEPT, fresh).catch(() => undefined);
    } catch (cause) {
      if (!(cause instanceof ApiError && cause.passing && items.value.length)) problem.value = cause;
    } finally {
      loading.value = false;
    }
  }

  const searchable = computed(() =>
    items.value.map((matter) => ({
      matter,
      words: wordsOf(matter, lineOf(kinds.byName[matter.kind], matter, lang())),
    })),
  );
  const find = (typed: string): Matter[] => {
    const clean = typed.trim();
    return searchable.value
      .filter(({ words }) => !clean || foundBy(clean, words))
      .map(({ matter }) => matter);
  };

  const copyOf = (id: string) => items.value.find((one) => one.id === id);

  return { items, at, whole, loading, problem, load, find, copyOf };
});
