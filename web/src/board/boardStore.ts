import { defineStore } from 'pinia';
import { computed, ref, shallowReactive, shallowRef } from 'vue';
import { api, listed, query } from '@/shared/api';
import { boundaries, type Boundaries } from '@/shared/boundaries';
import { useDistrict } from '@/shared/district';
import { dayText, titleOf } from '@/shared/format';
import { lang } from '@/shared/i18n';
import { useKinds } from '@/shared/kinds';
import type { Figure, Kind, LiveEvent, Matter } from '@/shared/types';
import type { MapPoint } from '@/shared/ui/mapTypes';

const POINTS = 400;
const TICKER = 12;
const DAYS = 14;
const FRESH_MS = 6000;

export interface League {
  code: string;
  name: string;
  open: number;
  rate: number | null;
  rows?: string;
}
export interface Day {
  day: string;
  received: number;
  closed: number;
}
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

/** The first of these measures that the kind has. */
function pick(kind: Kind, ...names: string[]): string | undefined {
  return names.find((name) => kind.measures.some((measure) => measure.name === name));
}

/** Everything on the wall; every list here has an end, for it runs for weeks. */
export const useBoard = defineStore('board', () => {
  const kind = shallowRef<Kind | null>(null);
  const shapes = shallowRef<Boundaries | null>(null);
  const figures = shallowRef<Record<string, Figure>>({});
  const league = shallowRef<League[]>([]);
  const days = shallowRef<Day[]>([]);
  const ticks = shallowRef<Tick[]>([]);
  const points = shallowReactive(new Map<string, MapPoint>());
  const problem = shallowRef<unknown>(null);
  const readAt = ref<string | null>(null);
  const rows = ref<{ late: string; open: string }>({ late: '', open: '' });

  const shades = computed(() =>
    Object.fromEntries(league.value.map((one) => [shapeCode(one.code), one.open])),
  );
  /** Boundaries may carry twelve digits, figures nine: matched by what leads. */
  function shapeCode(code: string): string {
    const match = shapes.value?.features.find(
      ({ properties }) =>
        properties.code === code || properties.code.startsWith(code) || code.startsWith(properties.code),
    );
    return match?.properties.code ?? code;
  }

  async function measure(names: (string | undefined)[], more: Record<string, string>): Promise<Figure[]> {
    const name = names.filter(Boolean).join(',');
    return name ? (await api.get<{ items: Figure[] }>(`measures${query({ name, ...more })}`)).items : [];
  }

  async function start(): Promise<void> {
    try {
      const district = await useDistrict().load();
      kind.value = await useKinds().main();
      rows.value = {
        late: `kind=${kind.value.kind}&late=1&open=1`,
        open: `kind=${kind.value.kind}&open=1`,
      };
      boundaries(district.district, 'township').then(
        (found) => (shapes.value = found),
        () => undefined,
      );
      await Promise.all([readFigures(), readPoints()]);
    } catch (cause) {
      problem.value = cause;
    }
  }

  async function readFigures(): Promise<void> {
    const of = kind.value;
    if (!of) return;
    const today = dayText();
    const received = pick(of, 'received', 'reported');
    const closed = pick(of, 'closed', 'verified');
    const open = pick(of, 'open');
    const late = pick(of, 'late', 'overdue');
    const rate = pick(of, 'closing_rate', 'closed_rate');
    const month = { from: dayText(-29), to: today };
    try {
      const [now, todays, monthly, byDay, openByArea, rateByArea] = await Promise.all([
        measure([open, late], {}),
        measure([received, closed], { from: today, to: today }),
        measure([rate], month),
        measure([received, closed], { by: 'day', from: dayText(1 - DAYS), to: today }),
        measure([open], { by: 'area' }),
        measure([rate], { by: 'area', ...month }),
      ]);
      const named = (items: Figure[], name?: string) => items.find((one) => one.name === name);
      figures.value = Object.fromEntries(
        Object.entries({
          today: named(todays, received),
          open: named(now, open),
          late: named(now, late),
          rate: named(monthly, rate),
        }).filter(([, figure]) => figure),
      ) as Record<string, Figure>;
      setDays(named(byDay, received), named(byDay, closed));
      setLeague(openByArea[0], rateByArea[0]);
      problem.value = null;
      readAt.value = new Date().toISOString();
    } catch (cause) {
      problem.value = cause;
    }
  }

  function setDays(received?: Figure, closed?: Figure): void {
    const value = (figure: Figure | undefined, day: string) =>
      figure?.groups?.find((group) => group.key === day)?.value ?? 0;
    days.value = Array.from({ length: DAYS }, (_, n) => {
      const day = dayText(n + 1 - DAYS);
      return { day, received: value(received, day), closed: value(closed, day) };
    });
  }

  function setLeague(open?: Figure, rate?: Figure): void {
    league.value = (open?.groups ?? [])
      .map((group) => ({
        code: group.key,
        name: titleOf(group.title, lang()) || group.key,
        open: group.value ?? 0,
        rate: rate?.groups?.find((one) => one.key === group.key)?.value ?? null,
        rows: group.rows,
      }))
      .sort((a, b) => b.open - a.open)
      .slice(0, 30);
  }

  /** What the ticker shows before anything has happened: the newest matters. */
  function asTick(matter: Matter, n: number): Tick {
    const { id, kind: of, state, updated_at: at, light_now: light } = matter;
    return {
      seq: -1 - n,
      id,
      at,
      kind: of,
      verb: '',
      state,
      title: titleOf(matter.title, lang()),
      light,
      done: false,
    };
  }

  async function readPoints(): Promise<void> {
    const page = await listed<Matter>(
      `records${query({ kind: kind.value?.kind, open: 1, limit: 200 })}`,
      200,
    );
    const late = await listed<Matter>(
      `records${query({ kind: kind.value?.kind, open: 1, late: 1, limit: 200 })}`,
      200,
    );
    points.clear();
    [...page.items, ...late.items].forEach(({ id, place, light_now }) => {
      if (place?.lng !== undefined && place.lat !== undefined)
        points.set(id, { id, lng: place.lng, lat: place.lat, light: light_now });
    });
    if (!ticks.value.length) ticks.value = page.items.slice(0, TICKER).map(asTick);
  }

  function settle(id: string, seq: number): void {
    setTimeout(() => {
      const point = points.get(id);
      if (point?.fresh && ticks.value.find((tick) => tick.id === id)?.seq === seq)
        points.set(id, { ...point, fresh: false });
    }, FRESH_MS);
  }

  function take(event: LiveEvent): void {
    const done = !event.open && event.light !== 'new';
    const tick = {
      seq: event.seq,
      id: event.id,
      at: event.at,
      kind: event.kind,
      verb: event.verb,
      state: event.state,
      title: titleOf(event.title, lang()),
      light: event.light_now,
      done,
    };
    ticks.value = [tick, ...ticks.value.filter((one) => one.seq !== event.seq)].slice(0, TICKER);
    if (done) points.delete(event.id);
    else if (event.lng !== null && event.lat !== null && event.lng !== undefined) {
      points.set(event.id, {
        id: event.id,
        lng: event.lng,
        lat: event.lat,
        light: event.light_now,
        fresh: true,
      });
      settle(event.id, event.seq);
    }
    if (points.size > POINTS) points.delete(points.keys().next().value as string);
  }

  async function reload(): Promise<void> {
    if (!kind.value) return start();
    await Promise.all([readFigures(), readPoints().catch(() => undefined)]);
  }

  return {
    kind,
    shapes,
    figures,
    league,
    days,
    ticks,
    points,
    shades,
    problem,
    readAt,
    rows,
    start,
    readFigures,
    reload,
    take,
  };
});
