import { api, query } from '@/shared/api';
import { dayText, offsetText } from '@/shared/format';
import type { BookingDef } from '@/shared/booking';
import type { Fields, Page, Title } from '@/shared/types';

/** One thing that can be booked, and how it stands in the time asked for. */
export interface FreeRow {
  id: string;
  title: string | Title;
  area: string;
  area_name: string;
  place: { lng: number; lat: number } | null;
  fields: Fields;
  hours: string | null;
  open: boolean;
  free: boolean;
  left: number;
  next_free_at: string | null;
}

const DAYS_MOST = 8;
const MINUTES_A_DAY = 24 * 60;

/** Days one may book, as numbers from today. */
export function daysAhead(booking: BookingDef): number[] {
  const days = Math.min(Math.floor(booking.ahead_min / MINUTES_A_DAY) + 1, DAYS_MOST);
  return Array.from({ length: days }, (_one, n) => n);
}

/** An instant of the district's day, `minute` minutes after its midnight; may run into the next days. */
export function instant(day: number, minute: number, now = Date.now()): string {
  const date = dayText(day + Math.floor(minute / MINUTES_A_DAY), now);
  const rest = minute % MINUTES_A_DAY;
  const two = (n: number) => String(n).padStart(2, '0');
  return `${date}T${two(Math.floor(rest / 60))}:${two(rest % 60)}:00${offsetText()}`;
}

/** 18:15 of minutes after midnight. */
export function clockText(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
}

/** The times of a day one may begin at: of today only those to come. */
export function startsOf(day: number, booking: BookingDef, now = Date.now()): number[] {
  const step = Math.max(booking.step_min, 15);
  const all = Array.from({ length: MINUTES_A_DAY / step }, (_one, n) => n * step);
  return day > 0 ? all : all.filter((minute) => Date.parse(instant(0, minute, now)) > now - step * 60_000);
}

/** How long: what fits from an hour to the longest. */
export function lengthsOf(booking: BookingDef): number[] {
  return [60, 120, 240, 480, 720, 1440].filter((minutes) => minutes <= booking.longest_min);
}

/** What can be booked then: what is free first, then what is free soonest. */
export async function freeFrom(
  kind: string,
  from: string,
  to: string,
  signal?: AbortSignal,
): Promise<FreeRow[]> {
  const rows: FreeRow[] = [];
  const PAGES = 5;
  let cursor: string | null = null;
  for (let n = 0; n < PAGES; n++) {
    const page: Page<FreeRow> = await api.get<Page<FreeRow>>(
      `free${query({ kind, from, to, limit: 100, cursor })}`,
      signal,
    );
    rows.push(...page.items);
    cursor = page.next;
    if (!cursor) break;
  }
  return sorted(rows);
}

export function sorted(rows: FreeRow[]): FreeRow[] {
  const soon = (row: FreeRow) => (row.next_free_at ? Date.parse(row.next_free_at) : Infinity);
  return [...rows].sort((a, b) => Number(b.free) - Number(a.free) || soon(a) - soon(b) || 0);
}
