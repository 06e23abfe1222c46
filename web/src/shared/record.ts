import { computed, onBeforeUnmount, ref, shallowRef, watch, type Ref } from 'vue';
import { api, ApiError } from './api';
import { useKinds } from './kinds';
import { debounced, useLive } from './live';
import type { Entry, Matter, Page } from './types';

const POLL_MS = 20_000;

/** One record with its history, kept up to date while it is on the screen. */
export function useRecord(id: Ref<string | null>) {
  const kinds = useKinds();
  const record = shallowRef<Matter | null>(null);
  const log = shallowRef<Entry[]>([]);
  const problem = shallowRef<unknown>(null);
  const loading = ref(false);
  let abort = new AbortController();

  async function load(): Promise<void> {
    const wanted = id.value;
    if (!wanted) return;
    abort.abort();
    abort = new AbortController();
    const { signal } = abort;
    loading.value = !record.value;
    try {
      const [fresh, entries] = await Promise.all([
        api.get<Matter>(`records/${wanted}`, signal),
        api.get<Page<Entry>>(`records/${wanted}/log`, signal),
      ]);
      await kinds.load(fresh.kind);
      if (wanted !== id.value) return;
      record.value = fresh;
      log.value = entries.items;
      problem.value = null;
    } catch (cause) {
      if (signal.aborted) return;
      const passing = cause instanceof ApiError && cause.passing;
      // What is on the screen stays there while the network is away.
      if (!passing || !record.value) problem.value = cause;
    } finally {
      if (!signal.aborted) loading.value = false;
    }
  }

  watch(
    id,
    () => {
      record.value = null;
      log.value = [];
      problem.value = null;
      load();
    },
    { immediate: true },
  );

  const reload = debounced(load, 150);
  const { stream } = useLive({
    record: (event) => {
      if (event.id === id.value || event.parent === id.value) reload();
    },
    reload,
  });
  // The stream is the quick way; whoever gets none (no account) still sees each step soon.
  const timer = setInterval(() => {
    if (document.visibilityState === 'visible' && (stream.value !== 'live' || !record.value?.allowed?.length))
      reload();
  }, POLL_MS);
  onBeforeUnmount(() => {
    clearInterval(timer);
    abort.abort();
  });

  const kind = computed(() => (record.value ? kinds.byName[record.value.kind] : undefined));
  return { record, log, kind, problem, loading, load };
}
