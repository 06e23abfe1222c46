import type { FieldValue, Page, Title } from '../types';
import { api } from '../api';

/** A live link as the server tells it. */
export interface Call {
  id: string;
  record: { id: string; kind?: string; number?: string; title?: string | Title };
  caller: Named;
  to: Named;
  answerer: Named | null;
  state: 'ringing' | 'active' | 'ended';
  outcome: CallOutcome | null;
  asked_at: string;
  rings_until: string;
  answered_at: string | null;
  ended_at: string | null;
  ice?: RTCIceServer[];
}
export type CallOutcome = 'ended' | 'missed' | 'declined' | 'cancelled' | 'lost';
interface Named {
  id: string;
  name: string | null;
}
export interface Signal {
  kind: 'offer' | 'answer' | 'candidate' | 'restart';
  body: string;
}
export type Exchanged = Call & { signals: Signal[]; after: number };
export type Answer = 'accept' | 'decline' | 'busy';

const SOON_MS = 8000;

export const calls = {
  ringing: () => api.get<Page<Call>>('calls'),
  start: (record: string, id: string, to: string, device: string) =>
    api.post<Call>(`records/${record}/calls`, { id, to, device }),
  answer: (id: string, answer: Answer, device: string) =>
    api.post<Call>(`calls/${id}/answer`, { answer, device }, 3, SOON_MS),
  /** Sends signals and takes what is new. Said twice does no harm, so a lost answer is asked for again. */
  exchange: (id: string, device: string, after: number, signals: Signal[]) =>
    api.post<Exchanged>(`calls/${id}/signals`, { device, after, signals }, 1, SOON_MS),
  end: (id: string, device: string, why: 'ended' | 'lost') =>
    api.post<Call>(`calls/${id}/end`, { device, why }, 3, SOON_MS),
  /** The page is being closed: the browser sends this by itself afterwards. */
  leave: (id: string, device: string): void => {
    fetch(`/api/v1/calls/${id}/end`, {
      method: 'POST',
      keepalive: true,
      credentials: 'same-origin',
      headers: { 'Content-Type': 'application/json', 'X-Wangge': '1' },
      body: JSON.stringify({ device }),
    }).catch(() => undefined);
  },
};

export const canCall = (): boolean => typeof RTCPeerConnection !== 'undefined';

/** What the history says of a call: whom it was for and, at its end, what became of it. */
export function toldCall(
  after: FieldValue,
): { to: string; outcome: CallOutcome | null; seconds: number } | null {
  if (!after || typeof after !== 'object' || !('to' in after)) return null;
  const one = after as { to: string; outcome?: CallOutcome; seconds?: number };
  return { to: one.to, outcome: one.outcome ?? null, seconds: one.seconds ?? 0 };
}
