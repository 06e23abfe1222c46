import { money, titleOf, type Lang } from './format';
import type { Page, Title } from './types';

declare module './types' {
  interface Kind {
    /** Whether a ledger keeps accounts of its records. */
    accounts?: boolean;
    /** How one is paid on line: the field that says how much, the move that follows, who is asked. */
    pay?: { amount: string; move: string; by: string } | null;
  }
}

/** A step of a balance that has a name. */
export interface Tier {
  name: string;
  title: Title;
  from: number;
}

/** A ledger: what it counts, and its accounts; `readable`: of the district's own, and for who asks. */
export interface Ledger {
  name: string;
  title: Title;
  unit: Title;
  money: boolean;
  accounts: { name: string; title: Title; of: string; readable: boolean }[];
}

/** What stands on an account; money in fen. */
export interface Account {
  ledger: string;
  account: string;
  title: Title;
  unit: Title;
  money: boolean;
  balance: number;
  tier: Tier | null;
  next_tier: Tier | null;
  published?: boolean;
}

/** One line of a statement: what came in or went out, what stood there after it, and why. */
export interface StatementLine {
  seq: number;
  n: number;
  at: string;
  booked_at: string;
  amount: number;
  balance: number;
  counter: boolean;
  why: Title;
  rule: string | null;
  pack: string | null;
  version: number;
  inputs: Record<string, unknown>;
  other: Title | null;
  record: { id: string | null; kind: string | null; number: string; title: string | null; files?: string[] };
  note: string;
}

export interface Statement extends Account, Page<StatementLine> {
  of: string | null;
  name: string | null;
  as_of: string;
  /** Of a statement that begins somewhere: what stood there before it, what came in and went out, how many lines. */
  opening: number | null;
  in: number | null;
  out: number | null;
  lines: number | null;
}

const whole = (amount: number) => String(amount).replace(/\B(?=(\d{3})+(?!\d))/g, ',');

/** 1,234.56 of money, 1,234 of points. */
export function amountWords(account: Pick<Account, 'money'>, amount: number): string {
  return account.money ? money(amount) : whole(amount);
}

/** +1,234.56 and −1,234.56: the sign is said, not only coloured. */
export function changeWords(account: Pick<Account, 'money'>, amount: number): string {
  return `${amount < 0 ? '−' : '+'}${amountWords(account, Math.abs(amount))}`;
}

export function unitWords(account: Pick<Account, 'unit'>, lang: Lang): string {
  return titleOf(account.unit, lang);
}

/** How far it is to the next tier, 0 to 1. */
export function progress(account: Account): number {
  if (!account.next_tier) return 1;
  const from = account.tier?.from ?? 0;
  const span = account.next_tier.from - from;
  return span > 0 ? Math.min(1, Math.max(0, (account.balance - from) / span)) : 0;
}

export interface StatementQuery {
  ledger: string;
  account: string;
  /** Whose; none: the district's own. */
  of?: string;
  /** YYYY-MM-DD: from the beginning of that day on. */
  since?: string;
  /** YYYY-MM-DD: as it stood at the end of that day. */
  day?: string;
  limit?: number;
  cursor?: string | null;
  csv?: boolean;
}

/** The path of the API; `zone` is the district's, "+08:00". */
export function statementPath(query: StatementQuery, zone: string): string {
  const params = new URLSearchParams(query.of ? { of: query.of } : {});
  if (query.since) params.set('from', `${query.since}T00:00:00${zone}`);
  if (query.day) params.set('as_of', `${query.day}T23:59:59.999${zone}`);
  if (query.cursor) params.set('cursor', query.cursor);
  if (query.limit) params.set('limit', String(query.limit));
  if (query.csv) params.set('format', 'csv');
  return `ledgers/${query.ledger}/${query.account}?${params}`;
}
