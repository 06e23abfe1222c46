import { defineStore } from 'pinia';
import { computed, ref, shallowRef } from 'vue';
import { api, ApiError, listed, query } from '@/shared/api';
import { kept } from '@/shared/idb';
import { keepThumbs } from '@/shared/keep';
import { useKinds } from '@/shared/kinds';
import { useSession } from '@/shared/session';
import type { Matter } from '@/shared/types';
import { useAlarm } from './alarmStore';
import { useHere } from './here';
import { isGiven } from './next';
import { pointOf, walk, type Point } from './walk';

const KEPT = 'work.list';
const LIMIT = 200;
const DETAILS = 60;
const THUMBS = 90;

interface KeptList {
  at: number;
  account: string;
  own: Matter[];
  others: Matter[];
  details: Matter[];
  offered: [string, string[]][];
}

const LIGHT: Record<string, number> = { red: 0, amber: 1, green: 2, none: 3, grey: 4 };
/** Late first, then what is due next. */
export function byUrgency(a: Matter, b: Matter): number {
  const lights = (LIGHT[a.light_now] ?? 3) - (LIGHT[b.light_now] ?? 3);
  return lights || (a.due_at ?? '9999').localeCompare(b.due_at ?? '9999');
}

/** As one would walk them; what has no place comes after, by urgency. */
export function inWalkingOrder(matters: Matter[], from: Point | null): Matter[] {
  const placed = matters.filter(pointOf);
  const rest = matters.filter((one) => !pointOf(one)).sort(byUrgency);
  const begin = from ?? (placed.length ? pointOf([...placed].sort(byUrgency)[0]) : null);
  return begin ? [...walk(placed, (one) => pointOf(one) as Point, begin), ...rest] : rest;
}

const picturesOf = (matter: Matter): string[] =>
  [...Object.values(matter.fields ?? {}).flat(), ...(matter.files ?? [])].filter(
    (value): value is string => typeof value === 'string' && (matter.files ?? []).includes(value),
  );

