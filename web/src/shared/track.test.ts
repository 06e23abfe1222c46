import { expect, test } from 'vitest';
import { extend, lengthOf, metres, type TrackPoint } from './track';

test('a hundred metres east', () => {
  expect(metres([118.95, 28.97], [118.951026, 28.97])).toBeGreaterThan(99);
  expect(metres([118.95, 28.97], [118.951026, 28.97])).toBeLessThan(101);
});

test('standing still adds nothing, a long way keeps its ends', () => {
  let track: TrackPoint[] = [];
  for (let n = 0; n < 1000; n++) track = extend(track, [118.95 + n * 0.0003, 28.97], 200);
  expect(extend(track, track[track.length - 1], 200)).toBe(track);
  expect(track.length).toBeLessThanOrEqual(200);
  expect(track[0]).toEqual([118.95, 28.97]);
  expect(lengthOf(track)).toBeGreaterThan(28_000);
});
