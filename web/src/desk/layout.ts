import { ref, watch } from 'vue';

/** List and matter beside each other; the list alone; the list beside its map. */
export type Layout = 'split' | 'list' | 'map';

const KEY = 'wangge.desk.layout';
const DENSE = 'wangge.desk.dense';

/** How one person likes the desk: kept on the device. */
export function useLayout() {
  const stored = localStorage.getItem(KEY);
  const layout = ref<Layout>(stored === 'list' || stored === 'map' ? stored : 'split');
  const dense = ref(localStorage.getItem(DENSE) === '1');
  watch(layout, (value) => localStorage.setItem(KEY, value));
  watch(dense, (value) => localStorage.setItem(DENSE, value ? '1' : '0'));
  return { layout, dense };
}
