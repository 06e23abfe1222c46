import { expect, test } from 'vitest';
import { monthDays, standings, type GroupFigure } from './league';

const figure = (values: Record<string, number | null>, lower = false): GroupFigure => ({
  type: 'ratio',
  title: { zh: '完成率', en: 'Share' },
  lower_is_better: lower,
  value: null,
  n: 0,
  groups: Object.entries(values).map(([key, value]) => ({
    key,
    title: { zh: key, en: key },
    value,
    n: value === null ? 0 : 10,
  })),
});

test('equal figures share a place; the next one is as far on', () => {
  const rows = standings(figure({ a: 0.9, b: 1, c: 0.9, d: 0.5, e: null }), undefined);
  expect(rows.map((row) => [row.code, row.rank])).toEqual([
    ['b', 1],
    ['a', 2],
    ['c', 2],
    ['d', 4],
  ]);
  expect(rows.every((row) => row.moved === null)).toBe(true);
});

test('places won and lost since the month before', () => {
  const rows = standings(figure({ a: 0.9, b: 1, c: 0.5 }), figure({ a: 1, b: 0.2, c: null }));
  expect(rows.map((row) => [row.code, row.moved])).toEqual([
    ['b', 1],
    ['a', -1],
    ['c', null],
  ]);
});

test('where less is better the least comes first', () => {
  expect(standings(figure({ a: 3, b: 1 }, true), undefined)[0].code).toBe('b');
});

test('months across the year and in a leap year', () => {
  expect(monthDays('2024-02')).toEqual(['2024-02-01', '2024-02-29']);
  expect(monthDays('2026-01', -1)).toEqual(['2025-12-01', '2025-12-31']);
});
