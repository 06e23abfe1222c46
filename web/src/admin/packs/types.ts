import type { Title } from '@/shared/types';

export interface PackSwitch {
  id: string;
  number: number;
  at: string;
  by: { id: string; name: string } | null;
  why: string;
  from: string;
  withdrawn_at: string | null;
  done_at: string | null;
  seq: number;
  problem: { key: string; zh: string; en: string } | null;
}
export interface PackVersion {
  number: number;
  at: string | null;
  by: { id: string; name: string } | null;
  note: string;
  hash: string;
}
export interface Standing {
  pack: string;
  title: Title;
  holds: boolean;
  number: number;
  kinds: { kind: string; title: Title }[];
  planned: PackSwitch | null;
  program: boolean;
  program_differs: boolean;
}
export interface Pack extends Standing {
  versions: PackVersion[];
  switches: PackSwitch[];
}
export interface PackFile {
  name: string;
  text: string;
}
/** What the checker found at a place, and what records have no place in the draft (n of them). */
export interface Finding {
  pack: string;
  file: string;
  line: number;
  column: number;
  width: number;
  key: string;
  zh: string;
  en: string;
  todo_zh: string | null;
  todo_en: string | null;
  n?: number;
}
export interface Change {
  did: string;
  about: string;
  name: string;
  title: Title;
  kind: Title | null;
  before: string | null;
  after: string | null;
}
export interface Check {
  sound: boolean;
  complaints: Finding[];
  misfits: Finding[];
  changes: Change[];
}
export interface Played {
  file: string;
  title: string;
  steps: number;
  wrong: number;
  complaints: { line: number; text: string }[];
  figures: {
    name: string;
    title: Title;
    area_name: string | null;
    unit: string;
    told: number | null;
    computed: number | null;
    places: number;
    fits: boolean;
  }[];
}
