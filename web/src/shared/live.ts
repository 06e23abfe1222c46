import { getCurrentScope, onBeforeUnmount, onMounted, onScopeDispose, ref, type Ref } from 'vue';
import { liveStream, type Listener, type StreamState } from './stream';

/** Listens to the live stream while the component is on the page. */
export function useLive(listener: Listener): { stream: Ref<StreamState> } {
  const stream = ref<StreamState>('connecting');
  let stop = () => {};
  onMounted(() => {
    stop = liveStream().listen({ ...listener, state: (state) => (stream.value = state) });
  });
  onBeforeUnmount(() => stop());
  return { stream };
}

/** Now, once every `ms`: for time left in words. */
export function useNow(ms = 30_000): Ref<number> {
  const now = ref(Date.now());
  let timer: ReturnType<typeof setInterval>;
  onMounted(() => (timer = setInterval(() => (now.value = Date.now()), ms)));
  onBeforeUnmount(() => clearInterval(timer));
  return now;
}

/**
 * Runs `work` once things have been quiet for `ms`, but never later than `ms` × 5. What still waits when the
 * component leaves the page is not done, unless it `outlives` that.
 */
export function debounced(work: () => void, ms: number, outlives = false): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let first = 0;
  if (!outlives && getCurrentScope()) onScopeDispose(() => clearTimeout(timer));
  return () => {
    const now = Date.now();
    if (!timer) first = now;
    clearTimeout(timer);
    timer = setTimeout(
      () => {
        timer = undefined;
        work();
      },
      Math.max(0, Math.min(ms, first + ms * 5 - now)),
    );
  };
}

/** Whether there is a network at all, as the browser knows it. */
export function useOnline(): Ref<boolean> {
  const online = ref(navigator.onLine);
  const look = () => (online.value = navigator.onLine);
  onMounted(() => ['online', 'offline'].forEach((name) => window.addEventListener(name, look)));
  onBeforeUnmount(() => ['online', 'offline'].forEach((name) => window.removeEventListener(name, look)));
  return online;
}
