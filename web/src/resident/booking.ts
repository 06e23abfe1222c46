import { api, listed, query } from '@/shared/api';
import { dayText, offsetText, titleOf, type Lang } from '@/shared/format';
import type { BookingDef } from '@/shared/booking';
import type { Fields, Kind, Matter, Page, Title } from '@/shared/types';

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

/** What can be booked, and how each stands then. */
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
  return rows;
}

/** What the caller has booked already, and when. */
export interface OwnBooking {
  id: string;
  resource: string;
  from: string;
  to: string;
}

export async function ownBookings(kind: Kind): Promise<OwnBooking[]> {
  const def = kind.booking;
  if (!def) return [];
  const page = await listed<Matter>(`records${query({ kind: kind.kind, party: 'me', limit: 50 })}`, 50);
  return page.items
    .filter((one) => def.holds.includes(one.state))
    .map((one) => ({
      id: one.id,
      resource: idOf(one.fields[def.resource]),
      from: String(one.fields[def.from]),
      to: String(one.fields[def.to]),
    }));
}

/** A field of type record is an id, or an object that has one. */
function idOf(value: unknown): string {
  return typeof value === 'object' && value !== null ? String((value as { id?: string }).id) : String(value);
}

/** Those that lie within a time, ends not of it. */
export function within(mine: OwnBooking[], from: string, to: string): OwnBooking[] {
  return mine.filter((one) => Date.parse(one.from) < Date.parse(to) && Date.parse(one.to) > Date.parse(from));
}

export type Standing = 'free' | 'mine' | 'taken' | 'closed';

export function standingOf(row: FreeRow, mine: OwnBooking[]): Standing {
  if (row.free) return 'free';
  if (mine.some((one) => one.resource === row.id)) return 'mine';
  return row.open ? 'taken' : 'closed';
}

/** One on the plan: what it is called within its part. */
export interface PlanCell {
  row: FreeRow;
  label: string;
}

/** A part of the plan: an estate, a hall; named by what titles begin with. */
export interface PlanPart {
  name: string;
  cells: PlanCell[];
}

/** Titles such as “红树湾 · A-3”: the parts by name, in each the cells by number, A-2 before A-10. */
export function planOf(rows: FreeRow[], lang: Lang): PlanPart[] {
  const parts = new Map<string, PlanCell[]>();
  for (const row of rows) {
    const words = titleOf(row.title, lang).split(' · ');
    const label = words.pop() ?? '';
    const name = words.join(' · ');
    parts.set(name, [...(parts.get(name) ?? []), { row, label }]);
  }
  const order = new Intl.Collator('zh', { numeric: true });
  return [...parts]
    .map(([name, cells]) => ({ name, cells: cells.sort((a, b) => order.compare(a.label, b.label)) }))
    .sort((a, b) => order.compare(a.name, b.name));
}

/** When the first of them is free again. */
export function soonest(rows: FreeRow[]): string | undefined {
  return rows
    .map((row) => row.next_free_at)
    .filter((at): at is string => at !== null)
    .sort((a, b) => Date.parse(a) - Date.parse(b))[0];
}

/** The day and minute of an instant, as one chooses them; the next multiple of the step. */
export function chosenAt(at: string, stepMin: number, now = Date.now()): { day: number; minute: number } {
  const midnight = Date.parse(instant(0, 0, now));
  const step = Math.max(stepMin, 15);
  const minutes = Math.ceil((Date.parse(at) - midnight) / 60_000 / step) * step;
  return { day: Math.floor(minutes / MINUTES_A_DAY), minute: minutes % MINUTES_A_DAY };
}
