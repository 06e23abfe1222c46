import { describe, expect, it } from 'vitest';
import {
  groupsOf,
  nextToScore,
  pointsOf,
  standing,
  stepped,
  type Criterion,
  type ScoreEntry,
  type Scores,
} from './scores';

const title = { zh: '', en: '' };
const criteria: Criterion[] = [
  { field: 'route', title, weight: 20, min: 0, max: 20 },
  { field: 'theory', title, weight: 30, min: 0, max: 100 },
];
const entry = (nth: number, more: Partial<ScoreEntry> = {}): ScoreEntry => ({
  id: String(nth),
  number: '',
  title: '',
  state: '',
  nth,
  given: 0,
  due: 0,
  ...more,
});

describe('a sheet being filled in', () => {
  it('has points once nothing is missing', () => {
    expect(pointsOf(criteria, { route: 20 })).toBeNull();
    expect(pointsOf(criteria, { route: 0, theory: 50 })).toBe(15);
    expect(pointsOf(criteria, { route: 15, theory: 33 })).toBe(24.9);
  });
  it('steps within its range, from four fifths at first', () => {
    expect(stepped(criteria[0], null, 1)).toBe(16);
    expect(stepped(criteria[0], null, -1)).toBe(15);
    expect(stepped(criteria[0], 20, 1)).toBe(20);
    expect(stepped(criteria[0], 0, -1)).toBe(0);
  });
});

describe('who is next', () => {
  it('leaves out the own unit and those who have a sheet', () => {
    const entries = [entry(1, { own: true }), entry(2), entry(3)];
    expect(nextToScore(entries, 0, () => false)).toBe(1);
    expect(nextToScore(entries, 1, (one) => one.nth === 2)).toBe(2);
    expect(nextToScore(entries, 2, (one) => one.nth === 3)).toBe(1);
    expect(nextToScore(entries, 0, () => true)).toBe(-1);
  });
});

describe('a table', () => {
  it('begins with those who have a place, then in order of appearance', () => {
    const entries = [entry(1), entry(2, { place: 2 }), entry(3, { place: 1 }), entry(4, { place: 2 })];
    expect(standing(entries).map((one) => one.nth)).toEqual([3, 2, 4, 1]);
  });
  it('tells groups apart', () => {
    const entries = [entry(1, { group: 'a' }), entry(2, { group: 'b', group_title: { zh: '乙', en: 'B' } })];
    expect(groupsOf({ entries } as Scores).map((one) => one.group)).toEqual(['a', 'b']);
    expect(standing(entries, 'b').map((one) => one.nth)).toEqual([2]);
  });
});
