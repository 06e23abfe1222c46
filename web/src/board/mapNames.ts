import type { FeatureLike } from 'ol/Feature';
import Point from 'ol/geom/Point';
import Polygon from 'ol/geom/Polygon';
import type Geometry from 'ol/geom/Geometry';
import type MultiPolygon from 'ol/geom/MultiPolygon';

/** A rectangle in the map's own units: left, bottom, right, top. */
export type Box = [number, number, number, number];
type Spot = number[];

/** What of a ring lies on one side of a line; the ring stays closed by itself. */
function half(ring: Spot[], inside: (spot: Spot) => number): Spot[] {
  const out: Spot[] = [];
  ring.forEach((spot, n) => {
    const before = ring[(n + ring.length - 1) % ring.length];
    const [a, b] = [inside(before), inside(spot)];
    if (a >= 0 !== b >= 0) {
      const share = a / (a - b);
      out.push([before[0] + (spot[0] - before[0]) * share, before[1] + (spot[1] - before[1]) * share]);
    }
    if (b >= 0) out.push(spot);
  });
  return out;
}

/** The part of a ring that is in sight. */
export function clip(ring: Spot[], [left, bottom, right, top]: Box): Spot[] {
  const sides: ((spot: Spot) => number)[] = [
    ([x]) => x - left,
    ([x]) => right - x,
    ([, y]) => y - bottom,
    ([, y]) => top - y,
  ];
  return sides.reduce((rest, inside) => (rest.length ? half(rest, inside) : rest), ring);
}

function largest(geometry: Geometry): Polygon | null {
  if (geometry.getType() === 'Polygon') return geometry as Polygon;
  if (geometry.getType() !== 'MultiPolygon') return null;
  const parts = (geometry as MultiPolygon).getPolygons();
  return parts.reduce<Polygon | null>(
    (most, one) => (!most || one.getArea() > most.getArea() ? one : most),
    null,
  );
}

/**
 * Where an area's name is written: in the middle of its inside, or, where only a part of it is in sight, in the middle of
 * that part; so that one who has gone in deep still reads where that is.
 */
export function placeOfName(feature: FeatureLike, sight: Box | null): Point | undefined {
  const geometry = feature.getGeometry() as Geometry | undefined;
  const polygon = geometry && largest(geometry);
  if (!polygon) return undefined;
  const [left, bottom, right, top] = polygon.getExtent();
  const whole = !sight || (left >= sight[0] && bottom >= sight[1] && right <= sight[2] && top <= sight[3]);
  if (whole) return polygon.getInteriorPoint() as Point;
  const seen = clip(polygon.getCoordinates()[0], sight);
  if (seen.length < 3) return undefined;
  const part = new Polygon([[...seen, seen[0]]]);
  return part.getArea() > 0 ? new Point(part.getInteriorPoint().getCoordinates().slice(0, 2)) : undefined;
}
