import { api } from '@/shared/api';
import type { Fields, Kind, Matter, Transition } from '@/shared/types';
import { uuid7 } from '@/shared/uuid7';
import { recount } from './counts';

export const MOST = 100;

/** What a move did to one matter, or would do. */
export interface Result {
  record: string;
  ok: boolean;
  number?: string;
  title?: string;
  from?: string;
  state?: string;
  version?: number;
  due_at?: string | null;
  undo?: string | null;
  parties?: { role: string; name: string | null }[];
  error?: { code: string; message: string };
}
export interface Answer {
  items: Result[];
  dry: boolean;
  done: number;
  refused: number;
}

/** The moves that may be made of many, from the states these matters are in. */
export function bulkMoves(kind: Kind, rows: Matter[]): Transition[] {
  const states = new Set(rows.map((row) => row.state));
  return kind.flow.transitions.filter(
    (move) => move.bulk && !move.raises && move.from.some((state) => states.has(state)),
  );
}

/** One command a matter, each with an id of its own that stays through every try. */
export interface Order {
  transition: string;
  items: { id: string; record: string; version?: number }[];
  with: { note?: string; until?: string; fields?: Fields };
}

export function orderOf(transition: string, rows: Pick<Matter, 'id' | 'version'>[], note = ''): Order {
  return {
    transition,
    items: rows.map((row) => ({ id: uuid7(), record: row.id, version: row.version })),
    with: note ? { note } : {},
  };
}

export function preview(order: Order): Promise<Answer> {
  return api.post<Answer>('moves', { ...order, dry: true }, 3);
}
export function carryOut(order: Order): Promise<Answer> {
  return api.post<Answer>('moves', order, 3).finally(recount);
}

/** The orders that take back what can be taken back: one for each move that leads back. */
export function undoOf(answer: Answer, note: string): Order[] {
  const ways = new Map<string, { id: string; version: number }[]>();
  for (const one of answer.items) {
    if (!one.ok || !one.undo || one.version === undefined) continue;
    ways.set(one.undo, [...(ways.get(one.undo) ?? []), { id: one.record, version: one.version }]);
  }
  return [...ways].map(([transition, rows]) => orderOf(transition, rows, note));
}
