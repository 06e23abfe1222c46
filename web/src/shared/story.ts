import { fieldWords, titleOf, type Lang } from './format';
import { isAsked } from './form';
import type { Entry, FieldSchema, Kind, Party } from './types';

type Change = NonNullable<Entry['changes']>[number];

/** One value that a person changed: what it was and what it is, in words. */
export interface Told {
  field: string;
  name: string;
  before: string | null;
  after: string;
  /** They are ids of records. */
  records?: boolean;
}

const nameOf = (change: Change) => change.field.replace(/^fields\./, '');
const schemaOf = (kind: Kind, change: Change): FieldSchema | undefined =>
  kind.schema.properties[nameOf(change)];
const isFile = (schema: FieldSchema | undefined) => schema?.['x-type'] === 'file';
const ids = (value: unknown) => [value ?? []].flat().filter(Boolean).map(String);

/** What a person changed. The first entry is the record itself, and what the system counts is not news. */
export function told(kind: Kind | undefined, entry: Entry, lang: Lang): Told[] {
  if (!entry.from || !kind) return [];
  return (entry.changes ?? [])
    .filter((one) => schemaOf(kind, one) && !isFile(schemaOf(kind, one)) && isAsked(kind, nameOf(one)))
    .map((one) => {
      const schema = schemaOf(kind, one);
      const empty = one.before === null || one.before === undefined || one.before === '';
      return {
        field: one.field,
        name: titleOf(one.title ?? schema?.['x-title'], lang) || nameOf(one),
        before: empty ? null : fieldWords(schema, one.before, lang),
        after: fieldWords(schema, one.after, lang),
        ...(schema?.['x-type'] === 'record' ? { records: true } : {}),
      };
    });
}

/** The pictures that came with an entry. */
export function photosOf(kind: Kind | undefined, entry: Entry): string[] {
  const all = (entry.changes ?? [])
    .filter((one) => one.field === 'files' || (kind && isFile(schemaOf(kind, one))))
    .flatMap((one) => ids(one.after).filter((id) => !ids(one.before).includes(id)));
  return [...new Set(all)];
}

/** Where a step brings pictures of the outcome: those of how it was, to stand beside them. */
export function photosBefore(kind: Kind | undefined, entry: Entry, log: Entry[]): string[] {
  if (!entry.from || !photosOf(kind, entry).length) return [];
  const first = [...log].sort((a, b) => a.seq - b.seq).find((one) => photosOf(kind, one).length);
  return first && first.seq < entry.seq ? photosOf(kind, first) : [];
}

/** Whom this step brought in, where it is still known who they are: role and name. */
export function joined(
  kind: Kind | undefined,
  parties: Party[] | undefined,
  entry: Entry,
  lang: Lang,
): { role: string; name: string }[] {
  const change = entry.from ? entry.changes?.find((one) => one.field === 'parties') : undefined;
  const same = (a: Partial<Party>, b: Partial<Party>) =>
    a.role === b.role && (a.account ?? null) === (b.account ?? null) && (a.org ?? null) === (b.org ?? null);
  const before = [change?.before ?? []].flat() as Partial<Party>[];
  const added = ([change?.after ?? []].flat() as Partial<Party>[]).filter(
    (one) => !before.some((old) => same(old, one)),
  );
  return added.flatMap((one) => {
    const known = parties?.find((party) => same(party, one));
    const role =
      titleOf(kind?.parties.find((party) => party.role === one.role)?.title, lang) || one.role || '';
    return known ? [{ role, name: known.name }] : [];
  });
}

/** A limit that is nearly up, or up. */
interface Passed {
  clock: string;
  light: 'amber' | 'red';
}
interface ClockState {
  name: string;
  warned?: number;
  breached?: number;
}
const clockOf = (value: unknown) => (value ?? {}) as Partial<ClockState>;

/** What time alone did: the limits that were nearly up or up at this entry. */
export function ticked(kind: Kind | undefined, entry: Entry, lang: Lang): Passed[] {
  const all = (entry.changes ?? []).filter((one) => one.field.startsWith('clocks.'));
  return all.flatMap((one): Passed[] => {
    const [was, is] = [clockOf(one.before), clockOf(one.after)];
    const title = kind?.clocks.find((each) => each.name === is.name)?.title;
    const clock = titleOf(title, lang) || (is.name ?? '');
    if (is.breached && !was.breached) return [{ clock, light: 'red' }];
    return is.warned && !was.warned ? [{ clock, light: 'amber' }] : [];
  });
}
