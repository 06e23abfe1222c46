import type { Place } from '@/shared/types';

export interface Point {
  lng: number;
  lat: number;
}

const EARTH_M = 6_371_000;
const rad = (degrees: number) => (degrees * Math.PI) / 180;

/** Metres between two points: flat is exact enough within a district. */
export function metres(a: Point, b: Point): number {
  const x = rad(b.lng - a.lng) * Math.cos(rad((a.lat + b.lat) / 2));
  const y = rad(b.lat - a.lat);
  return Math.hypot(x, y) * EARTH_M;
}

export function pointOf(one: { place?: Place | null }): Point | null {
  const { lng, lat } = one.place ?? {};
  return typeof lng === 'number' && typeof lat === 'number' ? { lng, lat } : null;
}

/** Beyond this many the crossings are left in: nobody walks so far in a day. */
const MOST_UNCROSSED = 120;

/** Turns pieces of the way round as long as that makes it shorter (2-opt on a way that need not come back). */
function uncross(way: Point[], order: number[], from: Point): void {
  const at = (i: number) => (i < 0 ? from : way[order[i]]);
  const gain = (i: number, j: number) => {
    const open = j + 1 === order.length;
    const before = metres(at(i - 1), at(i)) + (open ? 0 : metres(at(j), at(j + 1)));
    const after = metres(at(i - 1), at(j)) + (open ? 0 : metres(at(i), at(j + 1)));
    return before - after;
  };
  for (let better = true, rounds = 0; better && rounds < 20; rounds++) {
    better = false;
    for (let i = 0; i < order.length - 1; i++)
      for (let j = i + 1; j < order.length; j++) {
        if (gain(i, j) <= 0.5) continue;
        order.splice(i, j - i + 1, ...order.slice(i, j + 1).reverse());
        better = true;
      }
  }
}

/** The nearest first, from there the nearest, and so on, without crossing one's own way. */
export function walk<T>(stops: T[], place: (stop: T) => Point, from: Point): T[] {
  const way = stops.map(place);
  const left = new Set(way.keys());
  const order: number[] = [];
  for (let here = from; left.size; here = way[order[order.length - 1]]) {
    let nearest = -1;
    for (const n of left) if (nearest < 0 || metres(here, way[n]) < metres(here, way[nearest])) nearest = n;
    left.delete(nearest);
    order.push(nearest);
  }
  if (order.length <= MOST_UNCROSSED) uncross(way, order, from);
  return order.map((n) => stops[n]);
}
