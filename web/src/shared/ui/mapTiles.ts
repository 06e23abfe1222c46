import type Layer from 'ol/layer/Layer';
import TileLayer from 'ol/layer/Tile';
import { addCoordinateTransforms, addProjection, fromLonLat, get, toLonLat } from 'ol/proj';
import Projection from 'ol/proj/Projection';
import XYZ from 'ol/source/XYZ';
import { api } from '../api';
import { gcjToWgs, wgsToGcj, type LngLat } from '../datum';

/** Tiles beneath our own lines, where the district has some; the address of each holds {z} {x} {y}. */
export interface TileSettings {
  layers: string[];
  datum: 'wgs84' | 'gcj02';
  attribution: string;
}

const GCJ = 'wangge:gcj02';

/** Web Mercator of GCJ-02: the map draws such tiles where they belong. */
function gcjProjection(): Projection {
  const known = get(GCJ);
  if (known) return known;
  const mercator = get('EPSG:3857') as Projection;
  const projection = new Projection({
    code: GCJ,
    units: 'm',
    extent: mercator.getExtent(),
    worldExtent: mercator.getWorldExtent(),
  });
  addProjection(projection);
  const via = (turn: (at: LngLat) => LngLat) => (at: number[]) => fromLonLat(turn(toLonLat(at) as LngLat));
  addCoordinateTransforms(projection, mercator, via(gcjToWgs), via(wgsToGcj));
  return projection;
}

let asked: Promise<TileSettings | null> | undefined;

/** What the server says of tiles, to whoever it tells; null where there are none. */
function settings(): Promise<TileSettings | null> {
  asked ??= api.get<TileSettings>('map').then(
    (found) => (found.layers.length ? found : null),
    () => {
      asked = undefined; /* not signed in: perhaps later */
      return null;
    },
  );
  return asked;
}

/** The makers of tiles check who shows them: they learn the host of the page, nothing else. */
function load(tile: unknown, url: string): void {
  const image = (tile as { getImage(): HTMLImageElement }).getImage();
  image.referrerPolicy = 'origin';
  image.src = url;
}

export async function tileLayers(): Promise<Layer[]> {
  const found = await settings();
  return (found?.layers ?? []).map(
    (url) =>
      new TileLayer({
        zIndex: -1,
        source: new XYZ({
          url,
          maxZoom: 18,
          attributions: found?.attribution,
          projection: found?.datum === 'gcj02' ? gcjProjection() : undefined,
          tileLoadFunction: load,
        }),
      }),
  );
}
