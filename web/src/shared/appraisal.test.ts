import { describe, expect, it } from 'vitest';
import {
  dimensionPoints,
  fixed,
  moved,
  ownWeights,
  pointsText,
  totalText,
  tryWeights,
  valueText,
  weightFor,
  type Appraisal,
  type Dimension,
  type Indicator,
  type RankedUnit,
} from './appraisal';

const title = { zh: '', en: '' };
const indicator = (code: string, weight: string, over: Partial<Indicator> = {}): Indicator => ({
  code,
  title,
  weight,
  measure: null,
  normal: 'given',
  lower_is_better: false,
  floor: 0,
  none: 'spread',
  ...over,
});
const dimension = (code: string, weight: string, ...indicators: Indicator[]): Dimension => ({
  code,
  title,
  weight,
  indicators,
});
const unit = (area: string, total: string, place: number, ...shares: (string | null)[]): RankedUnit => ({
  id: null,
  area,
  name: area,
  total,
  place,
  shared: false,
  figures: shares.map((share, n) => ({
    item: 'abc'[n],
    value: share,
    share,
    points: share === null ? null : '1.00000000',
    how: 'measured',
  })),
});
const appraisal: Appraisal = {
  record: { id: '', kind: '', number: '', state: '', state_title: title, area: '' },
  title,
  month: '2022-05',
  from: '',
  to: '',
  ranked: true,
  public: true,
  before: null,
  rule: {
    weights_from: 2022,
    places: 2,
    dimensions: [
      dimension('one', '37.50', indicator('a', '12.50'), indicator('b', '25.00')),
      dimension('two', '62.50', indicator('c', '62.50')),
    ],
  },
  units: [
    unit('x', '85.10', 1, '90.0000', '80.0000', '86.1600'),
    unit('y', '70.00', 2, null, '100.0000', '58.0000'),
  ],
};

describe('what other weights would change', () => {
  it('is what is published as long as nothing is moved', () => {
    const tried = tryWeights(appraisal, ownWeights(appraisal));
    expect(tried.map(({ total, place, moved: by }) => [totalText(total, 2), place, by])).toEqual([
      ['85.10', 1, 0],
      ['70.00', 2, 0],
    ]);
  });
  it('weighs dimensions anew, and brings them to 100', () => {
    const [first, second] = tryWeights(appraisal, { one: 20, two: 0 });
    expect([first.unit.area, totalText(first.total, 2), first.moved]).toEqual(['y', '100.00', 1]);
    expect([second.unit.area, totalText(second.total, 2), second.moved]).toEqual(['x', '83.33', -1]);
  });
  it('ranks nobody by nothing', () => {
    expect(tryWeights(appraisal, { one: 0, two: 0 }).map((one) => one.place)).toEqual([null, null]);
  });
});

describe('fixed decimals', () => {
  it('are read and shown without fractions of fractions', () => {
    expect([fixed('12.5', 2), fixed('-0.25', 2), fixed('3', 4)]).toEqual([1250, -25, 30000]);
    expect([pointsText(1_710_500_000, 2), pointsText(500_000, 2), pointsText(5e9, 0)]).toEqual([
      '17.11',
      '0.01',
      '50',
    ]);
    expect(dimensionPoints(appraisal.rule.dimensions[0], appraisal.units[1])).toBe(100_000_000);
    expect(dimensionPoints(dimension('none', '1', indicator('z', '1')), appraisal.units[1])).toBeNull();
  });
  it('tell what an indicator weighs where another has no figure', () => {
    const [{ indicators }] = appraisal.rule.dimensions;
    expect(appraisal.units.map((one) => weightFor(appraisal.rule, one, indicators[1]))).toEqual([
      '25.00',
      '28.57',
    ]);
  });
  it('are shown without noughts at the end, shares in percent', () => {
    const share = indicator('s', '1', { measure: { name: '', title, unit: '%', share: true } });
    expect([valueText('0.972414', share), valueText('1.000000', share)]).toEqual(['97.2414 %', '100 %']);
    expect([
      valueText('90.500000', indicator('a', '1')),
      valueText('10.000000', indicator('a', '1')),
    ]).toEqual(['90.5', '10']);
  });
  it('tell how a place has moved', () => {
    expect(moved({ ...appraisal.units[0], last_place: 4 })).toBe(3);
    expect(moved(appraisal.units[0])).toBeNull();
  });
});
