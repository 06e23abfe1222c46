import { expect, it } from 'vitest';
import type { Figure } from '@/shared/types';
import { byWeek, momentText, rankTeams, sortsOf } from './figures';
import { clip } from './mapNames';
import { PointSet, type Point } from './pointSet';
import { readQuery, writeQuery } from './query';
import { rowsOf } from './rows';

const point = (id: string, area: string, more: Partial<Point> = {}): Point => ({
  id,
  number: id,
  title: id,
  kind: 'incident',
  state: 'reported',
  light_now: 'green',
  late: false,
  area,
  due_at: null,
  created_at: '',
  updated_at: '',
  ...more,
});

it('counts by area at any level, the late ones beside', () => {
  const set = new PointSet();
  set.replace([
    point('a', '330803001001001', { late: true }),
    point('b', '330803001001'),
    point('c', '330803002001001'),
  ]);
  expect([...set.count(9)]).toEqual([
    ['330803001', { open: 2, late: 1 }],
    ['330803002', { open: 1, late: 0 }],
  ]);
  expect(set.count(9, 'nothing').size).toBe(0); // only what the figures count shades an area
  expect(set.count(15).get('330803001001001')).toEqual({ open: 1, late: 1 });
  expect(set.count(15).has('330803001001')).toBe(false);
});

it('lists behind a figure what the figure counts, and says how many more there are', () => {
  const points = new PointSet();
  points.replace([
    ...Array.from({ length: 301 }, (_, n) => point(`${n}`, '330803001', { late: n < 2 })),
    point('another', '330803001', { late: true, kind: 'repair' }),
  ]);
  const figures = { open: { value: 301, unit: 'count' }, late: { value: 2, unit: 'count' } };
  const board = { points, pointsRead: 1, kind: { kind: 'incident' }, figures } as unknown as Parameters<
    typeof rowsOf
  >[2];
  const behind = (key: string) => rowsOf(key, null, board, (word) => word, 'zh');
  expect(behind('late')?.known?.map((one) => one.id)).toEqual(['0', '1']);
  expect(behind('open')?.known).toHaveLength(300);
  expect(behind('open')?.total).toBe(301);
});

it('tells its watchers what changed, and what did not', () => {
  const set = new PointSet();
  const told: string[] = [];
  const stop = set.watch({
    reset: () => told.push('reset'),
    change: (id, one) => told.push(`${id} ${!!one}`),
  });
  set.put(point('a', '330803001'));
  set.remove('a');
  set.remove('a');
  stop();
  set.put(point('b', '330803001'));
  expect(told).toEqual(['reset', 'a true', 'a false']);
});

it('gives the first of many in order', () => {
  const set = new PointSet();
  set.replace([5, 3, 9, 1, 7].map((n) => point(String(n), '330803001')));
  const first = set.top(
    3,
    (one) => one.id !== '1',
    (a, b) => Number(a.id) - Number(b.id),
  );
  expect(first.map((one) => one.id)).toEqual(['3', '5', '7']);
});

const figure = (values: Record<string, number | null>) =>
  ({
    groups: Object.entries(values).map(([key, value]) => ({ key, title: { zh: key, en: key }, value })),
  }) as Figure;

it('ranks by closing rate and says who rose and who fell', () => {
  const teams = rankTeams(
    figure({ a: 5, b: 2, c: 9, d: 0 }),
    figure({ a: 1, b: 0, c: 3, d: 0 }),
    figure({ a: 0.9, b: 0.8, c: 0.95, d: null }),
    figure({ a: 0.9, b: 0.99, c: 0.2, d: null }),
  );
  expect(teams.map((team) => [team.code, team.rank, team.moved, team.late])).toEqual([
    ['c', 1, 2, 3],
    ['a', 2, 0, 1],
    ['b', 3, -2, 0],
    ['d', 0, null, 0],
  ]);
});

it('sums a year up by weeks that end with the last day', () => {
  const days = Array.from({ length: 16 }, (_, n) => ({ key: `d${n}`, received: n, closed: 1 }));
  expect(byWeek(days)).toEqual([
    { key: 'd2', received: 35, closed: 7 },
    { key: 'd9', received: 84, closed: 7 },
  ]);
});

it('lists what it is about, the busiest first, and nothing that is not', () => {
  const sorts = sortsOf(
    figure({ a: 1, b: 5, c: 0 }),
    figure({ b: 2, d: 1 }),
    figure({ c: 0 }),
    new Set(['b']),
  );
  expect(sorts.map((one) => [one.code, one.received, one.open, one.late, one.parts])).toEqual([
    ['b', 5, 2, 0, true],
    ['a', 1, 0, 0, false],
    ['d', 0, 1, 0, false],
  ]);
});

it('knows what of an area is in sight', () => {
  const square = [
    [0, 0],
    [10, 0],
    [10, 10],
    [0, 10],
  ];
  expect(new Set(clip(square, [4, 4, 20, 20]).map(String))).toEqual(
    new Set(['4,4', '10,4', '10,10', '4,10']),
  );
  expect(clip(square, [11, 11, 20, 20])).toEqual([]);
  expect(clip(square, [2, 2, 3, 3]).length).toBe(4);
});

it('keeps what is shown in the address', () => {
  const search =
    '?at=2026-11-18T15%3A30%3A00%2B08%3A00&view=areas&level=grid&shade=late&table=sorts&days=365&kiosk=1&turn=20';
  expect(writeQuery(readQuery(search))).toBe(search);
  expect(writeQuery(readQuery('?view=none&days=31&turn=-5'))).toBe('');
  expect(momentText(Date.parse('2026-11-18T07:30:59Z'))).toBe('2026-11-18T15:30:00+08:00');
});
