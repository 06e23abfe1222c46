import type { Area } from '@/shared/types';

export interface KnownArea extends Area {
  from: string | null;
  until: string | null;
  approximate: boolean;
  has_boundary: boolean;
}

export type Doing = 'add' | 'edit' | 'end' | 'split' | 'merge';

export interface Piece {
  code: string;
  name: string;
  level: string;
  was: boolean;
  /** Not asked for: it goes with what was. */
  follows: boolean;
  boundary: unknown;
}

/** What a change does, or would do. */
export interface Plan {
  id: string;
  done: boolean;
  from: string;
  begins: Piece[];
  ends: { code: string; name: string }[];
  open: number;
  posts: number;
}

export interface Change {
  id: string;
  do: Doing;
  why: string;
  at: string;
  from: string;
  withdrawn: string | null;
  holds: boolean;
  actor: string | null;
  begins: { code: string; name: string }[];
  ends: { code: string; name: string }[];
}

/** What the map lets one do. */
export type Tool = 'look' | 'polygon' | 'line' | 'reshape' | 'pick';

const STEPS: [number, string][] = [
  [6, 'district'],
  [9, 'township'],
  [12, 'community'],
  [15, 'grid'],
  [18, 'microgrid'],
];
export const levelOf = (code: string) => STEPS.find(([n]) => n === code.length)?.[1] ?? '';
export const levelBelow = (code: string) => STEPS.find(([n]) => n > code.length)?.[1] ?? '';
export const isGrid = (code: string) => code.length >= 15;
