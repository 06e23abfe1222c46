import { describe, expect, it } from 'vitest';
import { daysAhead, instant, lengthsOf, sorted, startsOf, type FreeRow } from './booking';
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

describe('what is shown first', () => {
  const row = (id: string, free: boolean, next: string | null = null) =>
    ({ id, free, next_free_at: next }) as FreeRow;
  it('is what is free, then what is free soonest', () => {
    const rows = [
      row('late', false, '2026-11-22T20:00:00Z'),
      row('soon', false, '2026-11-22T18:00:00Z'),
      row('free', true),
      row('never', false),
    ];
    expect(sorted(rows).map((one) => one.id)).toEqual(['free', 'soon', 'late', 'never']);
  });
});
