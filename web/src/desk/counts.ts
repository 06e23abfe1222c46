import { onBeforeUnmount, onMounted, ref, shallowRef, watch, type Ref } from 'vue';
import { api, query } from '@/shared/api';
import { useLive } from '@/shared/live';

export interface Count {
  n: number;
  more: boolean;
}
interface Answer {
  most: number;
  items: ({ view: string } & Count)[];
}

/** So often at most, however much happens; and so often when nothing does, since time alone makes things late. */
const AT_MOST_MS = 5000;
const AT_LEAST_MS = 60_000;
const SOON_MS = 250;

/** What one has just done oneself is counted at once, not with what others do. */
const own = ref(0);
export function recount(): void {
  own.value += 1;
}

export function countWords({ n, more }: Count): string {
  return more ? `${n}+` : String(n);
}

/** How much stands in each view, kept up while the page is seen. A courtesy: without an answer the last one stays. */
export function useCounts(kind: Ref<string | undefined>) {
  const counts = shallowRef<Record<string, Count>>({});
  let readAt = 0;
  let asked = 0;
  let waiting: ReturnType<typeof setTimeout> | undefined;

  async function read(): Promise<void> {
    clearTimeout(waiting);
    waiting = undefined;
    if (!kind.value || document.visibilityState !== 'visible') return;
    const mine = ++asked;
    readAt = Date.now();
    try {
      const { items } = await api.get<Answer>(`counts${query({ kind: kind.value })}`);
      if (mine === asked) counts.value = Object.fromEntries(items.map(({ view, ...count }) => [view, count]));
    } catch {
      // The list itself says what is wrong with the network.
    }
  }
  function later(): void {
    waiting ??= setTimeout(read, Math.max(SOON_MS, readAt + AT_MOST_MS - Date.now()));
  }
  const seen = () => document.visibilityState === 'visible' && later();

  watch(own, () => {
    clearTimeout(waiting);
    waiting = setTimeout(read, SOON_MS);
  });
  useLive({ record: later, reload: later });
  watch(
    kind,
    () => {
      asked += 1;
      counts.value = {};
      read();
    },
    { immediate: true },
  );
  let timer: ReturnType<typeof setInterval>;
  onMounted(() => {
    timer = setInterval(read, AT_LEAST_MS);
    document.addEventListener('visibilitychange', seen);
  });
  onBeforeUnmount(() => {
    asked += 1;
    clearTimeout(waiting);
    clearInterval(timer);
    document.removeEventListener('visibilitychange', seen);
  });
  return { counts };
}
