import { defineStore } from 'pinia';
import { computed, ref, shallowRef } from 'vue';
import { api, ApiError, listed, query } from '@/shared/api';
import { kept } from '@/shared/idb';
import { useKinds } from '@/shared/kinds';
import { useSession } from '@/shared/session';
import type { Matter } from '@/shared/types';

const KEPT = 'work.list';
const LIMIT = 200;
const DETAILS = 60;

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

/** What I have to do, and what is open where I hold a post; kept for when there is no signal. */
export const useWorkList = defineStore('work-list', () => {
  const mine = shallowRef<Matter[]>([]);
  const nearby = shallowRef<Matter[]>([]);
  const details = new Map<string, Matter>();
  /** What the server has let me do in each state of what is mine: the best guess while it cannot be asked. */
  const offered = new Map<string, string[]>();
  const loading = ref(false);
  const problem = shallowRef<unknown>(null);
  /** When the list on the screen was read, if it is not from just now. */
  const keptAt = ref<number | null>(null);
  const all = computed(() => [...mine.value, ...nearby.value]);

  function show(own: Matter[], others: Matter[]): void {
    const given = own.filter((one) => isGiven(details.get(one.id)));
    const ids = new Set(given.map((one) => one.id));
    const rest = new Map([...own, ...others].filter((one) => !ids.has(one.id)).map((one) => [one.id, one]));
    mine.value = given.sort(byUrgency);
    nearby.value = [...rest.values()].sort(byUrgency);
  }

  /** Mine to do: I, or my unit, have a part in it, and not only as reporter or as who answers for the area. */
  function isGiven(matter: Matter | undefined): boolean {
    const me = useSession().me;
    return Boolean(
      matter?.parties?.some(
        ({ role, account, org }) =>
          !['reporter', 'owner'].includes(role) &&
          (account === me?.id || (org && me?.posts.some((post) => post.org === org))),
      ),
    );
  }

  /** The whole of what concerns me, so that it can be read and answered without a signal. */
  async function readDetails(own: Matter[]): Promise<void> {
    const wanted = own.slice(0, DETAILS).filter((one) => details.get(one.id)?.version !== one.version);
    const IN_PARALLEL = 4;
    for (let at = 0; at < wanted.length; at += IN_PARALLEL) {
      await Promise.all(
        wanted.slice(at, at + IN_PARALLEL).map(async (one) => {
          const whole = await api.get<Matter>(`records/${one.id}`);
          details.set(one.id, whole);
          if (isGiven(whole)) offered.set(`${whole.kind}/${whole.state}`, whole.allowed ?? []);
        }),
      );
    }
    const listedIds = new Set(own.map((one) => one.id));
    [...details.keys()].filter((id) => !listedIds.has(id)).forEach((id) => details.delete(id));
  }

  async function read(areas: string[]): Promise<[Matter[], Matter[]]> {
    const asks = [
      { party: 'me', open: 1, limit: LIMIT },
      ...areas.map((area) => ({ area, open: 1, sort: 'due', limit: LIMIT })),
    ];
    const pages = await Promise.all(asks.map((ask) => listed<Matter>(`records${query(ask)}`, LIMIT)));
    return [pages[0].items, pages.slice(1).flatMap((page) => page.items)];
  }

  async function load(): Promise<void> {
    const session = useSession();
    const account = session.me?.id ?? '';
    loading.value = true;
    problem.value = null;
    try {
      const areas = [...new Set((session.me?.posts ?? []).map((post) => post.area))].slice(0, 3);
      const [own, others] = await read(areas);
      await Promise.all(
        [...new Set([...own, ...others].map((one) => one.kind))].map((kind) => useKinds().load(kind)),
      );
      await readDetails(own);
      show(own, others);
      keptAt.value = null;
      await kept.put(KEPT, {
        at: Date.now(),
        account,
        own: own,
        others,
        details: [...details.values()],
        offered: [...offered],
      });
    } catch (cause) {
      const old = cause instanceof ApiError && cause.passing ? await kept.get<KeptList>(KEPT) : undefined;
      if (!old || old.account !== account) {
        problem.value = cause;
        return;
      }
      await Promise.all(
        [...new Set([...old.own, ...old.others].map((one) => one.kind))].map((kind) => useKinds().load(kind)),
      );
      old.details.forEach((one) => details.set(one.id, one));
      old.offered.forEach(([state, moves]) => offered.set(state, moves));
      show(old.own, old.others);
      keptAt.value = old.at;
    } finally {
      loading.value = false;
    }
  }

  /** As much as is known of one: the whole if it was read, else its line in the list. */
  const copyOf = (id: string) => details.get(id) ?? all.value.find((one) => one.id === id);
  const movesIn = (kind: string, state: string) => offered.get(`${kind}/${state}`) ?? [];

  return { mine, nearby, all, loading, problem, keptAt, load, copyOf, movesIn };
});
