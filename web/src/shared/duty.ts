/** Duties as the API tells them, and their weeks. */
export interface Duty {
  id: string;
  org: string;
  org_name: string | null;
  account: string;
  name: string;
  first_name: string | null;
  part: 'duty' | 'lead' | 'standby';
  from: string;
  until: string;
  plan: string | null;
  note: string;
  handed_over_at: string | null;
  handover: string;
  taken_over_at: string | null;
  version: number;
}
export interface Person {
  id: string;
  name: string;
}
export interface Gap {
  from: string;
  until: string;
}
export interface Roster {
  items: Duty[];
  gaps: Gap[];
  people: Person[];
  keeps: boolean;
}
export interface Swap {
  id: string;
  asked_by: string;
  asked_of: string;
  mine: boolean;
  why: string;
  state: string;
  at: string;
  duty: Duty[];
  other: Duty[];
}
export interface MyDuty {
  items: Duty[];
  left: Duty[];
  swaps: Swap[];
}

const DAY_MS = 86_400_000;
const utc = (day: string) => Date.parse(`${day}T00:00:00Z`);

export function addDays(day: string, n: number): string {
  return new Date(utc(day) + n * DAY_MS).toISOString().slice(0, 10);
}

/** The Monday of a day's week. */
export function mondayOf(day: string): string {
  const weekday = (new Date(utc(day)).getUTCDay() + 6) % 7;
  return addDays(day, -weekday);
}

/** The hours and minutes that an instant of the API reads, as the district's clock shows them. */
export const hourOf = (at: string) => at.slice(11, 16);
export const dayOf = (at: string) => at.slice(0, 10);

/** On which of these days something from one instant to another lies; its end is not of it. */
export function touches(one: { from: string; until: string }, day: string): boolean {
  const last = one.until.slice(11, 19) === '00:00:00' ? addDays(dayOf(one.until), -1) : dayOf(one.until);
  return dayOf(one.from) <= day && day <= last;
}

/** "18:00–08:00", with the day where it is another one than `day`. */
export function hoursWords(one: { from: string; until: string }, day: string): string {
  const from = dayOf(one.from) === day ? hourOf(one.from) : '…';
  const until = dayOf(one.until) === day || hourOf(one.until) <= hourOf(one.from) ? hourOf(one.until) : '…';
  return `${from}–${until}`;
}
