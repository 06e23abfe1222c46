import type { Matter } from '@/shared/types';

/** How a list is ordered, as the server calls it. */
export type Sort = '-created' | 'created' | 'due' | '-due';

/**
 * A stretch of a list that may be far longer: its rows, how many came before them and were let go (`base`), whether
 * there is more above, and the cursor of what follows.
 */
export interface Stretch {
  rows: Matter[];
  base: number;
  above: boolean;
  next: string | null;
}

export const MOST_ROWS = 3000;
export const EMPTY: Stretch = { rows: [], base: 0, above: false, next: null };

export function opposite(sort: Sort): Sort {
  return ({ '-created': 'created', created: '-created', due: '-due', '-due': 'due' } as const)[sort];
}

function dueMs(row: Pick<Matter, 'due_at'>): number {
  return row.due_at ? Date.parse(row.due_at) : 0;
}

/** Below zero where `a` stands before `b`. Ids begin with the time, so they are in its order. */
export function compare(
  a: Pick<Matter, 'id' | 'due_at'>,
  b: Pick<Matter, 'id' | 'due_at'>,
  sort: Sort,
): number {
  const byId = a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
  if (sort === '-created') return -byId;
  if (sort === 'created') return byId;
  const byDue = dueMs(a) - dueMs(b) || byId;
  return sort === 'due' ? byDue : -byDue;
}

/** The cursor behind a row: what a list goes on from. */
export function cursorOf(row: Pick<Matter, 'id' | 'due_at'>, sort: Sort): string {
  return sort === 'due' || sort === '-due' ? `${dueMs(row)}:0:${row.id}` : row.id;
}

function neighbour(id: string, by: 1n | -1n): string {
  const LAST = (1n << 128n) - 1n;
  const value = BigInt(`0x${id.replaceAll('-', '')}`) + by;
  const hex = (value < 0n ? 0n : value > LAST ? LAST : value).toString(16).padStart(32, '0');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** The cursor right before a row: the first row of that page is this one, if it is in the list at all. */
export function cursorBefore(row: Pick<Matter, 'id' | 'due_at'>, sort: Sort): string {
  const down = sort === '-created' || sort === '-due';
  return cursorOf({ ...row, id: neighbour(row.id, down ? 1n : -1n) }, sort);
}

/** A page joins at the end; what is then too much leaves at the beginning. */
export function append(to: Stretch, items: Matter[], next: string | null, most = MOST_ROWS): Stretch {
  const known = new Set(to.rows.map((row) => row.id));
  const rows = to.rows.concat(items.filter((row) => !known.has(row.id)));
  const over = Math.max(0, rows.length - most);
  return { rows: rows.slice(over), base: to.base + over, above: to.above || over > 0, next };
}

/** A page that was read the other way joins at the beginning; what is too much leaves at the end. */
export function prepend(to: Stretch, items: Matter[], more: boolean, sort: Sort, most = MOST_ROWS): Stretch {
  const known = new Set(to.rows.map((row) => row.id));
  const added = items.filter((row) => !known.has(row.id)).reverse();
  const rows = added.concat(to.rows);
  const kept = rows.slice(0, most);
  const cut = kept.length < rows.length;
  return {
    rows: kept,
    base: more ? Math.max(0, to.base - added.length) : 0,
    above: more,
    next: cut ? cursorOf(kept[kept.length - 1], sort) : to.next,
  };
}

/** Puts a row where it belongs. Beyond what has been read it will come with its own page. */
export function place(to: Stretch, row: Matter, sort: Sort): Stretch {
  const at = to.rows.findIndex((one) => one.id === row.id);
  if (at >= 0 && compare(to.rows[at], row, sort) === 0) {
    const rows = [...to.rows];
    rows[at] = row;
    return { ...to, rows };
  }
  const others = at >= 0 ? to.rows.filter((one) => one.id !== row.id) : to.rows;
  const before = others.findIndex((one) => compare(row, one, sort) < 0);
  if (before === 0 && to.above) return { ...to, rows: others };
  if (before < 0 && to.next) return { ...to, rows: others };
  const rows = [...others];
  rows.splice(before < 0 ? rows.length : before, 0, row);
  return { ...to, rows };
}
