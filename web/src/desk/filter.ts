import type { LocationQuery } from 'vue-router';
import { query } from '@/shared/api';
import type { Kind, LiveEvent } from '@/shared/types';

/** What the list shows; lives in the address, so that it can be shared, kept and gone back to. */
export interface Filter {
  view: string;
  kind: string;
  q: string;
  area: string;
  sort: string;
  where: string;
  /** The rows behind a figure: the query string of a list, as the server gave it. */
  rows: string;
}

export const SORTS = ['-created', 'created', 'due'] as const;

/** A query that asks for nothing in particular is none: all rows are behind no figure. */
const rowsIn = (given: string) =>
  [...new URLSearchParams(given.replace(/^.*\?/, '')).values()].some(Boolean) ? given : '';

export function fromQuery(from: LocationQuery | Record<string, string>, kind: string): Filter {
  const one = (name: string) => String([from[name]].flat()[0] ?? '');
  const rows = rowsIn(one('rows'));
  return {
    view: one('view') || (rows ? 'rows' : 'open'),
    kind: one('kind') || kind,
    q: one('q'),
    area: one('area'),
    sort: one('sort'),
    where: one('where'),
    rows,
  };
}

export function toQuery(filter: Filter, kind: string): Record<string, string> {
  const out: Record<string, string> = {};
  for (const [name, value] of Object.entries(filter)) {
    const usual = { view: filter.rows ? 'rows' : 'open', kind }[name] ?? '';
    if (value && value !== usual) out[name] = value;
  }
  return out;
}

/** A filter as the text of a saved view, and back. */
export function toText(filter: Filter): string {
  return query(toQuery(filter, '')).slice(1);
}
export function fromText(text: string, kind: string): Filter {
  return fromQuery(Object.fromEntries(new URLSearchParams(text)), kind);
}

export interface View {
  name: string;
  params: Record<string, string>;
}

/** The views every kind has: one per open state, and a few that cut across. */
export function viewsOf(kind: Kind): View[] {
  return [
    ...kind.flow.states
      .filter((state) => !state.final)
      .map((state) => ({ name: `state:${state.name}`, params: { state: state.name } })),
    { name: 'open', params: { open: '1' } },
    { name: 'mine', params: { party: 'me', open: '1' } },
    { name: 'soon', params: { soon: '1', open: '1' } },
    { name: 'late', params: { late: '1', open: '1' } },
    { name: 'unassigned', params: { unassigned: '1', open: '1' } },
    {
      name: 'closed',
      params: {
        state: kind.flow.states
          .filter((state) => state.final)
          .map((state) => state.name)
          .join(','),
      },
    },
    { name: 'all', params: {} },
  ];
}

/** A view the kind does not have, as of an older version of its pack, is the first one: never all rows. */
export function knownView(filter: Filter, kind: Kind): Filter {
  const known = filter.rows || viewsOf(kind).some((one) => one.name === filter.view);
  return known ? filter : { ...filter, view: 'open' };
}

/** What is due soon is shown by when it is due, unless somebody wants another order. */
export function usualSort(view: string): string {
  return view === 'soon' ? 'due' : '-created';
}

export function listPath(filter: Filter, kind: Kind | undefined, limit = 50, sort = filter.sort): string {
  const { q, area, where } = filter;
  if (filter.rows) {
    const given = new URLSearchParams(filter.rows.replace(/^.*\?/, ''));
    return `records${query({ ...Object.fromEntries(given), q, sort, limit })}`;
  }
  const view = kind ? viewsOf(kind).find((one) => one.name === filter.view) : undefined;
  return `records${query({ kind: filter.kind, ...view?.params, q, area, where, sort: sort || usualSort(filter.view), limit })}`;
}

/** Could this event's record be in the list? When in doubt, yes: the server is asked then. */
export function mayFit(filter: Filter, kind: Kind | undefined, event: LiveEvent): boolean {
  if (filter.rows) return true;
  if (filter.kind && event.kind !== filter.kind) return false;
  if (filter.area && !event.area?.startsWith(filter.area)) return false;
  const params = kind ? viewsOf(kind).find((one) => one.name === filter.view)?.params : undefined;
  if (params?.state && !params.state.split(',').includes(event.state)) return false;
  if (params?.open && !event.open) return false;
  if (params?.soon && (event.late || !event.due_at)) return false;
  return !(params?.late && !event.late);
}
