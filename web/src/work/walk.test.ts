import { describe, expect, it } from 'vitest';
import { metres, walk, type Point } from './walk';

const at = (lng: number, lat: number): Point => ({ lng, lat });
const length = (from: Point, way: Point[]) =>
  way.reduce((sum, point, n) => sum + metres(n ? way[n - 1] : from, point), 0);

describe('walk', () => {
  it('measures as a map does', () => {
    expect(metres(at(118.9, 28.9), at(118.9, 28.909))).toBeCloseTo(1000.8, 0);
    expect(metres(at(118.9, 28.9), at(118.91, 28.9))).toBeCloseTo(973.5, 0);
  });

  it('goes to the nearest, and on from there', () => {
    const [a, b, c] = [at(118.901, 28.9), at(118.905, 28.9), at(118.902, 28.9)];
    expect(walk([b, c, a], (stop) => stop, at(118.9, 28.9))).toEqual([a, c, b]);
  });

  it('does not cross its own way', () => {
    // The nearest-neighbour way through these goes left, back past the start, and far right.
    const stops = [at(118.9012, 28.9), at(118.899, 28.9), at(118.895, 28.9), at(118.907, 28.9)];
    const from = at(118.9, 28.9);
    const way = walk(stops, (stop) => stop, from);
    expect(way.length).toBe(4);
    const all = stops.flatMap((a) =>
      stops.flatMap((b) => stops.flatMap((c) => stops.map((d) => [a, b, c, d]))),
    );
    const best = Math.min(...all.filter((one) => new Set(one).size === 4).map((one) => length(from, one)));
    expect(length(from, way)).toBeLessThan(best * 1.05);
  });

  it('takes hundreds in an instant', () => {
    const stops = Array.from({ length: 400 }, (_, n) => at(118.9 + ((n * 37) % 100) / 5000, 28.9 + n / 9000));
    const begin = performance.now();
    expect(new Set(walk(stops, (stop) => stop, stops[0])).size).toBe(400);
    expect(performance.now() - begin).toBeLessThan(500);
  });
});
