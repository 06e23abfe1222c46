// Plane geometry for the sample: coordinates, Voronoi cells clipped to a polygon.
// A "shape" is a list of polygons, a polygon a list of closed rings, in degrees.
import { Delaunay } from 'd3-delaunay';
import clipping from 'polygon-clipping';

const AXIS = 6378245.0;
const EE = 0.00669342162296594323;
// Degrees of longitude are shorter than degrees of latitude; cells are drawn where both are equal.
const SQUEEZE = Math.cos((28.9 * Math.PI) / 180);
const GRAIN = 1e6;

function gcjOffset(lng, lat) {
  const x = lng - 105;
  const y = lat - 35;
  const sin = (v) => Math.sin(v * Math.PI);
  const ripple = 20 * sin(6 * x) + 20 * sin(2 * x);
  const waves = (v, twelfth, thirtieth) =>
    20 * sin(v) + 40 * sin(v / 3) + twelfth * sin(v / 12) + thirtieth * sin(v / 30);
  const root = Math.sqrt(Math.abs(x));
  const dLat =
    -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + ((ripple + waves(y, 160, 320)) * 2) / 3;
  const dLng = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + ((ripple + waves(x, 150, 300)) * 2) / 3;
  const rad = (lat / 180) * Math.PI;
  const magic = 1 - EE * Math.sin(rad) ** 2;
  return [
    (dLng * 180) / ((AXIS / Math.sqrt(magic)) * Math.cos(rad) * Math.PI),
    (dLat * 180) / (((AXIS * (1 - EE)) / (magic * Math.sqrt(magic))) * Math.PI),
  ];
}

export function gcjToWgs([lng, lat]) {
  let at = [lng, lat];
  for (let i = 0; i < 10; i++) {
    const [dx, dy] = gcjOffset(...at);
    at = [lng - dx, lat - dy];
  }
  return at;
}

const round = (v) => Math.round(v * GRAIN) / GRAIN;
const flat = ([x, y]) => [x * SQUEEZE, y];
const unflat = ([x, y]) => [x / SQUEEZE, y];
const mapShape = (shape, f) => shape.map((polygon) => polygon.map((ring) => ring.map(f)));

function ringArea(ring) {
  let sum = 0;
  for (let i = 0; i + 1 < ring.length; i++) sum += ring[i][0] * ring[i + 1][1] - ring[i + 1][0] * ring[i][1];
  return sum / 2;
}

function ringCentroid(ring) {
  const [ox, oy] = ring[0]; // near the ring: keeps the products small and exact
  let x = 0;
  let y = 0;
  let area = 0;
  for (let i = 0; i + 1 < ring.length; i++) {
    const [ax, ay] = [ring[i][0] - ox, ring[i][1] - oy];
    const [bx, by] = [ring[i + 1][0] - ox, ring[i + 1][1] - oy];
    const cross = ax * by - bx * ay;
    x += (ax + bx) * cross;
    y += (ay + by) * cross;
    area += cross;
  }
  return [ox + x / (3 * area), oy + y / (3 * area)];
}

export function largest(shape) {
  return shape.reduce((best, p) => (Math.abs(ringArea(p[0])) > Math.abs(ringArea(best[0])) ? p : best));
}

export const shapeArea = (shape) =>
  shape.reduce((sum, p) => sum + p.reduce((s, ring, i) => s + (i ? -1 : 1) * Math.abs(ringArea(ring)), 0), 0);

export function inside([x, y], shape) {
  let odd = false;
  for (const polygon of shape)
    for (const ring of polygon)
      for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
        const [xi, yi] = ring[i];
        const [xj, yj] = ring[j];
        if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) odd = !odd;
      }
  return odd;
}

// Specks of less than some 20 m² come from rounding, not from the map.
const SPECK = 2e-9;

function dropSpecks(shape) {
  const kept = shape.filter((polygon) => Math.abs(ringArea(polygon[0])) > SPECK);
  return kept.map((p) => p.filter((ring, i) => i === 0 || Math.abs(ringArea(ring)) > SPECK));
}

// Rounding may fold a narrow corner over itself: union again until nothing moves.
export function tidy(shape) {
  let now = dropSpecks(mapShape(shape, ([x, y]) => [round(x), round(y)]));
  for (let i = 0; i < 5; i++) {
    const next = dropSpecks(mapShape(clipping.union(now), ([x, y]) => [round(x), round(y)]));
    if (JSON.stringify(next) === JSON.stringify(now)) break;
    now = next;
  }
  return now;
}

// Moves a point towards the middle of a shape's largest piece until it lies inside.
export function pullInside(point, shape) {
  const piece = [largest(shape)];
  const middle = ringCentroid(piece[0][0]);
  let at = point;
  for (let i = 0; i < 40 && !inside(at, piece); i++)
    at = [at[0] + (middle[0] - at[0]) * 0.15, at[1] + (middle[1] - at[1]) * 0.15];
  if (inside(at, piece)) return at;
  const ring = piece[0][0]; // a crescent: its middle lies outside; stay close to its rim
  for (let i = 0; i + 2 < ring.length; i++) {
    const third = ringCentroid([ring[i], ring[i + 1], ring[i + 2], ring[i]]);
    if (Number.isFinite(third[0]) && inside(third, piece)) return third;
  }
  throw new Error(`no point inside a piece of ${ring.length} corners`);
}

// n points on a sunflower spiral around a seat, all inside the shape.
export function spiral(seat, n, shape) {
  const radius = Math.sqrt(shapeArea(mapShape(shape, flat)) / Math.PI);
  const golden = Math.PI * (3 - Math.sqrt(5));
  const points = [];
  for (let i = 0; i < n; i++) {
    const r = radius * Math.sqrt((i + 0.5) / n);
    points.push(pullInside([seat[0] + (r * Math.cos(i * golden)) / SQUEEZE, seat[1] + r * Math.sin(i * golden)], shape));
  }
  return points;
}

function cells(points, shape) {
  const xs = shape.flatMap((p) => p[0].map((v) => v[0] * SQUEEZE));
  const ys = shape.flatMap((p) => p[0].map((v) => v[1]));
  const box = [Math.min(...xs) - 1, Math.min(...ys) - 1, Math.max(...xs) + 1, Math.max(...ys) + 1];
  const voronoi = Delaunay.from(points.map(flat)).voronoi(box);
  return points.map((_, i) => {
    const cell = voronoi.cellPolygon(i);
    return cell ? clipping.intersection([cell.map(unflat)], shape) : [];
  });
}

// Divides a shape among points. `rounds` of relaxation even the cells out.
export function divide(points, shape, rounds) {
  if (points.length === 1) return [shape];
  let at = points;
  for (let i = 0; i < rounds; i++)
    at = cells(at, shape).map((cell, k) => (cell.length ? pullInside(ringCentroid(largest(cell)[0]), cell) : at[k]));
  const parts = cells(at, shape).map(tidy);
  if (parts.some((part) => part.length === 0)) throw new Error('two seats in one place');
  return parts;
}

export const middleOf = (shape) => pullInside(ringCentroid(largest(shape)[0]), shape);

export const toGeometry = (shape) =>
  shape.length === 1
    ? { type: 'Polygon', coordinates: shape[0] }
    : { type: 'MultiPolygon', coordinates: shape };
