interface At {
  lng?: number;
  lat?: number;
}

const EARTH_M = 6_371_000;
const radians = (degrees: number) => (degrees * Math.PI) / 180;

/** Between two points, as the crow flies. */
export function metresBetween(a: At, b: At): number {
  const lat1 = radians(a.lat ?? 0);
  const lat2 = radians(b.lat ?? 0);
  const half =
    Math.sin((lat2 - lat1) / 2) ** 2 +
    Math.cos(lat1) * Math.cos(lat2) * Math.sin(radians((b.lng ?? 0) - (a.lng ?? 0)) / 2) ** 2;
  return 2 * EARTH_M * Math.asin(Math.sqrt(half));
}
