import { defineStore } from 'pinia';
import { shallowRef } from 'vue';
import { whereAmI } from '@/shared/position';
import type { Point } from './walk';

const OLD_MS = 60_000;

/** Where I am, as far as the phone says. */
export const useHere = defineStore('here', () => {
  const point = shallowRef<Point | null>(null);
  let at = 0;

  /** The last one while it is young; null where there is none. */
  async function find(fresh = false): Promise<Point | null> {
    if (!fresh && point.value && Date.now() - at < OLD_MS) return point.value;
    const found = await whereAmI();
    if (found) {
      point.value = found;
      at = Date.now();
    }
    return point.value;
  }

  return { point, find };
});
