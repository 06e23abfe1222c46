import * as checks from './checks';
import type { FieldSchema, Fields, FieldValue, Kind, Transition, Who } from './types';

export interface FormField {
  name: string;
  schema: FieldSchema;
  required: boolean;
}

export function isEmpty(value: FieldValue): boolean {
  return (
    value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)
  );
}

/** A list of values. A point is an array by itself: several are an array of arrays. */
export function isMany(schema: FieldSchema): boolean {
  return schema.type === 'array' && (schema['x-type'] !== 'point' || schema.items?.type === 'array');
}

/** One of its values, as a field. */
export function oneOf(field: FormField): FormField {
  const { items, ...schema } = field.schema;
  return { ...field, schema: { ...schema, maxItems: undefined, ...items } };
}

export function fieldsOf(kind: Kind, names: string[], required: string[]): FormField[] {
  return names
    .filter((name) => kind.schema.properties[name])
    .map((name) => ({ name, schema: kind.schema.properties[name], required: required.includes(name) }));
}

/** What a form begins with: what the engine would put in where nothing is said. */
export function defaultsOf(fields: FormField[]): Fields {
  const told = fields.filter(({ schema }) => schema.default !== undefined);
  return Object.fromEntries(told.map(({ name, schema }) => [name, schema.default]));
}

/** What `transition` asks for, the required first, each once. */
export function fieldsForMove(kind: Kind, transition: Transition): FormField[] {
  const required = neededFields(kind, transition);
  return fieldsOf(kind, [...new Set([...required, ...transition.takes])], required);
}

/**
 * A need is `note`, `until`, `files`, or a field; packs may name the field bare or as `field:name`.
 */
export function neededFields(kind: Kind, transition: Transition): string[] {
  return transition.needs
    .map((need) => need.replace(/^field:/, ''))
    .filter((name) => kind.schema.properties[name] !== undefined);
}

export function raising(kind: Kind): Transition | undefined {
  return kind.flow.transitions.find((one) => one.raises);
}

/** Is anybody ever asked for this field? The others are kept by the system. */
export function isAsked(kind: Kind, name: string): boolean {
  const taken = (move: Transition) => move.takes.includes(name) || neededFields(kind, move).includes(name);
  return (kind.schema.required ?? []).includes(name) || kind.flow.transitions.some(taken);
}

/** What a person fills in to raise one, by that move: its fields, or all that are not asked later. */
export function fieldsForRaise(kind: Kind, move = raising(kind)): FormField[] {
  const always = kind.schema.required ?? [];
  const taken = move?.takes.length ? move.takes : Object.keys(kind.schema.properties);
  const names = taken.filter((name) => kind.schema.properties[name]?.['x-type'] !== 'rating');
  return fieldsOf(
    kind,
    [...new Set([...always, ...names])],
    [...always, ...(move ? neededFields(kind, move) : [])],
  );
}

export type Complaint =
  'required' | 'number' | 'min' | 'max' | 'long' | 'phone' | 'citizen_id' | 'credit_code' | 'plate' | 'mail';

function numberComplaint(schema: FieldSchema, value: FieldValue): Complaint | null {
  const number = Number(value);
  if (!Number.isFinite(number)) return 'number';
  if (schema.type === 'integer' && !Number.isInteger(number)) return 'number';
  if (schema.minimum !== undefined && number < schema.minimum) return 'min';
  if (schema.maximum !== undefined && number > schema.maximum) return 'max';
  return null;
}

export function complaintOf(field: FormField, value: FieldValue): Complaint | null {
  if (field.schema['x-checklist'] && Array.isArray(value)) return null;
  if (isEmpty(value)) return field.required ? 'required' : null;
  if (isMany(field.schema) && Array.isArray(value)) {
    const one = oneOf(field);
    return value.map((each) => complaintOf(one, each as FieldValue)).find(Boolean) ?? null;
  }
  const text = String(value);
  switch (field.schema['x-type']) {
    case 'integer':
    case 'money':
    case 'rating':
    case 'decimal':
      return numberComplaint(field.schema, value);
    case 'phone':
      return checks.phone(text) ? null : 'phone';
    case 'citizen_id':
      return checks.citizenId(text) ? null : 'citizen_id';
    case 'credit_code':
      return checks.creditCode(text) ? null : 'credit_code';
    case 'plate':
      return checks.plate(text) ? null : 'plate';
    default:
      if (field.schema.format === 'email' && !checks.mail(text.trim())) return 'mail';
      return field.schema.maxLength !== undefined && [...text].length > field.schema.maxLength
        ? 'long'
        : null;
  }
}

