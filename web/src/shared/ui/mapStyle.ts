import type { FeatureLike } from 'ol/Feature';
import type Geometry from 'ol/geom/Geometry';
import MultiPolygon from 'ol/geom/MultiPolygon';
import { Circle, Fill, RegularShape, Stroke, Style, Text } from 'ol/style';
import type ImageStyle from 'ol/style/Image';
import type { Colour } from './palette';

/** The font of names on a map, as large as the page's own type. */
export const labelFont = (colour: Colour): string =>
  `${13 * Number(colour('scale'))}px 'Noto Sans SC', 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif`;

export function withAlpha(hex: string, alpha: number): string {
  const part = (at: number) => parseInt(hex.slice(at, at + 2), 16);
  return /^#[0-9a-f]{6}$/i.test(hex) ? `rgba(${part(1)}, ${part(3)}, ${part(5)}, ${alpha})` : hex;
}

let tiled = false;
/** Over tiles the paper of an area must not hide them. */
export function overTiles(yes: boolean): void {
  tiled = yes;
}
export function paper(colour: Colour): string {
  return tiled ? withAlpha(colour('sheet'), 0.15) : colour('sheet');
}

/** Where a name stands: an area of several parts has one name, in its largest. */
export function largestPart(feature: FeatureLike): Geometry | undefined {
  const shape = feature.getGeometry();
  if (!(shape instanceof MultiPolygon)) return shape as Geometry | undefined;
  return shape.getPolygons().reduce((best, one) => (one.getArea() > best.getArea() ? one : best));
}

const STEPS = [0, 0.12, 0.22, 0.34, 0.48, 0.62];

/** Five shades by the square root of the share of the largest: a few stay visible beside many. */
export function shadeOf(value: number, largest: number): number {
  if (value <= 0 || largest <= 0) return 0;
  return STEPS[Math.min(5, Math.ceil(Math.sqrt(value / largest) * 5))];
}

export function areaStyle(
  colour: Colour,
  feature: FeatureLike,
  shades: Record<string, number> | undefined,
): Style[] {
  const code = String(feature.get('code'));
  const largest = Math.max(1, ...Object.values(shades ?? {}));
  const value = shades?.[code] ?? 0;
  const share = shadeOf(value, largest);
  const count = shades && value > 0 ? `\n${value}` : '';
  const ground = new Style({
    fill: new Fill({ color: share ? withAlpha(colour('accent'), share) : paper(colour) }),
    stroke: new Stroke({ color: colour('line-strong'), width: 1 }),
  });
  const name = new Style({
    geometry: largestPart(feature),
    text: new Text({
      text: `${feature.get('name') ?? ''}${count}`,
      font: labelFont(colour),
      fill: new Fill({ color: colour('ink-2') }),
      stroke: new Stroke({ color: colour('sheet'), width: 3 }),
      overflow: false,
    }),
  });
  return [ground, name];
}

function shape(colour: Colour, light: string): ImageStyle {
  const fill = new Fill({ color: colour(light === 'none' ? 'ink-2' : light) });
  const stroke = new Stroke({ color: colour('sheet'), width: 2 });
  if (light === 'amber') return new RegularShape({ points: 3, radius: 9, fill, stroke });
  if (light === 'red') return new RegularShape({ points: 4, radius: 10, fill, stroke });
  if (light === 'grey') return new RegularShape({ points: 4, radius: 8, angle: Math.PI / 4, fill, stroke });
  return new Circle({ radius: 7, fill, stroke });
}

const ORDER: Record<string, number> = { none: 0, grey: 1, green: 2, amber: 3, red: 4 };

export function pointStyle(colour: Colour, feature: FeatureLike): Style[] {
  const light = String(feature.get('light'));
  const styles = [new Style({ image: shape(colour, light), zIndex: ORDER[light] ?? 0 })];
  if (feature.get('fresh')) {
    const ring = new Stroke({ color: colour(light === 'none' ? 'ink-2' : light), width: 2 });
    styles.push(new Style({ image: new Circle({ radius: 16, stroke: ring }), zIndex: 5 }));
  }
  return styles;
}

export function pinStyle(colour: Colour): Style[] {
  return [
    new Style({
      image: new Circle({
        radius: 14,
        stroke: new Stroke({ color: colour('accent'), width: 2 }),
        fill: new Fill({ color: withAlpha(colour('accent'), 0.2) }),
      }),
    }),
    new Style({
      image: new Circle({
        radius: 5,
        fill: new Fill({ color: colour('accent') }),
        stroke: new Stroke({ color: colour('sheet'), width: 2 }),
      }),
    }),
  ];
}

/** A way that was walked: its line, and a dot where it began. */
export function lineStyle(colour: Colour): Style {
  return new Style({
    stroke: new Stroke({ color: colour('accent'), width: 4 }),
    image: new Circle({
      radius: 6,
      fill: new Fill({ color: colour('sheet') }),
      stroke: new Stroke({ color: colour('accent'), width: 3 }),
    }),
  });
}
