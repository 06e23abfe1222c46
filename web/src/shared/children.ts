import { api } from './api';
import { idsOf, type LocalFile } from './files';
import { complaintsOf, fieldsForRaise, isMany, payloadOf, type Complaint, type FormField } from './form';
import type { Fields, FieldValue, Kind, Matter, Place, Transition } from './types';
import { uuid7 } from './uuid7';

/** One child to be raised: its id is made once, so that sending it again makes no second one. */
export interface Draft {
  id: string;
  /** How it reads here: the first words of the line. */
  label: string;
  fields: Fields;
  place?: Place;
  area?: string;
  file?: File;
  state: 'ready' | 'wrong' | 'sending' | 'done' | 'refused';
  /** Why not: a key of `children.` or what the server said. */
  why?: string;
  said?: string;
}

export const MOST_CHILDREN = 1000;
const LNG = ['lng', 'longitude', '经度'];
const LAT = ['lat', 'latitude', '纬度'];
const ADDRESS = ['address', '地址', '位置'];
const AREA = ['area', '区域', '区域代码'];

function columnOf(head: string[], names: (string | undefined)[]): number {
  const wanted = names.filter(Boolean).map((one) => String(one).toLowerCase());
  return head.findIndex((one) => wanted.includes(one.trim().toLowerCase()));
}

/** Whether one of that kind is raised below what is in such a state. */
export function isAddedIn(child: Kind, state: string): boolean {
  return !child.during?.length || child.during.includes(state);
}

/** The move by which somebody without a post raises one: a concern at a meeting, an objection. */
export function openMove(child: Kind, signedIn: boolean): Transition | undefined {
  return child.flow.transitions.find(
    (one) => one.raised_by === 'anyone' || (signedIn && one.raised_by === 'signed_in'),
  );
}

/** Whose it is: who plays a part in it, or the masked name it was written down with. */
export function whoseOf(kind: Kind | undefined, one: Matter): string {
  if (one.holder?.name) return one.holder.name;
  const named = Object.entries(kind?.schema.properties ?? {}).find(
    ([name, schema]) => schema['x-type'] === 'text' && schema['x-privacy'] === 'personal' && one.fields[name],
  );
  return named ? String(one.fields[named[0]]) : '';
}

/** A cell as the field reads it: codes also by their titles, yes and no in either language. */
export function valueOf(field: FormField, cell: string): FieldValue {
  const { schema } = field;
  if (cell === '') return undefined;
  if (isMany(schema)) return cell.split(/[;；]/).map((one) => valueOne(schema, one.trim()));
  return valueOne(schema, cell);
}
function valueOne(schema: FormField['schema'], cell: string): FieldValue {
  const type = schema['x-type'];
  if (type === 'code') {
    const code = schema['x-codes']?.find((one) => [one.code, one.title.zh, one.title.en].includes(cell));
    return code?.code ?? cell;
  }
  if (type === 'bool') return /^(1|y|yes|true|是)$/i.test(cell);
  if (type === 'integer' || type === 'rating' || type === 'decimal') return Number(cell);
  if (type === 'money') return Math.round(Number(cell) * 100);
  return cell;
}

/** The fields a spreadsheet can fill. */
export function columnsOf(kind: Kind): FormField[] {
  return fieldsForRaise(kind).filter(({ schema }) => !['file', 'point'].includes(schema['x-type']));
}

function placeOf(head: string[], row: string[], datum: Place['datum']): Pick<Draft, 'place' | 'area'> {
  const cell = (names: string[]) => row[columnOf(head, names)] ?? '';
  const [lng, lat, address, area] = [LNG, LAT, ADDRESS, AREA].map(cell);
  const point = lng && lat ? { lng: Number(lng), lat: Number(lat), datum } : {};
  const place = { ...point, ...(address ? { address } : {}) };
  return { ...(Object.keys(place).length ? { place } : {}), ...(area && !lng ? { area } : {}) };
}

