import type View from 'ol/View';

const GLIDE_MS = 120;
const heading = new WeakMap<View, number>();

/** One step closer or further. A press while the map still glides counts from where it is going. */
export function zoomBy(view: View | undefined, by: number): void {
  if (!view) return;
  const now = view.getZoom() ?? 11;
  const zoom = (view.getAnimating() ? (heading.get(view) ?? now) : now) + by;
  const held = Math.min(view.getMaxZoom(), Math.max(view.getMinZoom(), zoom));
  heading.set(view, held);
  view.cancelAnimations();
  view.animate({ zoom: held, duration: GLIDE_MS });
}
