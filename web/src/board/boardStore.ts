import { defineStore } from 'pinia';
import { markRaw, ref, shallowRef } from 'vue';
import { api, query } from '@/shared/api';
import { useDistrict } from '@/shared/district';
import { titleOf } from '@/shared/format';
import { lang } from '@/shared/i18n';
import { useKinds } from '@/shared/kinds';
import type { Figure, Kind, LiveEvent, Page } from '@/shared/types';
import { Reader, namesOf, sortField, type Bar, type Sort, type Team, type Trend } from './figures';
import { PointSet, type Point } from './pointSet';

const TICKER = 12;
const LIST = 40;
const URGENT_MS = 60 * 60_000;
/** A page has a few thousand; this ends even a loop. */
const PAGES = 200;

export interface Tick {
  seq: number;
  id: string;
  at: string;
  kind: string;
  verb: string;
  state: string;
  title: string;
  light: LiveEvent['light_now'];
  done: boolean;
}

/** Everything on the wall; every list here has an end, for it runs for weeks. */
export const useBoard = defineStore('board', () => {
  const kind = shallowRef<Kind | null>(null);
  const at = ref('');
  const figures = shallowRef<Record<string, Figure>>({});
  const league = shallowRef<Team[]>([]);
  const sorts = shallowRef<Sort[]>([]);
  /** The sorts are read while they are shown: of all (''), of what lies under a code; null: not at all. */
  const under = ref<string | null>(null);
  const hours = shallowRef<Bar[]>([]);
  const trend = shallowRef<Trend>({ days: [], before: [] });
  const days = ref(30);
  const ticks = shallowRef<Tick[]>([]);
  const late = shallowRef<Point[]>([]);
  const urgent = shallowRef<Point[]>([]);
  const problem = shallowRef<unknown>(null);
  const readAt = ref('');
  /** What is shown is still being read, as of a moment or anew. */
  const busy = ref(false);
  const points = markRaw(new PointSet());
  /** Goes up with what the points are: what is computed of them depends on it. */
  const pointsRead = ref(0);
  let reading = new AbortController();

  const reader = () => new Reader(kind.value ? namesOf(kind.value) : {}, at.value, reading.signal);

  async function start(): Promise<void> {
    try {
      await useDistrict().load();
      kind.value = await useKinds().main();
      await reload();
    } catch (cause) {
      problem.value = cause;
    }
  }

  /** Runs one part of the reading; what was overtaken says nothing. */
  async function part(work: () => Promise<void>): Promise<void> {
    const { signal } = reading;
    try {
      await work();
      if (!signal.aborted) problem.value = null;
    } catch (cause) {
      if (!signal.aborted) problem.value = cause;
    }
  }

  const keep =
    <T>(signal: AbortSignal, into: { value: T }) =>
    (value: T) => {
      if (!signal.aborted) into.value = value;
    };

  async function readTiles(): Promise<void> {
    await part(async () => {
      keep(reading.signal, figures)(await reader().tiles());
      readAt.value = new Date().toISOString();
    });
  }

  async function readSlow(): Promise<void> {
    const { signal } = reading;
    await part(async () => {
      const ask = reader();
      await Promise.all([
        ask.league().then(keep(signal, league)),
        readSorts(),
        ask.hours().then(keep(signal, hours)),
        ask.trend(days.value).then(keep(signal, trend)),
      ]);
    });
  }

  async function readSorts(): Promise<void> {
    const field = kind.value && sortField(kind.value);
    if (under.value === null || !kind.value || !field) return;
    const { signal } = reading;
    const wanted = under.value;
    const codes = kind.value.schema.properties[field]['x-codes'] ?? [];
    const parents = new Set(codes.flatMap((code) => code.parent ?? []));
    const found = await reader().sorts(field, wanted, parents);
    if (wanted === under.value) keep(signal, sorts)(found);
  }

  async function showSorts(wanted: string | null): Promise<void> {
    under.value = wanted;
    await part(readSorts);
  }

  async function readPoints(): Promise<void> {
    const { signal } = reading;
    const found: Point[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < PAGES; page++) {
      const more = await api.get<Page<Point>>(
        `points${query({ at: at.value || undefined, cursor })}`,
        signal,
      );
      found.push(...more.items);
      if (!more.next) break;
      cursor = more.next;
    }
    if (signal.aborted) return;
    points.replace(found);
    listPoints();
    if (!ticks.value.length) ticks.value = newest().map(asTick);
  }

  const newest = () =>
    points.top(
      TICKER,
      () => true,
      (a, b) => Date.parse(b.updated_at) - Date.parse(a.updated_at),
    );

  /** Who is late, and what must be done within the hour. */
  function listPoints(): void {
    const now = at.value ? Date.parse(at.value) : Date.now();
    pointsRead.value += 1;
    const due = (point: Point) => (point.due_at ? Date.parse(point.due_at) : Infinity);
    const order = (a: Point, b: Point) => due(a) - due(b);
    late.value = points.top(LIST, (point) => point.late, order);
    urgent.value = points.top(LIST, (point) => !point.late && due(point) - now < URGENT_MS, order);
  }

  /** What the ticker shows before anything has happened: what changed last. */
  function asTick(point: Point, n: number): Tick {
    return {
      seq: -1 - n,
      id: point.id,
      at: point.updated_at,
      kind: point.kind,
      verb: '',
      state: point.state,
      title: titleOf(point.title, lang()),
      light: point.light_now,
      done: false,
    };
  }

  /** Everything anew: what is being read for another moment ends. */
  async function reload(): Promise<void> {
    reading.abort();
    reading = new AbortController();
    const { signal } = reading;
    busy.value = true;
    await Promise.all([readTiles(), readSlow(), part(readPoints)]);
    if (!signal.aborted) busy.value = false;
  }

  async function show(moment: string): Promise<void> {
    if (moment === at.value && kind.value) return;
    at.value = moment;
    ticks.value = [];
    if (kind.value) await reload();
  }

  async function showDays(wanted: number): Promise<void> {
    days.value = wanted;
    const { signal } = reading;
    await part(async () => keep(signal, trend)(await reader().trend(wanted)));
  }

  function take(event: LiveEvent): void {
    if (at.value) return; /* the past does not change */
    const done = !event.open;
    const { seq, id, kind: of, verb, state, light_now: light } = event;
    const title = titleOf(event.title, lang());
    const tick = { seq, id, at: event.at, kind: of, verb, state, title, light, done };
    ticks.value = [tick, ...ticks.value.filter((one) => one.seq !== seq)].slice(0, TICKER);
    if (done) points.remove(id);
    else points.put({ ...pointOf(event), title, created_at: points.all.get(id)?.created_at ?? event.at });
  }

  return {
    kind,
    at,
    figures,
    league,
    sorts,
    under,
    showSorts,
    hours,
    trend,
    days,
    ticks,
    late,
    urgent,
    points,
    pointsRead,
    problem,
    readAt,
    busy,
    start,
    reload,
    readTiles,
    readSlow,
    listPoints,
    show,
    showDays,
    take,
  };
});

function pointOf(event: LiveEvent): Omit<Point, 'title' | 'created_at'> {
  return {
    id: event.id,
    number: event.number,
    kind: event.kind,
    state: event.state,
    light_now: event.light_now,
    late: event.late,
    area: event.area,
    lng: event.lng ?? undefined,
    lat: event.lat ?? undefined,
    due_at: event.due_at,
    updated_at: event.at,
  };
}
