/** A month's ranking, as `GET /records/{id}/appraisal` tells it. Figures and points are texts of fixed decimals: they
 * are counted with in whole numbers only, as the server does. */
import type { Title } from './types';

export interface Indicator {
  code: string;
  title: Title;
  weight: string;
  measure: { name: string; title: Title; unit: string; share: boolean } | null;
  span?: 'month' | 'year';
  normal: 'range' | 'target' | 'given';
  lower_is_better: boolean;
  full?: string;
  zero?: string;
  floor: number;
  none: 'spread' | 'full' | 'floor';
}
export interface Dimension {
  code: string;
  title: Title;
  weight: string;
  indicators: Indicator[];
}
export interface Figure {
  item: string;
  value: string | null;
  share: string | null;
  points: string | null;
  how: 'measured' | 'entered' | 'corrected' | 'none';
  record?: string | null;
  correction?: string | null;
  was?: string;
  rows?: string;
}
export interface RankedUnit {
  id: string | null;
  area: string;
  org?: string | null; // where organisations are ranked
  name: string;
  total: string | null;
  place: number | null;
  shared: boolean;
  last_total?: string | null;
  last_place?: number | null;
  figures: Figure[];
}
export interface Appraisal {
  record: { id: string; kind: string; number: string; state: string; state_title: Title; area: string };
  title: Title;
  month: string;
  from: string;
  to: string;
  ranked: boolean;
  public: boolean;
  before: { id: string; month: string } | null;
  rule: { weights_from: number; places: number; dimensions: Dimension[] };
  units: RankedUnit[];
}

export const appraisalPath = (id: string) => `records/${id}/appraisal`;

/** "12.50" with two decimals is 1250. */
export function fixed(text: string, decimals: number): number {
  const [whole, part = ''] = text.replace('-', '').split('.');
  const value = Number(whole) * 10 ** decimals + Number(part.padEnd(decimals, '0').slice(0, decimals) || 0);
  return text.startsWith('-') ? -value : value;
}

/** Places won (above 0) or lost since the month before; null: it had none then, or has none now. */
export const moved = (unit: RankedUnit): number | null =>
  unit.place === null || unit.last_place === null || unit.last_place === undefined
    ? null
    : unit.last_place - unit.place;

/** By which one of those ranked is told from the others. */
export const keyOf = (unit: RankedUnit): string => unit.org ?? unit.area;

const LAST = Number.MAX_SAFE_INTEGER;
export const inOrder = (units: RankedUnit[]): RankedUnit[] =>
  [...units].sort((a, b) => (a.place ?? LAST) - (b.place ?? LAST) || (keyOf(a) < keyOf(b) ? -1 : 1));

/** Points of a dimension, in 10⁻⁸, as they went into the total; null: it has no figure. */
export function dimensionPoints(dimension: Dimension, unit: RankedUnit): number | null {
  const own = new Set(dimension.indicators.map((one) => one.code));
  const counted = unit.figures.filter((figure) => own.has(figure.item) && figure.points !== null);
  return counted.length ? counted.reduce((sum, figure) => sum + fixed(figure.points ?? '0', 8), 0) : null;
}

/** What an indicator weighs for a unit, in percent with two decimals: more than the pack says where others have no
 * figure and their weight is shared out. */
export function weightFor(rule: Appraisal['rule'], unit: RankedUnit, indicator: Indicator): string {
  const none = new Set(unit.figures.filter((one) => one.share === null).map((one) => one.item));
  const known = rule.dimensions
    .flatMap((one) => one.indicators)
    .filter((one) => !none.has(one.code))
    .reduce((sum, one) => sum + fixed(one.weight, 2), 0);
  const hundredths = known ? Math.round((fixed(indicator.weight, 2) * 10_000) / known) : 0;
  return pointsText(hundredths * 1_000_000, 2);
}

/** 10⁻⁸ shown with fewer decimals, halves up. */
export function pointsText(points: number, places: number): string {
  const scale = 10 ** (8 - places);
  const whole = Math.floor((2 * points + scale) / (2 * scale));
  const text = String(whole).padStart(places + 1, '0');
  return places ? `${text.slice(0, -places)}.${text.slice(-places)}` : text;
}

/** Without the noughts at the end: "0.950000" is 0.95; of a share in percent. */
export function valueText(value: string, indicator: Indicator): string {
  const plain = (text: string) => (text.includes('.') ? text.replace(/\.?0+$/, '') : text);
  if (!indicator.measure?.share) return plain(value);
  const hundredths = fixed(value, 6);
  return `${plain((hundredths / 10_000).toFixed(4))} %`;
}

export interface Tried {
  unit: RankedUnit;
  /** In 10^-places; null: of no indicator there is a figure. */
  total: number | null;
  place: number | null;
  /** Places won (above 0) or lost against what is published. */
  moved: number | null;
}

/** What a total would be if dimensions weighed `weights` (by code) instead: within a dimension indicators keep their
 * proportions, and weights that do not come to 100 are brought there. Whole numbers only. */
function tryTotal(rule: Appraisal['rule'], unit: RankedUnit, weights: Record<string, number>): number | null {
  const shares = new Map(unit.figures.map((figure) => [figure.item, figure.share]));
  const common = rule.dimensions.reduce((all, one) => all * BigInt(fixed(one.weight, 2) || 1), 1n);
  let sum = 0n;
  let known = 0n;
  for (const dimension of rule.dimensions) {
    const own = BigInt(fixed(dimension.weight, 2) || 1);
    const factor = (BigInt(Math.round(weights[dimension.code] * 100)) * common) / own;
    for (const one of dimension.indicators) {
      const share = shares.get(one.code);
      if (share === null || share === undefined) continue;
      const weight = factor * BigInt(fixed(one.weight, 2));
      known += weight;
      sum += weight * BigInt(fixed(share, 4));
    }
  }
  if (known === 0n) return null;
  const scale = known * 10n ** BigInt(4 - rule.places);
  return Number((2n * sum + scale) / (2n * scale));
}

/** The ranking under other weights of the dimensions, beside the one that is. Nothing is stored. */
export function tryWeights(appraisal: Appraisal, weights: Record<string, number>): Tried[] {
  const found = appraisal.units.map((unit) => ({ unit, total: tryTotal(appraisal.rule, unit, weights) }));
  return found
    .map(({ unit, total }) => {
      const place =
        total === null
          ? null
          : 1 + found.filter((other) => other.total !== null && other.total > total).length;
      return {
        unit,
        total,
        place,
        moved: place === null || unit.place === null ? null : unit.place - place,
      };
    })
    .sort((a, b) => (a.place ?? LAST) - (b.place ?? LAST) || (keyOf(a.unit) < keyOf(b.unit) ? -1 : 1));
}

/** The weights that hold, by dimension: where the sliders begin. */
export const ownWeights = (appraisal: Appraisal): Record<string, number> =>
  Object.fromEntries(appraisal.rule.dimensions.map((one) => [one.code, fixed(one.weight, 2) / 100]));

export const totalText = (total: number | null, places: number): string =>
  total === null ? '—' : pointsText(total * 10 ** (8 - places), places);
