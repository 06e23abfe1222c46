import { onBeforeUnmount, reactive, ref, shallowRef, watch, type Ref } from 'vue';
import { listed } from '@/shared/api';
import { useKinds } from '@/shared/kinds';
import { debounced, useLive } from '@/shared/live';
import type { Kind, LiveEvent, Matter, Page } from '@/shared/types';
import { listPath, mayFit, type Filter } from './filter';

const FRESH_MS = 8000;
const ENOUGH = 30;

/** Puts a newly read first page over what was listed; rows further down stay unless they are gone. */
export function mergeHead(old: Matter[], head: Page<Matter>, gone: (id: string) => boolean): Matter[] {
  if (!head.next) return head.items;
  const ids = new Set(head.items.map((one) => one.id));
  const last = head.items[head.items.length - 1]?.id;
  const at = old.findIndex((one) => one.id === last);
  const tail = (at >= 0 ? old.slice(at + 1) : old).filter((one) => !ids.has(one.id) && !gone(one.id));
  return [...head.items, ...tail];
}

/** A list of any length, page by page, with what changes meanwhile put in its place. */
export function useList(filter: Ref<Filter>, kind: Ref<Kind | undefined>) {
  const kinds = useKinds();
  const items = shallowRef<Matter[]>([]);
  const next = ref<string | null>(null);
  const loading = ref(false);
  const problem = shallowRef<unknown>(null);
  const fresh = reactive(new Set<string>());
  const touched = new Map<string, LiveEvent>();
  let abort = new AbortController();
  let more: Promise<void> | null = null;

  async function read(cursor?: string): Promise<Page<Matter>> {
    const page = await listed<Matter>(listPath(filter.value, kind.value), ENOUGH, cursor, abort.signal);
    await Promise.all([...new Set(page.items.map((one) => one.kind))].map((name) => kinds.load(name)));
    return page;
  }

  async function load(): Promise<void> {
    abort.abort();
    abort = new AbortController();
    const { signal } = abort;
    loading.value = true;
    problem.value = null;
    touched.clear();
    try {
      const page = await read();
      if (signal.aborted) return;
      items.value = page.items;
      next.value = page.next;
    } catch (cause) {
      if (!signal.aborted) problem.value = cause;
    } finally {
      if (!signal.aborted) loading.value = false;
    }
  }

  function loadMore(): Promise<void> {
    if (!next.value || loading.value) return Promise.resolve();
    more ??= read(next.value)
      .then((page) => {
        const known = new Set(items.value.map((one) => one.id));
        items.value = [...items.value, ...page.items.filter((one) => !known.has(one.id))];
        next.value = page.next;
      })
      .catch(() => undefined)
      .finally(() => (more = null));
    return more;
  }

  function mark(ids: string[]): void {
    ids.forEach((id) => fresh.add(id));
    setTimeout(() => ids.forEach((id) => fresh.delete(id)), FRESH_MS);
  }

  async function refresh(): Promise<void> {
    if (loading.value || more) return refreshLater();
    const { signal } = abort;
    const events = new Map(touched);
    touched.clear();
    try {
      const head = await read();
      if (signal.aborted) return;
      const before = new Map(items.value.map((one) => [one.id, one.version]));
      const gone = (id: string) => {
        const event = events.get(id);
        return Boolean(event && !mayFit(filter.value, kind.value, event));
      };
      const merged = mergeHead(items.value, head, gone);
      mark(merged.filter((one) => before.size && before.get(one.id) !== one.version).map((one) => one.id));
      if (!head.next || !items.value.length) next.value = head.next;
      items.value = merged;
    } catch {
      // The list stays as it is; the next event tries again.
    }
  }
  const refreshLater = debounced(refresh, 250);

  useLive({
    record: (event) => {
      const listed = items.value.some((one) => one.id === event.id);
      if (!listed && !mayFit(filter.value, kind.value, event)) return;
      touched.set(event.id, event);
      refreshLater();
    },
    reload: () => load(),
  });
  watch([filter, kind], load, { immediate: true });
  onBeforeUnmount(() => abort.abort());

  return { items, next, loading, problem, fresh, load, loadMore };
}
