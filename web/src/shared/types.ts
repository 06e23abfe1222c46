/** What the server sends; unknown members are ignored. */
export interface Title {
  zh: string;
  en: string;
}

export type LightNow = 'green' | 'amber' | 'red' | 'grey' | 'none';
export type StateLight = 'new' | 'open' | 'paused' | 'done' | 'none';

export interface CodeItem {
  code: string;
  parent?: string | null;
  title: Title;
  /** What people call it. */
  words?: string;
}

export type FieldType =
  | 'text'
  | 'integer'
  | 'decimal'
  | 'money'
  | 'bool'
  | 'date'
  | 'time'
  | 'code'
  | 'area'
  | 'point'
  | 'account'
  | 'org'
  | 'organisation'
  | 'record'
  | 'file'
  | 'phone'
  | 'citizen_id'
  | 'credit_code'
  | 'plate'
  | 'rating';

export interface FieldSchema {
  type?: string;
  format?: string;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  maxItems?: number;
  items?: Pick<FieldSchema, 'type' | 'format' | 'maxLength' | 'minimum' | 'maximum' | 'items'>;
  'x-type': FieldType;
  'x-title'?: Title;
  'x-hint'?: Title;
  'x-codes'?: CodeItem[];
  'x-accept'?: string;
  /** Of a record: of this kind only. */
  'x-kind'?: string;
  'x-privacy'?: string;
  /** What it is where nothing is said. */
  default?: FieldValue;
  'x-unit'?: string;
  /** A list of codes: every item is asked, the value names those that do not hold. */
  'x-checklist'?: boolean;
  /** Points in the order in which somebody was there. */
  'x-track'?: boolean;
  /** Pictures of how it is: the field that shows how it was. */
  'x-after'?: string;
}

export interface FlowState {
  name: string;
  title: Title;
  light: StateLight;
  final: boolean;
}

export interface Transition {
  name: string;
  title: Title;
  raises: boolean;
  raised_by?: 'anyone' | 'signed_in'; // of a raise: who may make it without a post
  from: string[];
  to: string | null;
  needs: string[];
  takes: string[];
  parties: { role: string; how: 'route' | 'ask' | 'expr' | 'add' | 'pick' | 'to' }[];
  each?: boolean; // a step of the acting party
  each_role?: string; // a step of those who play this part
  after?: string[]; // where the party itself must stand for its step; `none`: it has made no step yet
  bulk?: boolean; // may be made of many matters at once
}

export interface PartyDef {
  role: string;
  title: Title;
  is: ('account' | 'org' | 'resident')[];
  many: number | boolean;
}

export interface MeasureDef {
  name: string;
  title: Title;
  type: string;
  by: string[];
  unit?: string;
  lower_is_better?: boolean;
}

export interface Kind {
  kind: string;
  title: Title;
  pack: string;
  place: 'none' | 'optional' | 'required';
  line: string;
  /** Whether neighbours are told what is reported already. */
  near?: boolean;
  /** What a child takes from its parent: names of fields, and place. */
  inherits?: string[];
  children?: string[];
  during?: string[]; // states of its parent in which it is raised; none: in any that is not final
  by_code?: string[]; // of its children, those that whoever scans its code may raise below it
  /** The move by which those concerned talk. */
  thread?: string | null;
  appraisal?: boolean; // something is ranked in it by a formula
  publish?: { states: string[]; fields: string[] }; // what anybody may read, and when
  /** Its records are votes. */
  ballot?: 'open' | 'secret';
  schema: { required?: string[]; properties: Record<string, FieldSchema> };
  flow: { states: FlowState[]; transitions: Transition[] };
  parties: PartyDef[];
  clocks: { name: string; title: Title }[];
  booking?: import('./booking').BookingDef;
  measures: MeasureDef[];
}

export interface Place {
  lng?: number;
  lat?: number;
  address?: string;
  datum?: 'wgs84' | 'gcj02' | 'bd09';
}

export interface Party {
  role: string;
  account: string | null;
  org: string | null;
  name: string;
  state?: string | null;
  since?: string;
  /** Where it said last that it is. */
  seen_at?: string;
  lng?: number;
  lat?: number;
}

export interface Clock {
  name: string;
  party?: string | null;
  state: 'running' | 'paused' | 'stopped';
  limit?: string;
  started_at?: string;
  due_at?: string | null;
  warn_at?: string | null;
  stopped_at?: string | null;
  warned_at?: string | null;
  breached_at?: string | null;
  reminded?: number;
  paused_ms?: number;
  pauses?: { from: string; to: string | null; until: string | null; reason: string }[];
}

export type FieldValue = unknown;
export type Fields = Record<string, FieldValue>;

export interface Link {
  type: string;
  id: string;
  number: string;
  title: string | Title;
  state: string;
}

/** A record; lists leave out parties, clocks, files and what follows. */
export interface Matter {
  id: string;
  kind: string;
  number: string;
  title: string | Title;
  state: string;
  light: StateLight;
  light_now: LightNow;
  open: boolean;
  late: boolean;
  version: number;
  area: string;
  area_name: string;
  place: Place | null;
  fields: Fields;
  owner?: { id: string; name: string } | null;
  holder?: { role: string; id: string; name: string | null } | null;
  parties?: Party[];
  clocks?: Clock[];
  files?: string[];
  /** Those of `files` that only the staff see. */
  asides?: string[];
  due_at: string | null;
  created_at: string;
  updated_at: string;
  links?: Link[];
  parent?: string | null;
  duplicate_of?: string | null;
  children?: number;
  children_open?: number;
  allowed?: string[];
  claim?: string;
}

/** An open matter near a place, as anybody may know of it. */
export interface Neighbour {
  id: string;
  kind: string;
  title: Title;
  state: string;
  light: StateLight;
  light_now: LightNow;
  area_name: string;
  distance_m: number;
  followers: number;
  /** Mine already, or I see it by my post. */
  seen: boolean;
  allowed: string[];
  created_at: string;
  due_at: string | null;
}

export interface Entry {
  seq: number;
  at: string;
  actor: { id: string; name: string } | null;
  actor_kind: 'person' | 'anonymous' | 'clock' | 'import' | 'system' | 'signal';
  right?: string;
  verb: string;
  title?: Title;
  from: string | null;
  to: string | null;
  version?: number;
  note?: string;
  changes?: { field: string; title?: Title; before: FieldValue; after: FieldValue }[];
}

export type { LiveEvent } from './liveEvent';
export type { PartyChoice, Who } from './whoTypes';

export interface Area {
  code: string;
  name: string;
  level: string;
  parent?: string | null;
  lng?: number;
  lat?: number;
  children?: number;
}

export interface Located {
  area: Area | null;
  ancestors: Area[];
}

export interface Me {
  id: string | null;
  login?: string;
  name: string;
  posts: { role: string; area: string; area_name?: string; org?: string | null; org_name?: string | null }[];
  admin?: boolean;
}

export interface District {
  district: string;
  name: string;
  short?: string;
  sample: boolean;
  offset_min: number;
  center: [number, number];
  packs: string[];
  version: string;
}

export interface Figure {
  name: string;
  title: Title;
  type: string;
  unit?: string;
  lower_is_better?: boolean;
  value: number | null;
  n?: number;
  rows?: string;
  groups?: { key: string; title?: string | Title; value: number | null; n?: number; rows?: string }[];
}

export interface Page<T> {
  items: T[];
  next: string | null;
}
