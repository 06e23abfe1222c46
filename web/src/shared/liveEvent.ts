import type { LightNow, StateLight, Title } from './types';

/** What a stream tells of one change. */
export interface LiveEvent {
  seq: number;
  id: string;
  kind: string;
  number: string;
  title: string | Title;
  state: string;
  light: StateLight;
  light_now: LightNow;
  open: boolean;
  area: string;
  lng: number | null;
  lat: number | null;
  verb: string;
  at: string;
  version: number;
  /** What may be done with that one may depend on this one. */
  parent?: string | null;
  due_at: string | null;
  late: boolean;
}
