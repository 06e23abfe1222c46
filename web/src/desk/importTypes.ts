import type { Kind } from '@/shared/types';

/** A column by its number, or what is always the same. */
export type Source = number | { value: string };
export type ImportMap = { fields: Record<string, Source> } & Partial<Record<Extra, Source>>;
export type Extra = 'parent' | 'area' | 'address' | 'lng' | 'lat' | 'note';

export interface ImportHead {
  id: string;
  kind: string;
  name: string;
  state: 'waiting' | 'checking' | 'checked' | 'running' | 'done' | 'stopped';
  rows: number;
  parts: number;
  done: number;
  made: number;
  refused: number;
  problem: string | null;
  at: string;
}

export interface Import extends ImportHead {
  map: ImportMap | null;
  guess?: ImportMap;
  columns: string[];
  preview: string[][];
  errors: { line: number; column: string; field: string; code: string; message: string }[];
}

/** What can be said of a record beside its fields. */
export function extrasOf(kind: Kind): Extra[] {
  return ['parent', 'area', 'address', ...(kind.place === 'none' ? [] : (['lng', 'lat'] as Extra[])), 'note'];
}

export const isBusy = (state: ImportHead['state']): boolean => state === 'checking' || state === 'running';

/** How far a pass is, 0 to 100. */
export function percent(one: ImportHead): number {
  return one.parts ? Math.round((100 * one.done) / one.parts) : 0;
}
