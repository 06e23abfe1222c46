import { describe, expect, it } from 'vitest';
import { addDays, hoursWords, mondayOf, touches } from './duty';

const night = { from: '2026-11-22T18:00:00+08:00', until: '2026-11-23T08:00:00+08:00' };
const day = { from: '2026-11-22T00:00:00+08:00', until: '2026-11-23T00:00:00+08:00' };

describe('duties in a week', () => {
  it('finds the Monday', () => {
    expect(mondayOf('2026-11-22')).toBe('2026-11-16');
    expect(mondayOf('2026-11-16')).toBe('2026-11-16');
    expect(addDays('2026-12-31', 1)).toBe('2027-01-01');
  });
  it('shows a night on both days, a day on one', () => {
    expect(touches(night, '2026-11-22')).toBe(true);
    expect(touches(night, '2026-11-23')).toBe(true);
    expect(touches(night, '2026-11-24')).toBe(false);
    expect(touches(day, '2026-11-23')).toBe(false);
  });
  it('says the hours', () => {
    expect(hoursWords(night, '2026-11-22')).toBe('18:00–08:00');
    expect(hoursWords(night, '2026-11-23')).toBe('…–08:00');
  });
});
