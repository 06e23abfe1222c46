import type { FeatureLike } from 'ol/Feature';
import { Circle, Fill, Stroke, Style, Text } from 'ol/style';
import { labelFont, largestPart, withAlpha } from '@/shared/ui/mapStyle';
import type { Colour } from '@/shared/ui/palette';

function label(colour: Colour, text: string, strong = false): Text {
  return new Text({
    text,
    font: strong ? `600 ${labelFont(colour)}` : labelFont(colour),
    fill: new Fill({ color: colour(strong ? 'ink' : 'ink-2') }),
    stroke: new Stroke({ color: colour('sheet'), width: 3 }),
    overflow: true,
  });
}

/** What is: quiet. The chosen ones are filled and have a strong edge. `named`: a plan will say what it is called. */
export function placeStyle(colour: Colour, feature: FeatureLike, chosen: string[], named = true): Style[] {
  const on = chosen.includes(String(feature.get('code')));
  const ground = new Style({
    fill: new Fill({ color: on ? withAlpha(colour('accent'), 0.22) : withAlpha(colour('sheet'), 0.85) }),
    stroke: new Stroke({ color: colour(on ? 'accent' : 'line-strong'), width: on ? 3 : 1 }),
    zIndex: on ? 2 : 1,
  });
  if (on && !named) return [ground];
  const text = label(colour, String(feature.get('name') ?? ''), on);
  return [ground, new Style({ geometry: largestPart(feature), text, zIndex: on ? 2 : 1 })];
}

export function outlineStyle(colour: Colour): Style {
  return new Style({ stroke: new Stroke({ color: colour('ink-2'), width: 2, lineDash: [8, 6] }) });
}

/** What will be: dashed, each part with its number and name. */
export function planStyle(colour: Colour, feature: FeatureLike): Style {
  const follows = Boolean(feature.get('follows'));
  return new Style({
    fill: new Fill({
      color: withAlpha(colour('accent'), follows ? 0 : 0.12 + 0.12 * (Number(feature.get('n')) % 3)),
    }),
    stroke: new Stroke({
      color: colour('accent'),
      width: follows ? 1 : 3,
      lineDash: follows ? [2, 4] : [10, 5],
    }),
    text: follows ? undefined : label(colour, String(feature.get('name') ?? ''), true),
    zIndex: follows ? 3 : 4,
  });
}

export function drawStyle(colour: Colour): Style {
  return new Style({
    fill: new Fill({ color: withAlpha(colour('accent'), 0.18) }),
    stroke: new Stroke({ color: colour('accent'), width: 3 }),
    image: new Circle({
      radius: 6,
      fill: new Fill({ color: colour('sheet') }),
      stroke: new Stroke({ color: colour('accent'), width: 3 }),
    }),
  });
}
