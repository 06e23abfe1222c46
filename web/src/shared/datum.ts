/**
 * Coordinates of Chinese maps. Everything of ours is WGS-84 (GPS; CGCS2000 of 天地图 is within
 * centimetres of it); GCJ-02 is what tiles of other Chinese makers are drawn in. The published formula
 * forward, its fixed point backward, as in the server's src/area/coord.c.
 */
export type LngLat = [number, number];

const AXIS = 6378245.0; // Krasovsky 1940, m
const EE = 0.006693421622965943;

function outsideChina([lng, lat]: LngLat): boolean {
  return lng < 72.004 || lng > 137.8347 || lat < 0.8293 || lat > 55.8271;
}

function waves(v: number, twelfth: number, thirtieth: number): number {
  const { PI, sin } = Math;
  return (
    20 * sin(v * PI) + 40 * sin((v / 3) * PI) + twelfth * sin((v / 12) * PI) + thirtieth * sin((v / 30) * PI)
  );
}

function offset([lng, lat]: LngLat): LngLat {
  const { PI, abs, cos, sin, sqrt } = Math;
  const x = lng - 105;
  const y = lat - 35;
  const root = sqrt(abs(x));
  const ripple = 20 * sin(6 * x * PI) + 20 * sin(2 * x * PI);
  const rad = (lat / 180) * PI;
  const magic = 1 - EE * sin(rad) ** 2;
  const north =
    -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + ((ripple + waves(y, 160, 320)) * 2) / 3;
  const east =
    300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + ((ripple + waves(x, 150, 300)) * 2) / 3;
  return [
    (east * 180) / ((AXIS / sqrt(magic)) * cos(rad) * PI),
    (north * 180) / (((AXIS * (1 - EE)) / (magic * sqrt(magic))) * PI),
  ];
}

export function wgsToGcj(at: LngLat): LngLat {
  if (outsideChina(at)) return at;
  const [east, north] = offset(at);
  return [at[0] + east, at[1] + north];
}

export function gcjToWgs(at: LngLat): LngLat {
  if (outsideChina(at)) return at;
  let [lng, lat] = at;
  for (let n = 0; n < 10; n++) {
    const [east, north] = offset([lng, lat]);
    const next: LngLat = [at[0] - east, at[1] - north];
    const settled = Math.abs(next[0] - lng) + Math.abs(next[1] - lat) < 1e-10;
    [lng, lat] = next;
    if (settled) break;
  }
  return [lng, lat];
}
