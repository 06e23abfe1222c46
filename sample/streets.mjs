// Streets for the sample: there are none that could be shipped, but streets do follow the borders of grids. What two
// grids share is a lane, what two communities share a street, what two townships share a main road; each is named so
// that nobody takes it for a real one.
const NEAR = 2e-6; // degrees: what rounding moved
const CELL = 0.01;
const CLASSES = [
  { level: 'township', class: 'main', name: '示例大道' },
  { level: 'community', class: 'street', name: '示例路' },
  { level: 'grid', class: 'lane', name: '示例巷' },
];

const keyOf = ([x, y]) => `${x},${y}`;
const rings = ({ geometry: { type, coordinates } }) => (type === 'Polygon' ? coordinates : coordinates.flat());

// All corners, in squares of CELL, to be found near an edge.
function cornersOf(features) {
  const squares = new Map();
  const seen = new Set();
  for (const corner of features.flatMap(rings).flat()) {
    if (seen.has(keyOf(corner))) continue;
    seen.add(keyOf(corner));
    const square = keyOf(corner.map((v) => Math.floor(v / CELL)));
    squares.set(square, [...(squares.get(square) ?? []), corner]);
  }
  return squares;
}

// How far along the edge a corner lies on it, strictly between its ends; null: not on it.
function along([a, b], corner) {
  const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
  const length = Math.hypot(dx, dy);
  const share = ((corner[0] - a[0]) * dx + (corner[1] - a[1]) * dy) / (length * length);
  const away = Math.abs((corner[0] - a[0]) * dy - (corner[1] - a[1]) * dx) / length;
  return away < NEAR && share * length > NEAR && (1 - share) * length > NEAR ? share : null;
}

// An edge in pieces, cut at the corners of neighbours that lie on it.
function pieces(edge, corners) {
  const [low, high] = [0, 1].map((at) => edge.map((p) => Math.floor(p[at] / CELL)).sort((m, n) => m - n));
  const on = [];
  for (let x = low[0]; x <= low[1]; x++)
    for (let y = high[0]; y <= high[1]; y++)
      for (const corner of corners.get(keyOf([x, y])) ?? []) {
        const share = along(edge, corner);
        if (share !== null) on.push([share, corner]);
      }
  const stops = [edge[0], ...on.sort((m, n) => m[0] - n[0]).map(([, corner]) => corner), edge[1]];
  return stops.slice(1).map((stop, i) => [stops[i], stop]);
}

// Every piece that two areas of these share: its key → the piece.
function shared(features, corners) {
  const found = new Map();
  for (const ring of features.flatMap(rings))
    for (let i = 0; i + 1 < ring.length; i++)
      for (const piece of pieces([ring[i], ring[i + 1]], corners)) {
        const key = piece.map(keyOf).sort().join(' ');
        found.set(key, { piece, times: (found.get(key)?.times ?? 0) + 1 });
      }
  return new Map([...found].filter(([, { times }]) => times > 1).map(([key, { piece }]) => [key, piece]));
}

// Pieces as lines that are as long as can be: each ends where three meet.
function lines(all) {
  const left = new Map(all);
  const at = new Map();
  for (const [key, piece] of all)
    for (const end of piece.map(keyOf)) at.set(end, [...(at.get(end) ?? []), key]);
  const walk = (line) => {
    for (;;) {
      const here = keyOf(line.at(-1));
      const next = at.get(here).length === 2 && at.get(here).find((key) => left.has(key));
      if (!next) return line;
      const piece = left.get(next);
      left.delete(next);
      line.push(keyOf(piece[0]) === here ? piece[1] : piece[0]);
    }
  };
  const out = [];
  for (const [key, piece] of all)
    if (left.delete(key)) out.push(walk(walk([...piece]).reverse()));
  return out;
}

/** GeoJSON features of the streets along the borders that areas share, the widest first. */
export function streetsAlong(features) {
  const corners = cornersOf(features);
  const taken = new Set();
  return CLASSES.flatMap(({ level, class: kind, name }) => {
    const all = shared(features.filter((one) => one.properties.level === level), corners);
    for (const key of all.keys()) if (taken.has(key)) all.delete(key);
    for (const key of all.keys()) taken.add(key);
    return lines(all).map((coordinates, i) => ({
      type: 'Feature',
      properties: { name: `${name}${i + 1}`, class: kind },
      geometry: { type: 'LineString', coordinates },
    }));
  });
}
