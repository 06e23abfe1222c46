import { api, query } from '@/shared/api';
import { dayText, offsetText, titleOf } from '@/shared/format';
import { lang } from '@/shared/i18n';
import type { Figure, Kind } from '@/shared/types';

/** Which measures of a kind the board shows; a pack may have none of some. */
export interface Names {
  received?: string;
  closed?: string;
  open?: string;
  late?: string;
  rate?: string;
}
export interface Team {
  code: string;
  name: string;
  open: number;
  late: number;
  rate: number | null;
  rank: number;
  /** Places won since the period before; null: it was not ranked then. */
  moved: number | null;
  rows?: string;
}
/** One sort of matters: a value of the dimension that the kind's figures are split by first. */
export interface Sort {
  code: string;
  name: string;
  received: number | null;
  open: number | null;
  late: number | null;
  /** Whether there are sorts below it. */
  parts: boolean;
  rows?: string;
}
export interface Bar {
  key: string;
  received: number;
  closed: number;
}
export interface Trend {
  /** A bar a day, of a year a bar a week. */
  days: Bar[];
  /** The same days of the year before; empty where nothing was counted then. */
  before: Bar[];
}

const DAY_MS = 86_400_000;
export const PERIOD_DAYS = 30;
const YEAR_DAYS = 365;

export function namesOf(kind: Kind): Names {
  const pick = (...names: string[]) =>
    names.find((name) => kind.measures.some((measure) => measure.name === name));
  return {
    received: pick('received', 'reported'),
    closed: pick('closed', 'verified'),
    open: pick('open'),
    late: pick('late', 'overdue'),
    rate: pick('closing_rate', 'closed_rate'),
  };
}

/** The code list that matters are sorted by: the first that has its own place in the figures. */
export function sortField(kind: Kind): string | undefined {
  const of = kind.measures.find((measure) => measure.name === namesOf(kind).received);
  return (of?.by ?? []).find((field) => kind.schema.properties[field]?.['x-type'] === 'code');
}

/** A moment as the server reads it, in the district's clock, to the minute. */
export function momentText(ms: number): string {
  const offset = offsetText();
  const sign = offset.startsWith('-') ? -1 : 1;
  const minutes = sign * (Number(offset.slice(1, 3)) * 60 + Number(offset.slice(4)));
  return `${new Date(ms + minutes * 60_000).toISOString().slice(0, 16)}:00${offset}`;
}

/** Reads figures as they are, or as they were at `at`. */
export class Reader {
  constructor(
    readonly names: Names,
    readonly at: string,
    private readonly signal: AbortSignal,
  ) {}

  /** The local day, `days` from the one shown. */
  day(days = 0): string {
    return dayText(days, this.at ? Date.parse(this.at) : Date.now());
  }

  private async ask(names: (string | undefined)[], more: Record<string, string>): Promise<Figure[]> {
    const name = names.filter(Boolean).join(',');
    if (!name) return [];
    const path = this.at || more.by === 'hour' ? 'measures/past' : 'measures';
    const found = await api.get<{ items: Figure[] }>(
      `${path}${query({ name, at: this.at || undefined, ...more })}`,
      this.signal,
    );
    return found.items;
  }

  async tiles(): Promise<Record<string, Figure>> {
    const { received, open, late, rate } = this.names;
    const today = { from: this.day(), to: this.day() };
    const month = { from: this.day(1 - PERIOD_DAYS), to: this.day() };
    const found = await Promise.all([
      this.ask([open, late], {}),
      this.ask([received], today),
      this.ask([rate], month),
    ]);
    const named = (name?: string) => found.flat().find((one) => one.name === name);
    const all = { today: named(received), open: named(open), late: named(late), rate: named(rate) };
    return Object.fromEntries(Object.entries(all).filter(([, figure]) => figure)) as Record<string, Figure>;
  }

  /** By sort: of all, or of what lies under one. */
  async sorts(by: string, under: string, parents: Set<string>): Promise<Sort[]> {
    const { received, open, late } = this.names;
    const more: Record<string, string> = { by, ...(under ? { under } : {}) };
    const period = { from: this.day(1 - PERIOD_DAYS), to: this.day() };
    const [counted, gauges] = await Promise.all([
      this.ask([received], { ...more, ...period }),
      this.ask([open, late], more),
    ]);
    return sortsOf(
      counted[0],
      gauges.find((one) => one.name === open),
      gauges.find((one) => one.name === late),
      parents,
    );
  }

  async hours(): Promise<Bar[]> {
    const { received, closed } = this.names;
    return bars(await this.ask([received, closed], { by: 'hour' }), received, closed);
  }

