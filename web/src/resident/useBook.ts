import { computed, ref, shallowRef, watch } from 'vue';
import { api } from '@/shared/api';
import { sentence } from '@/shared/errors';
import { useKinds } from '@/shared/kinds';
import type { Kind, Matter } from '@/shared/types';
import { uuid7 } from '@/shared/uuid7';
import { freeFrom, instant, lengthsOf, startsOf, type FreeRow } from './booking';

const EVENING = 18 * 60;
const TITLE_CHARS = 60;

/** What a booking is made of while somebody chooses: the time, what is free then, which one. */
export function useBook(name: string, t: (key: string) => string) {
  const kind = shallowRef<Kind | null>(null);
  const rows = shallowRef<FreeRow[]>([]);
  const chosen = ref('');
  const problem = shallowRef<unknown>(null);
  const refused = ref('');
  const loading = ref(true);
  const busy = ref(false);
  const day = ref(0);
  const start = ref(EVENING);
  const length = ref(120);
  const plate = ref('');
  /** The id of the booking that is being tried: an answer that was lost makes no second one. */
  let attempt = uuid7();
  let abort = new AbortController();

  const booking = computed(() => kind.value?.booking);
  const plateField = computed(
    () =>
      Object.entries(kind.value?.schema.properties ?? {}).find(([, one]) => one['x-type'] === 'plate')?.[0],
  );
  const starts = computed(() => (booking.value ? startsOf(day.value, booking.value) : []));
  const from = computed(() => instant(day.value, start.value));
  const to = computed(() => instant(day.value, start.value + length.value));
  const row = computed(() => rows.value.find((one) => one.id === chosen.value && one.free));

  async function look(): Promise<void> {
    if (!booking.value) return;
    abort.abort();
    abort = new AbortController();
    const { signal } = abort;
    loading.value = true;
    try {
      rows.value = await freeFrom(name, from.value, to.value, signal);
      problem.value = null;
      if (!row.value) chosen.value = rows.value.find((one) => one.free)?.id ?? '';
    } catch (cause) {
      if (!signal.aborted) problem.value = cause;
    } finally {
      if (!signal.aborted) loading.value = false;
    }
  }

  /** Today's evening may be over: then the next time there is. */
  function keepToCome(): void {
    if (!booking.value) return;
    if (!starts.value.length) day.value += 1;
    else if (!starts.value.includes(start.value)) start.value = starts.value[0];
  }

  async function open(): Promise<void> {
    try {
      kind.value = await useKinds().load(name);
    } catch (cause) {
      problem.value = cause;
      loading.value = false;
      return;
    }
    const def = booking.value;
    if (def && !lengthsOf(def).includes(length.value)) length.value = lengthsOf(def)[0] ?? def.longest_min;
    keepToCome();
    await look();
  }

  function fieldsOf(k: Kind, one: FreeRow, title: string): Record<string, unknown> {
    const fields: Record<string, unknown> = {};
    if (k.booking) {
      fields[k.booking.resource] = one.id;
      fields[k.booking.from] = from.value;
      fields[k.booking.to] = to.value;
    }
    if (k.schema.properties.space_name) fields.space_name = title.slice(0, TITLE_CHARS);
    if (plateField.value && plate.value.trim()) fields[plateField.value] = plate.value.trim().toUpperCase();
    return fields;
  }

  /** The id of what was booked; none when it was refused: the list is fresh by then. */
  async function send(title: string): Promise<string | undefined> {
    const one = row.value;
    const k = kind.value;
    if (!one || !k || busy.value) return undefined;
    busy.value = true;
    refused.value = '';
    try {
      const body = { id: attempt, kind: k.kind, area: one.area, fields: fieldsOf(k, one, title) };
      return (await api.post<Matter>('records', body)).id;
    } catch (cause) {
      attempt = uuid7();
      refused.value = sentence(cause, t);
      await look();
      return undefined;
    } finally {
      busy.value = false;
    }
  }

  watch([day, start, length], look);
  watch(starts, keepToCome);
  return {
    ...{ kind, booking, plateField, starts, from, to, row, rows, chosen, plate },
    ...{ day, start, length, problem, refused, loading, busy },
    ...{ open, look, send },
  };
}
