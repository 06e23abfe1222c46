import { api, query } from './api';
import { keeping } from './keep';

export type StreetClass = 'main' | 'street' | 'lane' | 'path';
export interface Street {
  id: number;
  name: string;
  class: StreetClass;
  /** [x, y, dx, dy, …] in millionths of a degree, each position counted from the one before. */
  lines: number[][];
}
/** A square of the map. */
export interface Streets {
  sample: boolean;
  streets: Street[];
}

const kept = new Map<string, Promise<Streets>>();

/** The streets of a square of Web Mercator; kept on the phone for when there is no signal. */
export function streetsOf(zoom: number, x: number, y: number): Promise<Streets> {
  const key = `${zoom}/${x}/${y}`;
  let found = kept.get(key);
  if (!found) {
    found = keeping(`streets.${key}`, () => api.get<Streets>(`areas/streets${query({ zoom, x, y })}`));
    found.catch(() => kept.delete(key));
    kept.set(key, found);
  }
  return found;
}

const MILLIONTH = 1e-6;

/** Degrees, longitude first. */
export function positionsOf(line: number[]): [number, number][] {
  const out: [number, number][] = [];
  let [x, y] = [0, 0];
  for (let i = 0; i + 1 < line.length; i += 2) {
    x += line[i];
    y += line[i + 1];
    out.push([x * MILLIONTH, y * MILLIONTH]);
  }
  return out;
}
