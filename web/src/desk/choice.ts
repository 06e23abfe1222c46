import { computed, reactive, type Ref } from 'vue';
import type { Matter } from '@/shared/types';

/** The matters that were ticked. They stay chosen while the list moves on. A range begins at the one ticked last,
 * else at the one that is open. */
export function useChoice(items: Ref<Matter[]>, opened: Ref<string | null>) {
  const chosen = reactive(new Map<string, Matter>());
  let last: string | null = null;

  function toggle(id: string): void {
    const row = items.value.find((one) => one.id === id);
    if (!chosen.delete(id) && row) chosen.set(id, row);
    last = id;
  }
  function range(id: string): void {
    const begin = last ?? opened.value;
    const from = items.value.findIndex((one) => one.id === begin);
    const to = items.value.findIndex((one) => one.id === id);
    if (from < 0 || to < 0) return toggle(id);
    const [low, high] = from < to ? [from, to] : [to, from];
    items.value.slice(low, high + 1).forEach((row) => chosen.set(row.id, row));
    last = id;
  }
  function all(most: number): void {
    items.value.slice(0, most).forEach((row) => chosen.set(row.id, row));
  }
  function clear(): void {
    chosen.clear();
    last = null;
  }
  /** After something was done to them: as they are now. */
  const rows = computed(() => {
    const now = new Map(items.value.map((row) => [row.id, row]));
    return [...chosen.values()].map((row) => now.get(row.id) ?? row);
  });
  const ids = computed(() => new Set(chosen.keys()));
  return { ids, rows, toggle, range, all, clear };
}