export function needsPlace(kind: Kind): boolean {
  return kind.place === 'required' && !kind.inherits?.includes('place');
}

/** What is wrong with it before it is sent; '' if nothing is seen. */
export function wrongWith(kind: Kind, draft: Draft): string {
  const fields = fieldsForRaise(kind);
  const first = Object.entries(complaintsOf(fields, draft.fields))[0] as [string, Complaint] | undefined;
  if (first) return `complaint:${first[0]}:${first[1]}`;
  const { place } = draft;
  if (place?.lng !== undefined && !(Math.abs(place.lng) <= 180 && Math.abs(place.lat ?? 91) <= 90))
    return 'badPlace';
  return needsPlace(kind) && !draft.area && place?.lng === undefined ? 'noPlace' : '';
}

export function fromRows(kind: Kind, rows: string[][], datum: Place['datum'] = 'wgs84'): Draft[] {
  const [head = [], ...rest] = rows;
  const columns = columnsOf(kind).map((field) => {
    const { zh, en } = field.schema['x-title'] ?? {};
    return { field, at: columnOf(head, [field.name, zh, en]) };
  });
  return rest.slice(0, MOST_CHILDREN).map((row) => {
    const fields: Fields = {};
    for (const { field, at } of columns) {
      const value = at < 0 ? undefined : valueOf(field, row[at] ?? '');
      if (value !== undefined) fields[field.name] = value;
    }
    const draft: Draft = {
      id: uuid7(),
      label: row.filter(Boolean).slice(0, 3).join(' · '),
      fields,
      ...placeOf(head, row, datum),
      state: 'ready',
    };
    const why = wrongWith(kind, draft);
    return why ? { ...draft, state: 'wrong', why } : draft;
  });
}

/** Photos that know where they were taken, each one child. */
export async function fromPhotos(kind: Kind, files: File[], common: Fields): Promise<Draft[]> {
  const { gps } = await import('exifr/dist/lite.esm.mjs');
  return Promise.all(
    files.slice(0, MOST_CHILDREN).map(async (file) => {
      const at = await gps(file).catch(() => undefined);
      const known = at && Number.isFinite(at.longitude) && Number.isFinite(at.latitude);
      const draft: Draft = {
        id: uuid7(),
        label: file.name,
        fields: { ...common },
        file,
        state: 'ready',
        ...(known ? { place: { lng: at.longitude, lat: at.latitude } } : {}),
      };
      const why = wrongWith(kind, draft);
      return why ? { ...draft, state: 'wrong' as const, why } : draft;
    }),
  );
}

/** What raises one below its parent; its files join it on the way. */
export interface ChildBody {
  id: string;
  kind: string;
  parent: string;
  fields: Fields;
  place?: Place;
  area?: string;
}

export function bodyOf(kind: Kind, parent: string, draft: Draft): ChildBody {
  return {
    id: draft.id,
    kind: kind.kind,
    parent,
    fields: payloadOf(fieldsForRaise(kind), draft.fields),
    ...(draft.place ? { place: draft.place } : {}),
    ...(draft.area ? { area: draft.area } : {}),
  };
}

export const fileFieldOf = (kind: Kind): FormField | undefined =>
  fieldsForRaise(kind).find((field) => field.schema['x-type'] === 'file');

/** How one is sent: straight away, or through the phone's outbox; null: it waits there. */
export type ChildSender = (kind: Kind, body: ChildBody, files: LocalFile[]) => Promise<Matter | null>;

/** Straight away, with files the server has. Sent again after a lost answer, it is still one. */
export const raiseChild: ChildSender = (kind, body, files) => {
  const ids = idsOf(files);
  const into = fileFieldOf(kind);
  const taken = ids.length && into ? { [into.name]: isMany(into.schema) ? ids : ids[0] } : {};
  return api.post<Matter>('records', { ...body, fields: { ...body.fields, ...taken } });
};

/** Where the form for one more part keeps what is typed. */
export const draftKey = (parent: string, kind: string): string => `${parent}.+${kind}`;
