import { defineStore } from 'pinia';
import { computed, ref, shallowRef } from 'vue';
import { api, ApiError, query } from '@/shared/api';
import { kept } from '@/shared/idb';
import { useKinds } from '@/shared/kinds';
import { useSession } from '@/shared/session';
import type { Matter, Page } from '@/shared/types';

const KEPT = 'work.list';
const LIMIT = 200;

interface KeptList {
  at: number;
  account: string;
  mine: Matter[];
  nearby: Matter[];
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
  const loading = ref(false);
  const problem = shallowRef<unknown>(null);
  /** When the list on the screen was read, if it is not from just now. */
  const keptAt = ref<number | null>(null);
  const all = computed(() => [...mine.value, ...nearby.value]);

  function show(own: Matter[], others: Matter[]): void {
    const ids = new Set(own.map((one) => one.id));
    mine.value = own.sort(byUrgency);
    nearby.value = others.filter((one) => !ids.has(one.id)).sort(byUrgency);
  }

  async function read(areas: string[]): Promise<[Matter[], Matter[]]> {
    const asks = [
      { party: 'me', open: 1, sort: 'due', limit: LIMIT },
      ...areas.map((area) => ({ area, open: 1, sort: 'due', limit: LIMIT })),
    ];
    const pages = await Promise.all(asks.map((ask) => api.get<Page<Matter>>(`records${query(ask)}`)));
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
      show(own, others);
      keptAt.value = null;
      await kept.put(KEPT, { at: Date.now(), account, mine: mine.value, nearby: nearby.value });
    } catch (cause) {
      const old = cause instanceof ApiError && cause.passing ? await kept.get<KeptList>(KEPT) : undefined;
      if (!old || old.account !== account) {
        problem.value = cause;
        return;
      }
      await Promise.all(
        [...new Set([...old.mine, ...old.nearby].map((one) => one.kind))].map((kind) =>
          useKinds().load(kind),
        ),
      );
      show(old.mine, old.nearby);
      keptAt.value = old.at;
    } finally {
      loading.value = false;
    }
  }

  return { mine, nearby, all, loading, problem, keptAt, load };
});
