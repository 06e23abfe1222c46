import type { LightNow } from '@/shared/types';

/** One open matter as the map shows it. */
export interface Point {
  id: string;
  number: string;
  title: string;
  kind: string;
  state: string;
  light_now: LightNow;
  late: boolean;
  area: string;
  lng?: number;
  lat?: number;
  due_at: string | null;
  created_at: string;
  updated_at: string;
}

interface Watcher {
  /** Everything is another set now. */
  reset(): void;
  change(id: string, point: Point | undefined): void;
}

/** All open matters; outside Vue's reactivity, since there may be a hundred thousand. */
export class PointSet {
  readonly all = new Map<string, Point>();
  private readonly watchers = new Set<Watcher>();

  watch(watcher: Watcher): () => void {
    this.watchers.add(watcher);
    watcher.reset();
    return () => this.watchers.delete(watcher);
  }

  replace(points: Iterable<Point>): void {
    this.all.clear();
    for (const point of points) this.all.set(point.id, point);
    this.watchers.forEach((watcher) => watcher.reset());
  }

  put(point: Point): void {
    this.all.set(point.id, point);
    this.watchers.forEach((watcher) => watcher.change(point.id, point));
  }

  remove(id: string): void {
    if (this.all.delete(id)) this.watchers.forEach((watcher) => watcher.change(id, undefined));
  }

  /** How many of a kind (empty: of any) in each area at a level of so many digits, and how many of them are late. */
  count(digits: number, kind = ''): Map<string, { open: number; late: number }> {
    const counts = new Map<string, { open: number; late: number }>();
    for (const point of this.all.values()) {
      if (point.area.length < digits || (kind && point.kind !== kind)) continue;
      const code = point.area.slice(0, digits);
      const one = counts.get(code) ?? { open: 0, late: 0 };
      one.open += 1;
      if (point.late) one.late += 1;
      counts.set(code, one);
    }
    return counts;
  }

  number(passes: (point: Point) => boolean): number {
    let n = 0;
    for (const point of this.all.values()) n += Number(passes(point));
    return n;
  }

  /** The first `most` in an order, of those that pass. */
  top(most: number, passes: (point: Point) => boolean, order: (a: Point, b: Point) => number): Point[] {
    const kept: Point[] = [];
    for (const point of this.all.values()) {
      if (!passes(point)) continue;
      if (kept.length === most && order(point, kept[most - 1]) >= 0) continue;
      let at = kept.length;
      while (at > 0 && order(point, kept[at - 1]) < 0) at -= 1;
      kept.splice(at, 0, point);
      if (kept.length > most) kept.pop();
    }
    return kept;
  }
}
