import Feature, { type FeatureLike } from 'ol/Feature';
import Point from 'ol/geom/Point';
import Heatmap from 'ol/layer/Heatmap';
import type Layer from 'ol/layer/Layer';
import VectorLayer from 'ol/layer/Vector';
import WebGLVectorLayer from 'ol/layer/WebGLVector';
import { fromLonLat } from 'ol/proj';
import VectorSource from 'ol/source/Vector';
import { Circle, Fill, Stroke, Style, Text } from 'ol/style';
import type { LightNow } from '@/shared/types';
import { labelFont, paper, pointStyle, shadeOf, withAlpha } from '@/shared/ui/mapStyle';
import type { Colour } from '@/shared/ui/palette';
import { placeOfName, type Box } from './mapNames';
import type { Point as Matter } from './pointSet';

let webgl: boolean | undefined;
/** Whether this machine can; an old wall's may not, and gets the canvas. */
export function hasWebGL(): boolean {
  if (webgl === undefined) {
    const canvas = document.createElement('canvas');
    const context = canvas.getContext('webgl2') ?? canvas.getContext('webgl');
    webgl = context !== null;
    context?.getExtension('WEBGL_lose_context')?.loseContext();
  }
  return webgl;
}

export function featureOf(matter: Matter): Feature<Point> | null {
  if (matter.lng === undefined || matter.lat === undefined) return null;
  const feature = new Feature(new Point(fromLonLat([matter.lng, matter.lat])));
  feature.setId(matter.id);
  feature.setProperties({ light: matter.light_now, weight: matter.late ? 0.3 : 0.15 }, true);
  return feature;
}

/** A shape a light, as in LightMark: round, triangle, diamond, square; late ones on top. */
function shapes(colour: Colour) {
  const one = (light: LightNow, points: number, radius: number, angle = 0) => ({
    filter: ['==', ['get', 'light'], light],
    style: {
      'shape-points': points,
      'shape-radius': ['*', ['var', 'size'], radius],
      'shape-angle': angle,
      'shape-fill-color': colour(light === 'none' ? 'ink-2' : light),
      'shape-stroke-color': colour('sheet'),
      'shape-stroke-width': 1.5,
    },
  });
  const round = (light: LightNow) => ({
    filter: ['==', ['get', 'light'], light],
    style: {
      'circle-radius': ['*', ['var', 'size'], 5],
      'circle-fill-color': colour(light === 'none' ? 'ink-2' : light),
      'circle-stroke-color': colour('sheet'),
      'circle-stroke-width': 1.5,
    },
  });
  return [
    round('none'),
    one('grey', 4, 6, Math.PI / 4),
    round('green'),
    one('amber', 3, 7.5),
    one('red', 4, 8.5),
  ];
}

/** Many points are drawn smaller, so that they do not hide each other and the map. */
export function pointSize(count: number): number {
  if (count > 20_000) return 0.5;
  return count > 2000 ? 0.75 : 1;
}

export function pointLayer(colour: Colour, source: VectorSource<Feature<Point>>, size: number): Layer {
  if (!hasWebGL())
    return new VectorLayer({ source, style: (feature) => pointStyle(colour, feature), zIndex: 3 });
  return new WebGLVectorLayer({
    source,
    style: shapes(colour) as never,
    variables: { size },
    disableHitDetection: true,
    zIndex: 3,
  });
}

export function heatLayer(colour: Colour, source: VectorSource<Feature<Point>>): Layer | null {
  if (!hasWebGL()) return null;
  return new Heatmap({
    source,
    radius: 12,
    blur: 22,
    weight: 'weight',
    opacity: 0.75,
    gradient: [withAlpha(colour('accent'), 0.15), colour('accent'), colour('amber'), colour('red')],
    zIndex: 2,
  });
}

export interface Shade {
  open: number;
  late: number;
}

const LETTER_PX = 11;
/** Whether an area is wide enough for its name. */
function hasRoom(feature: FeatureLike, name: string, metresOfLetter: number): boolean {
  const [left, , right] = feature.getGeometry()?.getExtent() ?? [0, 0, 0];
  return right - left > name.length * metresOfLetter;
}

/** Areas in shades of what is open or late there, the figure written into each that has room. */
export class AreaPainter {
  counts = new Map<string, Shade>();
  by: keyof Shade = 'open';
  shaded = false;
  /** What of the map is in sight; null: not known yet. */
  sight: Box | null = null;
  private largest = 1;

  constructor(private readonly colour: Colour) {}

  set(counts: Map<string, Shade>, by: keyof Shade, shaded: boolean): void {
    this.counts = counts;
    this.by = by;
    this.shaded = shaded;
    this.largest = Math.max(1, ...[...counts.values()].map((one) => one[by]));
  }

  private fill(value: number): string {
    const share = this.shaded ? shadeOf(value, this.largest) : 0;
    return share ? withAlpha(this.colour(this.by === 'late' ? 'red' : 'accent'), share) : paper(this.colour);
  }

  readonly style = (feature: FeatureLike, resolution: number): Style[] => {
    const { colour } = this;
    const value = this.counts.get(String(feature.get('code')))?.[this.by] ?? 0;
    const name = String(feature.get('name') ?? '');
    const letter = LETTER_PX * Number(colour('scale')) * resolution;
    const area = new Style({
      fill: new Fill({ color: this.fill(value) }),
      stroke: new Stroke({ color: colour('line-strong'), width: 1 }),
    });
    const place = hasRoom(feature, name, letter) && placeOfName(feature, this.sight);
    if (!place) return [area];
    const words = new Style({
      geometry: place,
      text: new Text({
        text: this.shaded && value > 0 ? `${name}\n${value}` : name,
        font: labelFont(colour),
        fill: new Fill({ color: colour('ink') }),
        stroke: new Stroke({ color: colour('sheet'), width: 3 }),
        overflow: true,
      }),
    });
    return [area, words];
  };
}

/** A ring around what has just changed. */
export function ringStyle(colour: Colour, feature: FeatureLike): Style {
  const light = String(feature.get('light'));
  const stroke = new Stroke({ color: colour(light === 'none' ? 'ink-2' : light), width: 2.5 });
  return new Style({ image: new Circle({ radius: 15, stroke }) });
}
