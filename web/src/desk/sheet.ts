import { listed, query } from '@/shared/api';
import { isEmpty } from '@/shared/form';
import { exactTime, fieldWords } from '@/shared/format';
import type { Lang } from '@/shared/format';
import type { FieldSchema, FieldValue, Kind, Matter } from '@/shared/types';

/** The parts of one kind below what is printed. */
export interface SheetPart {
  kind: Kind;
  rows: Matter[];
}

const MOST = 400;
const MINUTES = '2026-11-22 19:00'.length; // of an exact time, without its seconds
const ON_PAPER = ['text', 'code', 'bool', 'integer', 'decimal', 'date', 'time', 'money', 'rating'];

/** What can be read on paper, and may: nothing personal, no files, nothing that is empty everywhere. */
export function columnsOf(kind: Kind, rows: Matter[]): [string, FieldSchema][] {
  return Object.entries(kind.schema.properties).filter(
    ([name, schema]) =>
      ON_PAPER.includes(schema['x-type']) &&
      schema['x-privacy'] !== 'personal' &&
      rows.some((row) => !isEmpty(row.fields[name])),
  );
}

/** Paper stays: no “today”, no “in two hours”. */
export function onPaper(schema: FieldSchema, value: FieldValue, lang: Lang): string {
  if (isEmpty(value)) return '';
  return schema['x-type'] === 'time'
    ? exactTime(String(value)).slice(0, MINUTES)
    : fieldWords(schema, value, lang);
}

/** What its one line says already is not said again below it. */
export function headless(kind: Kind, whole: Matter): [string, FieldSchema][] {
  return columnsOf(kind, [whole]).filter(([name]) => kind.line !== `{${name}}`);
}

/** A field that every row shares with what is printed says nothing. */
export function ownColumns(part: SheetPart, whole: Matter): [string, FieldSchema][] {
  return columnsOf(part.kind, part.rows).filter(([name]) =>
    part.rows.some((row) => isEmpty(whole.fields[name]) || row.fields[name] !== whole.fields[name]),
  );
}

export async function partsOf(whole: Matter, kinds: Kind[]): Promise<SheetPart[]> {
  const found = await listed<Matter>(`records${query({ parent: whole.id, limit: 200 })}`, MOST);
  const inOrder = [...found.items].sort((a, b) => (a.number < b.number ? -1 : 1));
  return kinds
    .map((kind) => ({ kind, rows: inOrder.filter((row) => row.kind === kind.kind) }))
    .filter((part) => part.rows.length);
}