/** What I have to do, and what is open where I hold a post; kept for when there is no signal. */
export const useWorkList = defineStore('work-list', () => {
  const own = shallowRef<Matter[]>([]);
  const others = shallowRef<Matter[]>([]);
  const details = new Map<string, Matter>();
  /** What the server has let me do in each state of what is mine: the best guess while it cannot be asked. */
  const offered = new Map<string, string[]>();
  const loading = ref(false);
  const problem = shallowRef<unknown>(null);
  /** When the list on the screen was read, if it is not from just now. */
  const keptAt = ref<number | null>(null);
  const readAt = ref<number | null>(null);

  const given = (matter: Matter | undefined) => {
    const me = useSession().me;
    return isGiven(matter, me?.id, me?.posts.flatMap((post) => post.org ?? []) ?? []);
  };
  const mine = computed(() => own.value.filter((one) => given(details.get(one.id))));
  const all = computed(() => [
    ...new Map([...own.value, ...others.value].map((one) => [one.id, one])).values(),
  ]);

  /** What rings, what is late, the rest as one would walk it, and what else is open in the grid. */
  const today = computed(() => {
    const rings = new Set(useAlarm().rings.map((ring) => ring.record.id));
    const here = useHere().point;
    const ids = new Set(mine.value.map((one) => one.id));
    const ringing = all.value.filter((one) => rings.has(one.id));
    const rest = mine.value.filter((one) => !rings.has(one.id));
    const late = rest.filter((one) => one.light_now === 'red').sort(byUrgency);
    const way = inWalkingOrder(
      rest.filter((one) => one.light_now !== 'red'),
      here,
    );
    const nearby = inWalkingOrder(
      all.value.filter((one) => !ids.has(one.id) && !rings.has(one.id)),
      here,
    );
    return { ringing, late, way, nearby };
  });
  const order = computed(() => [...today.value.ringing, ...today.value.late, ...today.value.way]);

  /** What comes after one, round to the beginning; undefined when nothing else is mine. */
  function after(id: string): Matter | undefined {
    const at = order.value.findIndex((one) => one.id === id);
    return [...order.value.slice(at + 1), ...order.value.slice(0, Math.max(at, 0))].find(
      (one) => one.id !== id,
    );
  }

  /** The whole of what concerns me, so that it can be read and answered without a signal. */
  async function readDetails(list: Matter[]): Promise<void> {
    const wanted = list.slice(0, DETAILS).filter((one) => details.get(one.id)?.version !== one.version);
    const IN_PARALLEL = 4;
    for (let at = 0; at < wanted.length; at += IN_PARALLEL)
      await Promise.all(
        wanted
          .slice(at, at + IN_PARALLEL)
          .map(async (one) => keep(await api.get<Matter>(`records/${one.id}`))),
      );
    const ids = new Set(list.map((one) => one.id));
    [...details.keys()].filter((id) => !ids.has(id)).forEach((id) => details.delete(id));
  }

  /** The newest of one matter, read on its own page. */
  function keep(whole: Matter): void {
    details.set(whole.id, whole);
    if (given(whole)) offered.set(`${whole.kind}/${whole.state}`, whole.allowed ?? []);
  }

  async function read(areas: string[]): Promise<[Matter[], Matter[]]> {
    const asks = [
      { party: 'me', open: 1, limit: LIMIT },
      ...areas.map((area) => ({ area, open: 1, sort: 'due', limit: LIMIT })),
    ];
    const pages = await Promise.all(asks.map((ask) => listed<Matter>(`records${query(ask)}`, LIMIT)));
    return [pages[0].items, pages.slice(1).flatMap((page) => page.items)];
  }

  async function loadKinds(matters: Matter[]): Promise<void> {
    await Promise.all([...new Set(matters.map((one) => one.kind))].map(useKinds().loadWithParts));
  }

  async function fromServer(account: string, areas: string[]): Promise<void> {
    const [mineNow, othersNow] = await read(areas);
    await loadKinds([...mineNow, ...othersNow]);
    // A report may have to be written where there is no signal.
    await useKinds().main();
    await readDetails(mineNow);
    own.value = mineNow;
    others.value = othersNow;
    keptAt.value = null;
    readAt.value = Date.now();
    await kept.put(KEPT, {
      at: Date.now(),
      account,
      own: mineNow,
      others: othersNow,
      details: [...details.values()],
      offered: [...offered],
    } satisfies KeptList);
    keepThumbs([...details.values()].flatMap(picturesOf).slice(0, THUMBS)).catch(() => undefined);
  }

  async function fromPhone(account: string): Promise<boolean> {
    const old = await kept.get<KeptList>(KEPT);
    if (!old || old.account !== account) return false;
    await loadKinds([...old.own, ...old.others]);
    old.details.forEach((one) => details.set(one.id, one));
    old.offered.forEach(([state, moves]) => offered.set(state, moves));
    own.value = old.own;
    others.value = old.others;
    keptAt.value = old.at;
    return true;
  }

  async function load(): Promise<void> {
    const session = useSession();
    const account = session.me?.id ?? '';
    loading.value = true;
    problem.value = null;
    try {
      await fromServer(account, [...new Set((session.me?.posts ?? []).map((post) => post.area))].slice(0, 3));
    } catch (cause) {
      const passing = cause instanceof ApiError && cause.passing;
      if (!passing || !(await fromPhone(account).catch(() => false))) problem.value = cause;
    } finally {
      loading.value = false;
    }
  }

  /** As much as is known of one: the whole if it was read, else its line in the list. */
  const copyOf = (id: string) => details.get(id) ?? all.value.find((one) => one.id === id);
  const movesIn = (kind: string, state: string) => offered.get(`${kind}/${state}`) ?? [];

  return { mine, today, order, all, loading, problem, keptAt, readAt, load, keep, copyOf, movesIn, after };
});