  async trend(days: number): Promise<Trend> {
    const { received, closed } = this.names;
    const span = (back: number) => ({
      by: 'day',
      from: this.day(1 - days - back),
      to: this.day(-back),
    });
    const [now, before] = await Promise.all([
      this.ask([received, closed], span(0)),
      this.ask([received, closed], span(YEAR_DAYS)),
    ]);
    const shown = (found: Figure[]) =>
      days === YEAR_DAYS ? byWeek(bars(found, received, closed)) : bars(found, received, closed);
    const last = shown(before);
    return {
      days: shown(now),
      before: last.some((bar) => bar.received || bar.closed) ? last : [],
    };
  }

  async league(): Promise<Team[]> {
    const { open, late, rate } = this.names;
    const period = { from: this.day(1 - PERIOD_DAYS), to: this.day() };
    const earlier = { from: this.day(1 - 2 * PERIOD_DAYS), to: this.day(-PERIOD_DAYS) };
    const [gauges, rates, rated] = await Promise.all([
      this.ask([open, late], { by: 'area' }),
      this.ask([rate], { by: 'area', ...period }),
      this.ask([rate], { by: 'area', ...earlier }),
    ]);
    return rankTeams(
      gauges.find((one) => one.name === open),
      gauges.find((one) => one.name === late),
      rates[0],
      rated[0],
    );
  }
}

/** A year is read by the week; the last one ends with the last day, and what is no whole week at the beginning is left out. */
export function byWeek(days: Bar[]): Bar[] {
  const weeks: Bar[] = [];
  for (let end = days.length; end >= 7; end -= 7) {
    const week = days.slice(end - 7, end);
    weeks.unshift({
      key: week[0].key,
      received: week.reduce((all, day) => all + day.received, 0),
      closed: week.reduce((all, day) => all + day.closed, 0),
    });
  }
  return weeks;
}

function bars(figures: Figure[], received?: string, closed?: string): Bar[] {
  const groups = (name?: string) => figures.find((one) => one.name === name)?.groups ?? [];
  const ended = new Map(groups(closed).map((group) => [group.key, group.value ?? 0]));
  return groups(received).map((group) => ({
    key: group.key,
    received: group.value ?? 0,
    closed: ended.get(group.key) ?? 0,
  }));
}

/** The busiest first; what nothing was counted of is left out. */
export function sortsOf(
  received?: Figure,
  open?: Figure,
  late?: Figure,
  parents = new Set<string>(),
): Sort[] {
  const all = new Map<string, Sort>();
  for (const [name, figure] of Object.entries({ received, open, late })) {
    for (const group of figure?.groups ?? []) {
      const one = all.get(group.key) ?? {
        code: group.key,
        name: titleOf(group.title, lang()) || group.key,
        received: received ? 0 : null,
        open: open ? 0 : null,
        late: late ? 0 : null,
        parts: parents.has(group.key),
      };
      one[name as 'received' | 'open' | 'late'] = group.value ?? 0;
      if (name === 'received') one.rows = group.rows;
      all.set(group.key, one);
    }
  }
  return [...all.values()]
    .filter((one) => one.received || one.open || one.late)
    .sort((a, b) => (b.received ?? 0) - (a.received ?? 0) || (b.open ?? 0) - (a.open ?? 0));
}

/** Places by closing rate; without one, behind all others. */
function places(figure?: Figure): Map<string, number> {
  const rated = (figure?.groups ?? []).filter((group) => group.value !== null);
  rated.sort((a, b) => (b.value ?? 0) - (a.value ?? 0));
  return new Map(rated.map((group, n) => [group.key, n + 1]));
}

export function rankTeams(open?: Figure, late?: Figure, rate?: Figure, before?: Figure): Team[] {
  const value = (figure: Figure | undefined, code: string) =>
    figure?.groups?.find((group) => group.key === code)?.value ?? null;
  const now = places(rate);
  const then = places(before);
  const teams = (open?.groups ?? []).map((group) => {
    const rank = now.get(group.key) ?? 0;
    const was = then.get(group.key);
    return {
      code: group.key,
      name: titleOf(group.title, lang()) || group.key,
      open: group.value ?? 0,
      late: value(late, group.key) ?? 0,
      rate: value(rate, group.key),
      rank,
      moved: rank && was ? was - rank : null,
      rows: group.rows,
    };
  });
  return teams.sort((a, b) => (a.rank || 999) - (b.rank || 999) || b.open - a.open);
}

/** The slider's ends: so many days back to the minute, and now. */
export const SLIDER_DAYS = 30;
export function sliderStart(now: number): number {
  return Math.floor((now - SLIDER_DAYS * DAY_MS) / 60_000) * 60_000;
}
