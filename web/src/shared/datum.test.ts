import { expect, it } from 'vitest';
import { gcjToWgs, wgsToGcj, type LngLat } from './datum';

// WGS-84 and GCJ-02 of the same places.
const known: [LngLat, LngLat][] = [
  [
    [121.5272106, 31.1774276],
    [121.53154186, 31.17530398],
  ],
];

it.each(known)('a known point, there and back', (wgs, gcj) => {
  const there = wgsToGcj(wgs);
  expect(there[0]).toBeCloseTo(gcj[0], 7);
  expect(there[1]).toBeCloseTo(gcj[1], 7);
  const back = gcjToWgs(gcj);
  expect(back[0]).toBeCloseTo(wgs[0], 7);
  expect(back[1]).toBeCloseTo(wgs[1], 7);
});

it('comes back to within a centimetre all over China, and leaves the rest alone', () => {
  for (let lng = 74; lng < 135; lng += 3.7)
    for (let lat = 18; lat < 54; lat += 2.9) {
      const back = gcjToWgs(wgsToGcj([lng, lat]));
      expect(Math.hypot(back[0] - lng, back[1] - lat)).toBeLessThan(1e-7);
      const [east, north] = wgsToGcj([lng, lat]);
      expect(Math.hypot(east - lng, north - lat)).toBeGreaterThan(1e-4);
    }
  expect(wgsToGcj([2.35, 48.86])).toEqual([2.35, 48.86]);
});
