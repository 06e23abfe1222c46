import { defineStore } from 'pinia';
import { ref } from 'vue';
import { api } from './api';
import { setOffset } from './format';
import type { District } from './types';

const KEY = 'wangge.district';

/** Which district this is; kept, since a phone may start without a signal. */
export const useDistrict = defineStore('district', () => {
  const district = ref<District | null>(null);
  let asking: Promise<District> | undefined;

  async function fetchIt(): Promise<District> {
    try {
      district.value = await api.get<District>('district');
      localStorage.setItem(KEY, JSON.stringify(district.value));
    } catch (problem) {
      asking = undefined;
      const kept = localStorage.getItem(KEY);
      if (!kept) throw problem;
      district.value = JSON.parse(kept) as District;
    }
    setOffset(district.value.offset_min ?? 480);
    return district.value;
  }

  function load(): Promise<District> {
    asking ??= fetchIt();
    return asking;
  }

  return { district, load };
});
