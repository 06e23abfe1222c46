import { reactive, watch } from 'vue';

/** What of the board stands in its address, so that it can be shared and gone back from. */
export interface BoardQuery {
  /** A past minute, RFC 3339; '' is now. */
  at: string;
  view: 'points' | 'heat' | 'areas';
  level: 'township' | 'community' | 'grid' | 'microgrid';
  shade: 'open' | 'late';
  /** The figure whose rows are shown. */
  rows: string;
  /** Who is behind, or what it is about. */
  table: 'areas' | 'sorts';
  days: 7 | 30 | 365;
  kiosk: boolean;
  /** Seconds after which a kiosk shows the next view; 0: it stays. */
  turn: number;
}

const one = <T extends string>(value: string | null, of: readonly T[]): T =>
  of.includes(value as T) ? (value as T) : of[0];

export function readQuery(search: string): BoardQuery {
  const q = new URLSearchParams(search);
  const days = Number(q.get('days'));
  return {
    at: q.get('at') ?? '',
    view: one(q.get('view'), ['points', 'heat', 'areas'] as const),
    level: one(q.get('level'), ['township', 'community', 'grid', 'microgrid'] as const),
    shade: one(q.get('shade'), ['open', 'late'] as const),
    rows: q.get('rows') ?? '',
    table: one(q.get('table'), ['areas', 'sorts'] as const),
    days: days === 7 || days === 365 ? days : 30,
    kiosk: q.has('kiosk'),
    turn: Math.min(3600, Math.max(0, Number(q.get('turn')) || 0)),
  };
}

export function writeQuery(query: BoardQuery): string {
  const q = new URLSearchParams();
  if (query.at) q.set('at', query.at);
  if (query.view !== 'points') q.set('view', query.view);
  if (query.level !== 'township') q.set('level', query.level);
  if (query.shade !== 'open') q.set('shade', query.shade);
  if (query.rows) q.set('rows', query.rows);
  if (query.table !== 'areas') q.set('table', query.table);
  if (query.days !== 30) q.set('days', String(query.days));
  if (query.kiosk) q.set('kiosk', '1');
  if (query.turn) q.set('turn', String(query.turn));
  const text = q.toString();
  return text ? `?${text}` : '';
}

/** The address as state. Opening rows is a step one can go back from; the rest replaces. */
export function useQuery(): { query: BoardQuery; stop: () => void } {
  const query = reactive(readQuery(location.search));
  let opened = query.rows;
  const went = () => {
    Object.assign(query, readQuery(location.search));
    opened = query.rows;
  };
  window.addEventListener('popstate', went);
  watch(query, () => {
    const address = location.pathname + writeQuery(query);
    if (address === location.pathname + location.search) return;
    if (query.rows && !opened) history.pushState(null, '', address);
    else history.replaceState(null, '', address);
    opened = query.rows;
  });
  return { query, stop: () => window.removeEventListener('popstate', went) };
}
