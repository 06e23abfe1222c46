import { describe, expect, it } from 'vitest';
import {
  chosenAt,
  daysAhead,
  instant,
  lengthsOf,
  planOf,
  soonest,
  standingOf,
  startsOf,
  within,
  type FreeRow,
} from './booking';
import type { BookingDef } from '@/shared/booking';

const def: BookingDef = {
  resource: 'space',
  of: 'parking_space',
  of_title: { zh: '车位', en: 'Space' },
  from: 'from_at',
  to: 'to_at',
  amount: null,
  holds: ['booked'],
  longest_min: 1440,
  ahead_min: 7 * 1440,
  step_min: 15,
};
const evening = Date.parse('2026-11-22T17:50:00+08:00');

describe('times to choose from', () => {
  it('says an instant by the district’s clock, also past midnight', () => {
    expect(instant(0, 18 * 60, evening)).toBe('2026-11-22T18:00:00+08:00');
    expect(instant(0, 26 * 60, evening)).toBe('2026-11-23T02:00:00+08:00');
  });
  it('offers of today only what is to come', () => {
    expect(startsOf(0, def, evening)[0]).toBe(17 * 60 + 45);
    expect(startsOf(1, def, evening)[0]).toBe(0);
  });
  it('keeps to how far ahead and how long', () => {
    expect(daysAhead(def)).toHaveLength(8);
    expect(daysAhead({ ...def, ahead_min: 60 })).toEqual([0]);
    expect(lengthsOf({ ...def, longest_min: 240 })).toEqual([60, 120, 240]);
  });
});

const row = (title: string, free: boolean, next: string | null = null) =>
  ({ id: title, title, free, open: true, next_free_at: next }) as FreeRow;
const OWN = {
  id: 'b',
  resource: '红树湾 · A-2',
  from: '2026-11-22T18:00:00+08:00',
  to: '2026-11-22T20:00:00+08:00',
};

describe('the plan', () => {
  const rows = [
    row('红树湾 · A-10', true),
    row('阳光苑 · 3', true),
    row('红树湾 · A-2', false),
    row('会议室', true),
  ];
  it('has parts by what titles begin with, and counts as people do', () => {
    expect(planOf(rows, 'zh').map((part) => [part.name, part.cells.map((cell) => cell.label)])).toEqual([
      ['', ['会议室']],
      ['红树湾', ['A-2', 'A-10']],
      ['阳光苑', ['3']],
    ]);
  });
  it('knows what is mine at that time, and not what comes after', () => {
    expect(within([OWN], '2026-11-22T19:00:00+08:00', '2026-11-22T21:00:00+08:00')).toEqual([OWN]);
    expect(within([OWN], '2026-11-22T20:00:00+08:00', '2026-11-22T21:00:00+08:00')).toEqual([]);
    expect(rows.map((one) => standingOf(one, [OWN]))).toEqual(['free', 'free', 'mine', 'free']);
    expect(standingOf(row('红树湾 · A-2', false), [])).toBe('taken');
  });
  it('says when something is free again, as one would choose it', () => {
    const full = [
      row('a', false, '2026-11-22T14:00:00Z'),
      row('b', false, '2026-11-22T20:05:00+08:00'),
      row('c', false),
    ];
    expect(soonest(full)).toBe('2026-11-22T20:05:00+08:00');
    expect(chosenAt('2026-11-22T20:05:00+08:00', 15, evening)).toEqual({ day: 0, minute: 20 * 60 + 15 });
    expect(chosenAt('2026-11-23T00:00:00+08:00', 15, evening)).toEqual({ day: 1, minute: 0 });
  });
});