export function complaintsOf(fields: FormField[], values: Fields): Record<string, Complaint> {
  const all: Record<string, Complaint> = {};
  for (const field of fields) {
    const complaint = complaintOf(field, values[field.name]);
    if (complaint) all[field.name] = complaint;
  }
  return all;
}

/** A point that was tapped, as the server reads it. */
function asSent(schema: FieldSchema, value: FieldValue): FieldValue {
  const point = value as { lng?: number; lat?: number };
  return schema['x-type'] === 'point' && point.lng !== undefined ? [point.lng, point.lat] : value;
}

const trimmed = (value: FieldValue) => (typeof value === 'string' ? value.trim() : value);
/** A list without what is empty in it. */
const listOf = (value: FieldValue) =>
  Array.isArray(value) ? value.map(trimmed).filter((one) => !isEmpty(one)) : value;

/** Only what was filled in; text trimmed, so a space is not an answer. */
export function payloadOf(fields: FormField[], values: Fields): Fields {
  const out: Fields = {};
  for (const { name, schema } of fields) {
    const value = isMany(schema) ? listOf(values[name]) : trimmed(values[name]);
    if (!isEmpty(value) || (schema['x-checklist'] && Array.isArray(value))) out[name] = asSent(schema, value);
  }
  return out;
}

const idOfWho = (who: Who) =>
  who.person ? { person: who.person } : who.org ? { org: who.org } : { account: who.account };

/** Who was chosen for which part, as it is sent; nothing where nobody was. */
export function partiesOf(chosen: Record<string, Who | null>): { parties?: object[] } {
  const parties = Object.entries(chosen).flatMap(([role, who]) => (who ? [{ role, ...idOfWho(who) }] : []));
  return parties.length ? { parties } : {};
}

/** For `edit`: what differs from the record as it is; an emptied field becomes null. */
export function changedOf(fields: FormField[], values: Fields, before: Fields): Fields {
  const out: Fields = {};
  for (const { name, schema } of fields) {
    const value = values[name];
    const masked = schema['x-privacy'] !== undefined && schema['x-privacy'] !== 'public' && isEmpty(value);
    if (masked || JSON.stringify(value ?? null) === JSON.stringify(before[name] ?? null)) continue;
    out[name] = isEmpty(value) ? null : value;
  }
  return out;
}

const KEYS: Record<string, string> = {
  accept: 'a',
  dispatch: 'd',
  reject: 'r',
  return: 'r',
  escalate: 'e',
  suspend: 'p',
  resume: 'u',
  reopen: 'o',
  verify: 'v',
  answer: 'w',
  acknowledge: 'c',
  settle: 's',
  duplicate: 'm',
  edit: 'i',
  rate: 't',
  withdraw: 'b',
  void: 'z',
  link: 'l',
  note: 'f',
  reveal: 'h',
  urge: 'y',
};
const RESERVED = new Set(['g', 'j', 'k', 'n', 'x', 'q']);

/** One key for each move that may be made now, the usual letters first. */
export function assignKeys(names: string[]): Record<string, string> {
  const taken = new Set(RESERVED);
  const out: Record<string, string> = {};
  const later: string[] = [];
  for (const name of names) {
    const key = KEYS[name];
    if (key && !taken.has(key)) {
      out[name] = key;
      taken.add(key);
    } else {
      later.push(name);
    }
  }
  for (const name of later) {
    const key = [...name, ...'abcdefghilmoprstuvwyz'].find((c) => /[a-z]/.test(c) && !taken.has(c));
    if (!key) continue;
    out[name] = key;
    taken.add(key);
  }
  return out;
}
