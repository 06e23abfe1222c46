import { api, ApiError } from './api';
import { blind, finalize, fromHex, numberHex, randomBytes, toHex } from './blindrsa';
import type { Title } from './types';

export interface BallotOption extends Title {
  no: number;
  heads?: number;
  area?: number;
  paper?: number;
  elected?: boolean;
  tied?: boolean;
}
export interface Weight {
  heads: number;
  area: number;
}
export interface BallotRule {
  name: string;
  title: Title;
  article: Title | null;
  quorum_heads: string | null;
  quorum_area: string | null;
  yes_heads: string | null;
  yes_area: string | null;
  of_roll: boolean;
}
export interface BallotCheck {
  what: 'quorum_heads' | 'quorum_area' | 'yes_heads' | 'yes_area' | 'slips';
  share: string | null;
  have: number;
  of: number;
  holds: boolean;
}
export interface BallotResult {
  rule: BallotRule;
  valid: boolean;
  passed: boolean;
  drawn: boolean;
  roll: Weight;
  part: Weight;
  online: number;
  paper: number;
  spoilt: number;
  blank: number;
  agreed: boolean;
  options: BallotOption[];
  checks: BallotCheck[];
  digest: string;
}
/** A number of the roll that the reader may vote for. */
export interface BallotNumber {
  no: number;
  label: string;
  heads: number;
  area: number;
  own: boolean;
  proxy: number;
  mark: string;
}
export interface Ballot {
  id: string;
  kind: string;
  title: string;
  state: string;
  state_title: Title;
  phase: 'roll' | 'open' | 'count' | 'shown' | 'other';
  secret: boolean;
  paper_only: boolean;
  choose: boolean;
  /** Options are records beside the ballot. */
  stand: boolean;
  /** A paper vote counts once two people typed the same. */
  typed_twice: boolean;
  seats: number;
  proxies: number;
  closes_at: string | null;
  runs: boolean;
  /** Observes: sees turnout by the hour and where counts agree, changes nothing. */
  watches: boolean;
  options: BallotOption[];
  mine: BallotNumber[];
  key: { n: string; e: string; destroyed: boolean } | null;
  rule: BallotRule;
  numbers: number;
  roll: Weight;
  turnout: Weight & { online: number; paper: number };
  result: BallotResult | null;
}

/** What a secret vote leaves on the device that cast it: without it nobody finds the vote again. */
export interface Ticket {
  token: string;
  blinded: string;
  inverse: string;
  signature?: string;
  /** Cast: the receipt. */
  receipt?: string;
}

const place = (ballot: string, no: number) => `ballot.${ballot}.${no}`;

export function ticketOf(ballot: string, no: number): Ticket | null {
  const text = localStorage.getItem(place(ballot, no));
  return text ? (JSON.parse(text) as Ticket) : null;
}

function keep(ballot: string, no: number, ticket: Ticket): void {
  localStorage.setItem(place(ballot, no), JSON.stringify(ticket));
}

const keyOf = (ballot: Ballot) => ({ n: BigInt(`0x${ballot.key?.n}`), e: BigInt(`0x${ballot.key?.e}`) });

/** Makes the token before it asks, so that a lost answer is asked for again with the same one. */
export async function takeTicket(ballot: Ballot, no: number): Promise<Ticket> {
  const key = keyOf(ballot);
  let ticket = ticketOf(ballot.id, no);
  if (!ticket) {
    const token = randomBytes(32);
    const made = await blind(token, key);
    ticket = {
      token: toHex(token),
      blinded: numberHex(made.blinded, key),
      inverse: numberHex(made.inverse, key),
    };
    keep(ballot.id, no, ticket);
  }
  if (ticket.signature) return ticket;
  const answer = await api.post<{ signature: string }>(
    `ballots/${ballot.id}/token`,
    { no, blinded: ticket.blinded },
    3,
  );
  const signature = await finalize(
    fromHex(ticket.token),
    key,
    BigInt(`0x${answer.signature}`),
    BigInt(`0x${ticket.inverse}`),
  );
  ticket = { ...ticket, signature: numberHex(signature, key) };
  keep(ballot.id, no, ticket);
  return ticket;
}

/** By hand and not by `api`: nothing that says who this is goes with it. */
async function nameless<T>(path: string, body: object): Promise<T> {
  let answer: Response;
  try {
    answer = await fetch(`/api/v1/${path}`, {
      method: 'POST',
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
      headers: { 'Content-Type': 'application/json', 'X-Wangge': '1' },
      body: JSON.stringify(body),
    });
  } catch {
    throw new ApiError(0, 'network', 'network', '');
  }
  const told = (await answer.json()) as T & { type?: string; title?: string; detail?: string };
  if (!answer.ok) throw new ApiError(answer.status, told.type ?? '', told.title ?? '', told.detail ?? '');
  return told;
}

/** Into the urn; what cannot be sent now is sent with the same token later. */
export async function castSecret(ballot: Ballot, no: number, choice: number[]): Promise<string> {
  const ticket = await takeTicket(ballot, no);
  const { receipt } = await nameless<{ receipt: string }>(`urn/${ballot.id}`, {
    token: ticket.token,
    signature: ticket.signature,
    choice,
  });
  keep(ballot.id, no, { ...ticket, receipt });
  return receipt;
}

export async function castOpen(ballot: Ballot, no: number, choice: number[]): Promise<string> {
  const answer = await api.post<{ receipt: string }>(`ballots/${ballot.id}/votes`, { no, choice }, 3);
  return answer.receipt;
}

/** Whether the vote that this device cast is in the urn; once public, what it says. */
export async function lookUp(
  ballot: Ballot,
  no: number,
): Promise<{ there: boolean; choice: string | null } | null> {
  const ticket = ticketOf(ballot.id, no);
  return ticket ? nameless(`urn/${ballot.id}/look`, { token: ticket.token }) : null;
}

/** How far a share of a whole is reached, in whole numbers: what is needed to reach it. */
export function needed(share: string | null, whole: number): number | null {
  const parts = share?.match(/^(>?)(\d+)\/(\d+)$/);
  if (!parts || whole <= 0) return null;
  const [num, den] = [BigInt(parts[2]), BigInt(parts[3])];
  const least = (BigInt(whole) * num + den - 1n) / den;
  const more = parts[1] && least * den === BigInt(whole) * num ? 1n : 0n;
  return Number(least + more);
}

/** 8956 hundredths of a square metre as 89.56. */
export const squareMetres = (hundredths: number) => (hundredths / 100).toFixed(2).replace(/\.?0+$/, '');
