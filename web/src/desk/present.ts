import { api, query } from '@/shared/api';
import type { Fields, Kind, Matter } from '@/shared/types';

/** What is asked: whose stays, where, from which day to which, and why. */
export interface Asked {
  kind: Kind;
  parent: string | null;
  area: string;
  from: string;
  to: string;
  reason: string;
}
export interface Present {
  id: string;
  number: string;
  title: string;
  state: string;
  parent: string | null;
  area_name: string;
  fields: Fields;
}
export interface House {
  id: string;
  line: Matter | null;
  people: Present[];
}
/** So many houses are asked for by name; of the others the area is shown. */
const MOST_HOUSES = 60;

/** Everybody who was there, in full as far as one may, house by house; each history keeps the reason. */
export async function whoWasHere(asked: Asked): Promise<{ houses: House[]; withheld: number }> {
  const { kind, parent, area, from, to, reason } = asked;
  const fields = Object.entries(kind.schema.properties)
    .filter(([, schema]) => schema['x-privacy'] === 'personal')
    .map(([name]) => name);
  const where = query({
    kind: kind.kind,
    format: 'json',
    as_of: to && to !== from ? `${from}..${to}` : from,
    parent: parent ?? undefined,
    area: parent ? undefined : area || undefined,
  });
  const answer = await api.post<{ items: Present[]; withheld: number }>(`export${where}`, { reason, fields });
  const by = new Map<string, Present[]>();
  for (const one of answer.items) by.set(one.parent ?? '', [...(by.get(one.parent ?? '') ?? []), one]);
  const houses = await Promise.all(
    [...by].map(async ([id, people], n) => ({
      id,
      line: id && n < MOST_HOUSES ? await api.get<Matter>(`records/${id}`).catch(() => null) : null,
      people,
    })),
  );
  return { houses, withheld: answer.withheld };
}
