import { computed, onBeforeUnmount, reactive, ref, shallowRef, watch, type Ref } from 'vue';
import { api, listed } from '@/shared/api';
import { useKinds } from '@/shared/kinds';
import { debounced, useLive } from '@/shared/live';
import { isUuid } from '@/shared/uuid7';
import type { Kind, LiveEvent, Matter, Page } from '@/shared/types';
import { listPath, mayFit, usualSort, type Filter } from './filter';
import {
  append,
  compare,
  cursorBefore,
  cursorOf,
  EMPTY,
  opposite,
  place,
  prepend,
  type Sort,
  type Stretch,
} from './window';

const FRESH_MS = 8000;
const FIRST = 100;
const PAGE = 200;
const ENOUGH = 60;
const MINUTE_MS = 60_000;
/** More changes at once than this are not asked for one by one. */
const MANY = 24;

/**
 * A list of any length. It is read in pages in both directions and only a stretch of it is held; what changes
 * meanwhile is put in its place, and what has left the list stays, dimmed, until it is read anew: nothing
 * jumps away under the eye or the pointer.
 */
export function useList(filter: Ref<Filter>, kind: Ref<Kind | undefined>, selected: Ref<string | null>) {
  const kinds = useKinds();
  const stretch = shallowRef<Stretch>(EMPTY);
  const loading = ref(true);
  const problem = shallowRef<unknown>(null);
  const fresh = reactive(new Set<string>());
  const gone = reactive(new Set<string>());
  /** So much changed at once that the list should be read anew when it suits. */
  const behind = ref(false);
  const touched = new Map<string, LiveEvent>();
  const fading = new Map<string, ReturnType<typeof setTimeout>>();
  let abort = new AbortController();
  let reading: Promise<void> | null = null;
  /** Which list the rows are of: those of another one do not stand for one that could not be read. */
  let shownFor: Filter | null = null;

  const sort = computed(() => (filter.value.sort || usualSort(filter.value.view)) as Sort);
  /** Found by words, by a figure or by party: these lists are walked in one direction. */
  const oneWay = computed(() => Boolean(filter.value.rows || filter.value.q) || filter.value.view === 'mine');
  const most = computed(() => (oneWay.value ? Infinity : undefined));

  async function read(limit: number, cursor?: string | null, back = false): Promise<Page<Matter>> {
    const path = listPath(filter.value, kind.value, limit, back ? opposite(sort.value) : sort.value);
    const { signal } = abort;
    const page = await listed<Matter>(path, Math.min(limit, ENOUGH), cursor, signal);
    await Promise.all([...new Set(page.items.map((one) => one.kind))].map((name) => kinds.load(name)));
    if (signal.aborted) throw new DOMException('another list is wanted', 'AbortError');
    return page;
  }

  /** The page on which a matter stands that was opened by its address. */
  async function around(id: string): Promise<Stretch | null> {
    if (oneWay.value || sort.value.endsWith('due') || !isUuid(id)) return null;
    const page = await read(FIRST, cursorBefore({ id, due_at: null }, sort.value));
    return page.items[0]?.id === id ? { rows: page.items, base: 0, above: true, next: page.next } : null;
  }

  async function load(at?: string | null): Promise<void> {
    abort.abort();
    abort = new AbortController();
    const { signal } = abort;
    reading = null;
    loading.value = true;
    problem.value = null;
    behind.value = false;
    touched.clear();
    try {
      const page = await read(FIRST);
      const there = !at || !page.next || page.items.some((one) => one.id === at);
      const middle = there ? null : await around(at);
      if (signal.aborted) return;
      gone.clear();
      shownFor = filter.value;
      stretch.value = middle ?? { rows: page.items, base: 0, above: false, next: page.next };
    } catch (cause) {
      if (signal.aborted) return;
      if (shownFor !== filter.value) stretch.value = EMPTY;
      problem.value = cause;
    } finally {
      if (!signal.aborted) loading.value = false;
    }
  }

  function once(work: () => Promise<void>): Promise<void> {
    if (reading) return reading;
    const { signal } = abort;
    problem.value = null;
    const mine: Promise<void> = work()
      .catch((cause) => {
        if (!signal.aborted) problem.value = cause;
      })
      .finally(() => {
        if (reading === mine) reading = null;
      });
    reading = mine;
    return mine;
  }
  function loadMore(): Promise<void> {
    const { next } = stretch.value;
    if (!next || loading.value) return Promise.resolve();
    return once(async () => {
      const page = await read(PAGE, next);
      stretch.value = append(stretch.value, page.items, page.next, most.value);
    });
  }
  function loadAbove(): Promise<void> {
    const first = stretch.value.rows[0];
    if (!stretch.value.above || !first || loading.value) return Promise.resolve();
    return once(async () => {
      const page = await read(PAGE, cursorOf(first, sort.value), true);
      stretch.value = prepend(stretch.value, page.items, Boolean(page.next), sort.value);
    });
  }
  /** The other end, without walking there. */
  async function loadEnd(): Promise<void> {
    if (!stretch.value.next || oneWay.value) return;
    const { signal } = abort;
    loading.value = true;
    problem.value = null;
    try {
      const page = await read(FIRST, undefined, true);
      stretch.value = { rows: page.items.reverse(), base: 0, above: Boolean(page.next), next: null };
    } catch (cause) {
      if (!signal.aborted) problem.value = cause;
    } finally {
      if (!signal.aborted) loading.value = false;
    }
  }

  function mark(id: string): void {
    fresh.add(id);
    clearTimeout(fading.get(id));
    fading.set(
      id,
      setTimeout(() => {
        fading.delete(id);
        fresh.delete(id);
      }, FRESH_MS),
    );
  }
  function leave(event: LiveEvent): void {
    gone.add(event.id);
    const { state, light, light_now, open, version, due_at, late } = event;
    stretch.value = {
      ...stretch.value,
      rows: stretch.value.rows.map((row) =>
        row.id === event.id ? { ...row, state, light, light_now, open, version, due_at, late } : row,
      ),
    };
  }
  /** Asks the server whether this one stands in the list now: the page right before it begins with it. */
  async function ask(event: LiveEvent): Promise<void> {
    const known = stretch.value.rows.find((row) => row.id === event.id);
    const { signal } = abort;
    const path = listPath(filter.value, kind.value, 1, sort.value);
    const cursor = encodeURIComponent(cursorBefore(event, sort.value));
    const { items } = await api.get<Page<Matter>>(`${path}&cursor=${cursor}`, signal);
    const row = items[0]?.id === event.id ? items[0] : null;
    if (row) {
      await kinds.load(row.kind);
      if (signal.aborted) return;
      gone.delete(row.id);
      if (known?.version !== row.version) mark(row.id);
      stretch.value = place(stretch.value, row, sort.value);
    } else if (known) {
      leave(event);
    }
  }
  async function catchUp(): Promise<void> {
    if (loading.value) return later();
    const events = [...touched.values()];
    touched.clear();
    if (events.length > MANY || oneWay.value) {
      events.filter((one) => stretch.value.rows.some((row) => row.id === one.id)).forEach(patch);
      behind.value = true;
      return;
    }
    // One after another: the newest state of the stretch is what the next one is put into.
    for (const event of events.sort((a, b) => compare(a, b, sort.value)))
      await ask(event).catch(() => undefined);
  }
  function patch(event: LiveEvent): void {
    if (!mayFit(filter.value, kind.value, event)) return leave(event);
    leave(event);
    gone.delete(event.id);
    mark(event.id);
  }
  const later = debounced(catchUp, 250);

  useLive({
    record: (event) => {
      const listedNow = stretch.value.rows.some((one) => one.id === event.id);
      if (!listedNow && !mayFit(filter.value, kind.value, event)) return;
      touched.set(event.id, event);
      later();
    },
    reload: () => (behind.value = true),
  });
  /** Time alone makes things due soon: without an event they come in once a minute. */
  async function lookAgain(): Promise<void> {
    if (filter.value.view !== 'soon' || loading.value || document.visibilityState !== 'visible') return;
    const { signal } = abort;
    const { items: newest } = await read(FIRST);
    if (signal.aborted) return;
    for (const row of newest) {
      if (!stretch.value.rows.some((one) => one.id === row.id)) mark(row.id);
      stretch.value = place(stretch.value, row, sort.value);
    }
  }
  const clock = setInterval(() => lookAgain().catch(() => undefined), MINUTE_MS);
  /** What its view asks for is known with the kind: before, all rows would be read for nothing. */
  watch(
    [filter, kind],
    () => {
      if (filter.value.rows || kind.value?.kind === filter.value.kind) load(selected.value);
      else loading.value = true;
    },
    { immediate: true },
  );
  onBeforeUnmount(() => {
    abort.abort();
    clearInterval(clock);
    fading.forEach(clearTimeout);
  });

  const items = computed(() => stretch.value.rows);
  return { stretch, items, loading, problem, fresh, gone, behind, load, loadMore, loadAbove, loadEnd };
}
