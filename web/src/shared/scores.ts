/** Rounds that are judged, as `GET /records/{id}/scores` tells them. Points are texts: they are never counted
 * with here. */
import { query } from './api';
import type { Kind, Title } from './types';

export interface Criterion {
  field: string;
  title: Title;
  hint?: Title;
  weight: number;
  min: number;
  max: number;
}
export interface Prize {
  code: string;
  title: Title;
}
export interface Sheet {
  id: string;
  version: number;
  values: Record<string, number>;
  at: string;
}
export interface ScoreEntry {
  id: string;
  number: string;
  title: string;
  state: string;
  nth: number;
  group?: string | null;
  group_title?: Title;
  given: number;
  due: number;
  own?: boolean;
  mine?: Sheet | null;
  result?: string;
  median?: string;
  spread?: string;
  place?: number;
  shared?: boolean;
  first?: boolean;
  prize?: Prize | null;
}
export interface Judge {
  nth: number;
  id: string | null;
  name: string | null;
  given: number;
  due: number;
  now: boolean;
  lowest?: string;
  highest?: string;
  mean?: string;
  leniency?: string;
}
export interface JudgedSheet extends Sheet {
  entry: number;
  judge: number;
  total: string;
  outlying: boolean;
}
export interface Scores {
  round: {
    id: string;
    kind: string;
    number: string;
    title: string;
    state: string;
    state_title: Title;
    version: number;
    area: string;
    area_name: string;
  };
  all: { name: string; title: Title }[];
  name: string;
  title: Title;
  sheet_kind: string;
  correct: string | null;
  rule: {
    method: 'mean' | 'trimmed_mean' | 'rank_sum';
    trim: number;
    least: number;
    places: number;
    outlier: number;
    first: number;
    ties: string[];
    criteria: Criterion[];
    prizes: { prize: Prize; n: number }[];
  };
  open: boolean;
  settled: boolean;
  desk: boolean;
  judge: boolean;
  given: number;
  due: number;
  judges: Judge[];
  entries: ScoreEntry[];
  sheets: JudgedSheet[];
}

/** Whether something is judged in records of the kind. */
export const isJudged = (kind: Kind | undefined) =>
  Boolean((kind as (Kind & { scores?: unknown[] }) | undefined)?.scores?.length);

export const scoresPath = (round: string, of?: string) => `records/${round}/scores${query({ of })}`;

export type Values = Record<string, number | null>;

/** Points of a sheet that is being filled in, or null while something is missing: shown, never sent. */
export function pointsOf(criteria: Criterion[], values: Values): number | null {
  let sum = 0;
  for (const one of criteria) {
    const value = values[one.field];
    if (value === null || value === undefined) return null;
    sum += (value * one.weight) / one.max;
  }
  return Math.round(sum * 100) / 100;
}

/** One step up or down; the first touch begins where most scores lie, at four fifths. */
export function stepped(one: Criterion, value: number | null | undefined, by: number): number {
  const from = value ?? Math.round(one.max * 0.8) - (by > 0 ? by : 0);
  return Math.min(one.max, Math.max(one.min, from + by));
}

/** The first still to be scored from `from` (an index) on, then from the beginning; -1: none is left. */
export function nextToScore(
  entries: ScoreEntry[],
  from: number,
  given: (entry: ScoreEntry) => boolean,
): number {
  for (let k = 0; k < entries.length; k++) {
    const i = (from + k) % entries.length;
    if (!entries[i].own && !given(entries[i])) return i;
  }
  return -1;
}

const LAST = Number.MAX_SAFE_INTEGER;
/** As a hall sees it: who has a place first, then who is still to come in their order. */
export function standing(entries: ScoreEntry[], group: string | null = null): ScoreEntry[] {
  return entries
    .filter((entry) => group === null || entry.group === group)
    .sort((a, b) => (a.place ?? LAST) - (b.place ?? LAST) || a.nth - b.nth);
}

/** The groups that are ranked apart, in the order they appear. */
export function groupsOf(scores: Scores): { group: string; title: Title }[] {
  const seen = new Map<string, Title>();
  scores.entries.forEach(({ group, group_title: title }) => {
    if (group && !seen.has(group)) seen.set(group, title ?? { zh: group, en: group });
  });
  return [...seen].map(([group, title]) => ({ group, title }));
}
