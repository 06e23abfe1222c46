import { computed, onMounted, reactive, ref, shallowRef, watch, type Ref } from 'vue';
import { api } from '@/shared/api';
import { keeping } from '@/shared/keep';
import { debounced, useLive } from '@/shared/live';
import { useOutbox } from '@/shared/outboxStore';
import {
  nextToScore,
  pointsOf,
  scoresPath,
  type ScoreEntry,
  type Scores,
  type Values,
} from '@/shared/scores';
import type { OutboxItem } from '@/shared/outbox';

const PREFIX = 'wangge.draft.sheet.';

/** What is typed and not handed in yet; it outlives the page and the battery. */
function draftOf(key: string): Values | null {
  try {
    return JSON.parse(localStorage.getItem(PREFIX + key) ?? 'null');
  } catch {
    return null;
  }
}

/** One judge's round on the phone: entrants one at a time, sheets through the outbox. */
export function useJudging(round: Ref<string>) {
  const outbox = useOutbox();
  const scores = shallowRef<Scores | null>(null);
  const problem = shallowRef<unknown>(null);
  const loading = ref(true);
  const at = ref(0);
  const values = reactive<Values>({});
  const remark = ref('');
  const refused = ref('');

  async function load(): Promise<void> {
    try {
      scores.value = await keeping(`scores.${round.value}`, () => api.get<Scores>(scoresPath(round.value)));
      problem.value = null;
    } catch (cause) {
      problem.value = cause;
    } finally {
      loading.value = false;
    }
  }
  const entries = computed(() => scores.value?.entries ?? []);
  const entry = computed<ScoreEntry | undefined>(() => entries.value[at.value]);
  const key = computed(() => `${round.value}.${scores.value?.name ?? ''}.${entry.value?.id ?? ''}`);

  /** Sheets of an entrant that wait in the box: the first made it, later ones correct it. */
  function waiting(one: ScoreEntry): OutboxItem[] {
    const raised = outbox.items.filter((item) => item.path === 'records' && item.body.parent === one.id);
    const id = one.mine?.id ?? raised[0]?.id;
    return outbox.items.filter(
      (item) => raised.includes(item) || (id !== undefined && item.path.startsWith(`records/${id}/`)),
    );
  }
  const given = (one: ScoreEntry) => Boolean(one.mine) || waiting(one).length > 0;
  const pending = computed(() => (entry.value ? waiting(entry.value) : []));
  /** What this judge has said last, there or on its way. */
  function said(one: ScoreEntry): Values {
    const sent = waiting(one).map((item) => (item.body.fields ?? {}) as Values);
    return Object.assign({}, one.mine?.values ?? {}, ...sent);
  }
  const correcting = computed(() => Boolean(entry.value && given(entry.value)));
  const total = computed(() => pointsOf(scores.value?.rule.criteria ?? [], values));
  const changed = computed(() => {
    const before = entry.value ? said(entry.value) : {};
    return (scores.value?.rule.criteria ?? []).some(
      (one) => values[one.field] !== (before[one.field] ?? null),
    );
  });

  function fill(): void {
    const one = entry.value;
    if (!one || !scores.value) return;
    const draft = draftOf(key.value) ?? said(one);
    scores.value.rule.criteria.forEach(({ field }) => (values[field] = draft[field] ?? null));
    remark.value = '';
    refused.value = '';
  }
  function set(field: string, value: number): void {
    values[field] = value;
    localStorage.setItem(PREFIX + key.value, JSON.stringify(values));
  }
  watch(() => [scores.value?.name, entry.value?.id], fill);

  function command(one: ScoreEntry, all: Scores): Parameters<typeof outbox.submit>[0] {
    const [first] = waiting(one);
    const id = one.mine?.id ?? first?.id;
    const fields: Record<string, unknown> = { ...values };
    if (remark.value.trim()) fields.remark = remark.value.trim();
    const about = { kind: all.sheet_kind, title: one.title };
    const label = `${one.title} · ${total.value}`;
    if (id && all.correct)
      return { path: `records/${id}/${all.correct}`, label, about, body: { fields }, files: [] };
    return {
      path: 'records',
      label,
      about,
      body: { kind: all.sheet_kind, parent: one.id, fields },
      files: [],
    };
  }
  /** Hands the sheet in; true when it is safe: with the server, or in the box. */
  async function hand(): Promise<boolean> {
    const [one, all] = [entry.value, scores.value];
    if (!one || !all || total.value === null) return false;
    const name = PREFIX + key.value;
    const delivery = await outbox.submit(command(one, all));
    if (delivery?.refused) {
      refused.value = delivery.refused;
      return false;
    }
    localStorage.removeItem(name);
    await load();
    return true;
  }
  function go(index: number): void {
    at.value = index;
  }
  const next = () => nextToScore(entries.value, at.value + 1, given);

  const reread = debounced(load, 600);
  onMounted(async () => {
    await load();
    const first = nextToScore(entries.value, 0, given);
    at.value = Math.max(0, first);
    fill();
  });
  useLive({ record: reread, reload: load });
  watch(() => [outbox.online, outbox.waiting], reread);

  return {
    scores,
    problem,
    loading,
    load,
    at,
    entries,
    entry,
    values,
    remark,
    refused,
    given,
    pending,
    correcting,
    changed,
    total,
    set,
    hand,
    go,
    next,
  };
}
