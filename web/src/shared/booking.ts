import type { Title } from './types';

/** What the records of a kind book: its fields, and what a choice of times needs. */
export interface BookingDef {
  resource: string;
  /** The kind of what is booked. */
  of: string;
  of_title: Title;
  from: string;
  to: string;
  amount: string | null;
  holds: string[];
  longest_min: number;
  ahead_min: number;
  step_min: number;
}
