import { api, query } from './api';
import { keeping } from './keep';

export interface Boundary {
  type: 'Feature';
  properties: { code: string; name: string; level: string; approximate?: boolean };
  geometry: unknown;
}
export interface Boundaries {
  type: 'FeatureCollection';
  features: Boundary[];
}

const kept = new Map<string, Promise<Boundaries>>();

export function boundaries(under: string, level: string): Promise<Boundaries> {
  const key = `${under}/${level}`;
  let found = kept.get(key);
  if (!found) {
    found = keeping(`boundaries.${key}`, () =>
      api.get<Boundaries>(`areas/boundaries${query({ under, level })}`),
    );
    found.catch(() => kept.delete(key));
    kept.set(key, found);
  }
  return found;
}
