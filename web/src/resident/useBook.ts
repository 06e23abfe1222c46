import { computed, ref, shallowRef, watch } from 'vue';
import { api, idAfter } from '@/shared/api';
import { complaintOf, fieldErrors } from '@/shared/errors';
import { lang } from '@/shared/i18n';
import { useKinds } from '@/shared/kinds';
import type { Kind, Matter } from '@/shared/types';
import { uuid7 } from '@/shared/uuid7';
import {
  chosenAt,
  freeFrom,
  instant,
  lengthsOf,
  ownBookings,
  planOf,
  soonest,
  startsOf,
  within,
  type FreeRow,
  type OwnBooking,
} from './booking';

const EVENING = 18 * 60;
const TITLE_CHARS = 60;
const PART = 'wangge.book.part';

/** What a booking is made of while somebody chooses: the time, what is free then, which one. */
export function useBook(name: string, t: (key: string) => string) {
  const kind = shallowRef<Kind | null>(null);
  const rows = shallowRef<FreeRow[]>([]);
  const own = shallowRef<OwnBooking[]>([]);
  /** The estate one parks at is the same one tomorrow. */
  const part = ref(localStorage.getItem(PART) ?? '');
  const chosen = ref('');
  const problem = shallowRef<unknown>(null);
  const refused = ref('');
  const loading = ref(true);
  const busy = ref(false);
  const day = ref(0);
  const start = ref(EVENING);
  const length = ref(120);
  const plate = ref('');
  const plateWrong = ref('');
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
  const parts = computed(() => planOf(rows.value, lang()));
  const shown = computed(() => parts.value.find((one) => one.name === part.value) ?? parts.value[0]);
  const cells = computed(() => shown.value?.cells ?? []);
  const mine = computed(() => within(own.value, from.value, to.value));
  /** Where nothing is left: when the first of them is free again. */
  const later = computed(() =>
    cells.value.some((one) => one.row.free) ? undefined : soonest(cells.value.map((one) => one.row)),
  );
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
      choose();
    } catch (cause) {
      if (!signal.aborted) problem.value = cause;
    } finally {
      if (!signal.aborted) loading.value = false;
    }
  }

  /** What is chosen stays while it is free; else the first that is, so that one touch books. */
  function choose(): void {
    if (!cells.value.some((one) => one.row.free && one.row.id === chosen.value))
      chosen.value = cells.value.find((one) => one.row.free)?.row.id ?? '';
  }

  function see(name: string): void {
    part.value = name;
    localStorage.setItem(PART, name);
    choose();
  }

  /** To the time when something is free again. */
  function goLater(): void {
    if (!later.value || !booking.value) return;
    const at = chosenAt(later.value, booking.value.step_min);
    day.value = at.day;
    start.value = at.minute;
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
    own.value = await ownBookings(kind.value).catch(() => []);
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
    refused.value = plateWrong.value = '';
    try {
      const body = { id: attempt, kind: k.kind, area: one.area, fields: fieldsOf(k, one, title) };
      return (await api.post<Matter>('records', body)).id;
    } catch (cause) {
      attempt = idAfter(cause, attempt);
      plateWrong.value = fieldErrors(cause)[plateField.value ?? ''] ?? '';
      if (plateWrong.value) return undefined;
      refused.value = complaintOf(cause, t);
      own.value = await ownBookings(k).catch(() => own.value);
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
    ...{ day, start, length, problem, refused, plateWrong, loading, busy },
    ...{ parts, shown, cells, mine, later, open, look, send, see, goLater },
  };
}
