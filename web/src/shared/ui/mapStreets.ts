import Feature, { type FeatureLike } from 'ol/Feature';
import { getCenter, type Extent } from 'ol/extent';
import MultiLineString from 'ol/geom/MultiLineString';
import VectorLayer from 'ol/layer/Vector';
import { tile } from 'ol/loadingstrategy';
import { fromLonLat } from 'ol/proj';
import VectorSource from 'ol/source/Vector';
import { Fill, Stroke, Style, Text } from 'ol/style';
import { createXYZ } from 'ol/tilegrid';
import { positionsOf, streetsOf, type Street, type StreetClass } from '../streets';
import { labelFont, withAlpha } from './mapStyle';
import type { Colour } from './palette';

/** Areas and streets share one drawing, so that names of both stand over the lines of both; points are above it. */
export const GROUND = 'map-ground';

/** Which squares the server has, at which zoom of the map, and from which rank on a name is written: areas come first. */
const LEVELS = [
  { zoom: 8, from: 0, to: 11.5, named: 5 },
  { zoom: 10, from: 11.5, to: 13.5, named: 4 },
  { zoom: 12, from: 13.5, to: 30, named: 1 },
];
/** Pixels at zoom 16; half of it at 13. */
const WIDTHS: Record<StreetClass, number> = { main: 9, street: 6, lane: 4, path: 2 };
const RANK: Record<StreetClass, number> = { main: 4, street: 3, lane: 2, path: 1 };
const FULL = 0.6; // metres a pixel at zoom 16, nearly
/** So that a name is read again along a way that is longer than the screen. */
const REPEAT_PX = 640;

function featureOf(street: Street): Feature<MultiLineString> {
  const lines = street.lines.map((line) => positionsOf(line).map((at) => fromLonLat(at)));
  const feature = new Feature(new MultiLineString(lines));
  feature.setId(street.id);
  feature.setProperties({ street: street.name, class: street.class }, true);
  return feature;
}

function widthOf(kind: StreetClass, resolution: number): number {
  const size = Math.min(1.4, Math.max(0.28, Math.cbrt(FULL / resolution)));
  return Math.max(1, WIDTHS[kind] * size);
}

/** An edge and a way on it; the wider lie over the narrower, so that crossings are open. */
function streetStyle(colour: Colour, feature: FeatureLike, resolution: number, named: number): Style[] {
  const kind = feature.get('class') as StreetClass;
  const name = String(feature.get('street') ?? '');
  const width = widthOf(kind, resolution);
  const thin = width < 3;
  const styles = [
    new Style({
      stroke: new Stroke({
        color: withAlpha(colour('map-edge'), thin ? 0.7 : 0.9),
        width: thin ? width : width + 1.5,
      }),
      zIndex: 0,
    }),
  ];
  if (!thin) {
    styles.push(new Style({ stroke: new Stroke({ color: colour('map-road'), width }), zIndex: RANK[kind] }));
  }
  if (name && RANK[kind] >= named) {
    const text = new Text({
      text: name,
      placement: 'line',
      repeat: REPEAT_PX,
      font: labelFont(colour),
      fill: new Fill({ color: colour('ink-2') }),
      stroke: new Stroke({ color: colour('sheet'), width: 3 }),
    });
    styles.push(new Style({ text, zIndex: 10 + RANK[kind] }));
  }
  return styles;
}

/** Reads the squares that come into sight; what lies in several is drawn once. */
function sourceOf(zoom: number): VectorSource<Feature<MultiLineString>> {
  const grid = createXYZ({ minZoom: zoom, maxZoom: zoom });
  const source = new VectorSource<Feature<MultiLineString>>({
    strategy: tile(grid),
    loader: (extent: Extent) => {
      const [, x, y] = grid.getTileCoordForCoordAndZ(getCenter(extent), zoom);
      streetsOf(zoom, x, y).then(
        ({ streets }) =>
          source.addFeatures(streets.filter((one) => !source.getFeatureById(one.id)).map(featureOf)),
        () => source.removeLoadedExtent(extent) /* asked again when one moves */,
      );
    },
  });
  return source;
}

/** The district's streets, beneath points and over areas; from afar only the wide ones. */
export function streetLayers(colour: Colour, zIndex?: number): VectorLayer[] {
  return LEVELS.map(
    ({ zoom, from, to, named }) =>
      new VectorLayer({
        source: sourceOf(zoom),
        style: (feature, resolution) => streetStyle(colour, feature, resolution, named),
        declutter: true,
        className: GROUND,
        minZoom: from,
        maxZoom: to,
        zIndex,
      }),
  );
}
