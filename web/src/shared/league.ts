import type { Title } from './types';

/** A figure of several areas, as `GET /measures?by=area` tells it. */
export interface GroupFigure {
  lower_is_better?: boolean;
  unit?: string;
  type: string;
  title: Title;
  value: number | null;
  n: number;
  groups?: { key: string; title: Title; value: number | null; n: number }[];
}
export interface Standing {
  code: string;
  title: Title;
  value: number;
  n: number;
  /** Equal figures share a place, and the next place is as far on as there are before it: 1, 2, 2, 4. */
  rank: number;
  /** Places won (above 0) or lost since the month before; null: it had no figure then. */
  moved: number | null;
}

function places(figure: GroupFigure | undefined): Map<string, number> {
  const known = (figure?.groups ?? []).filter((group) => group.value !== null && group.n > 0);
  const ahead = (a: number, b: number) => (figure?.lower_is_better ? a < b : a > b);
  return new Map(
    known.map((group) => [
      group.key,
      1 + known.filter((other) => ahead(other.value ?? 0, group.value ?? 0)).length,
    ]),
  );
}

/** Who stands where this month, and how that has changed. Areas without a figure are not ranked. */
export function standings(now: GroupFigure | undefined, before: GroupFigure | undefined): Standing[] {
  const [here, was] = [places(now), places(before)];
  return (now?.groups ?? [])
    .filter((group) => here.has(group.key))
    .map((group) => ({
      code: group.key,
      title: group.title,
      value: group.value ?? 0,
      n: group.n,
      rank: here.get(group.key) ?? 0,
      moved: was.has(group.key) ? (was.get(group.key) ?? 0) - (here.get(group.key) ?? 0) : null,
    }))
    .sort((a, b) => a.rank - b.rank || b.n - a.n || (a.code < b.code ? -1 : 1));
}

const two = (n: number) => String(n).padStart(2, '0');
/** First and last day of a month written 2026-11, `by` months from it. */
export function monthDays(month: string, by = 0): [string, string] {
  const [year, index] = month.split('-').map(Number);
  const at = new Date(Date.UTC(year, index - 1 + by, 1));
  const last = new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 0));
  const head = `${at.getUTCFullYear()}-${two(at.getUTCMonth() + 1)}`;
  return [`${head}-01`, `${head}-${two(last.getUTCDate())}`];
}
