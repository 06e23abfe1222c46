export type TrackPoint = [number, number];

const EARTH_M = 6_371_000;
/** Nearer than this to the point before is standing still, or the receiver's unrest. */
const STEP_M = 15;
const rad = (degrees: number) => (degrees * Math.PI) / 180;

/** Metres between two points, WGS-84. */
export function metres(a: TrackPoint, b: TrackPoint): number {
  const lat = rad(b[1] - a[1]);
  const lng = rad(b[0] - a[0]);
  const h = Math.sin(lat / 2) ** 2 + Math.cos(rad(a[1])) * Math.cos(rad(b[1])) * Math.sin(lng / 2) ** 2;
  return 2 * EARTH_M * Math.asin(Math.sqrt(h));
}

export function lengthOf(track: TrackPoint[]): number {
  return track.slice(1).reduce((sum, point, n) => sum + metres(track[n], point), 0);
}

/** One step further; where there is no more room, every other point goes, but never the first. */
export function extend(track: TrackPoint[], point: TrackPoint, most: number): TrackPoint[] {
  const rounded: TrackPoint = [Number(point[0].toFixed(6)), Number(point[1].toFixed(6))];
  const last = track.at(-1);
  if (last && metres(last, rounded) < STEP_M) return track;
  const room = track.length < most ? track : track.filter((_, n) => n % 2 === 0);
  return [...room, rounded];
}
