import { api, listed, query } from '@/shared/api';
import { useKinds } from '@/shared/kinds';
import type { Entry, Fields, Kind, Place, StateLight, Title } from '@/shared/types';

/** What anybody may read of a record. */
export interface PublicRow {
  id: string;
  kind: string;
  number: string;
  title: string;
  state: string;
  light: StateLight;
  area: string;
  area_name: string;
  place: Place | null;
  owner: string | null;
  fields: Fields;
  created_at: string;
  updated_at: string;
  due_at: string | null;
  late: boolean;
}

/** What a reader may raise below it. */
export interface PublicAsk {
  kind: string;
  transition: string;
  title: Title;
  signed_in: boolean;
}

export interface PublicOne extends PublicRow {
  orgs: { role: string; title: Title; name: string }[];
  asks: PublicAsk[];
  steps: { at: string; verb: string; title: Title; to: string; changes: NonNullable<Entry['changes']> }[];
}

export const PAGE = 30;

/** The kinds that are published and stand below no other; what only says what there is comes last. */
export async function publicKinds(): Promise<Kind[]> {
  const kinds = useKinds();
  await kinds.loadList();
  const shown = kinds.list.filter((one) => one.public);
  const ordered = [...shown.filter((one) => !one.register), ...shown.filter((one) => one.register)];
  const all = await Promise.all(ordered.map((one) => kinds.load(one.kind)));
  return all.filter((one) => !all.some((other) => other.children?.includes(one.kind) && other !== one));
}

export const publicOne = (id: string): Promise<PublicOne> => api.get<PublicOne>(`public/${id}`);

/** The newest of a kind, everywhere, in an area, or below another. */
export const publicRows = (
  kind: string,
  of: { area?: string; parent?: string } = {},
  cursor: string | null = null,
) => listed<PublicRow>(`public${query({ kind, ...of, limit: PAGE })}`, PAGE, cursor);

/** What is the same one after another counts as one: the last of each run, and how many they are. */
export function inARow<T>(all: T[], same: (one: T, other: T) => boolean): [T, number][] {
  const runs: [T, number][] = [];
  for (const one of all) {
    const run = runs.at(-1);
    if (run && same(run[0], one)) runs[runs.length - 1] = [one, run[1] + 1];
    else runs.push([one, 1]);
  }
  return runs;
}
