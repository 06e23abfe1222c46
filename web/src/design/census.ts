import { shallowReactive, type App, type Component } from 'vue';

/** Every component that the faces share, by its name, and which of them have been drawn on this page. */
const modules = import.meta.glob<{ default: Component }>('../shared/ui/**/*.vue', { eager: true });
const nameOf = (path: string) => path.replace(/^.*\/(\w+)\.vue$/, '$1');
const byComponent = new Map(Object.entries(modules).map(([path, one]) => [one.default, nameOf(path)]));

export const components = [...byComponent.values()].sort();
export const drawn = shallowReactive(new Set<string>());
/** What is not drawn, by the key of the reason. */
export const leftOut: Record<string, string> = { ExpiredGate: 'design.leftOut.covers' };

/** Counts from now on. */
export function count(app: App): void {
  app.mixin({
    mounted() {
      const name = byComponent.get(this.$.type);
      if (name) drawn.add(name);
    },
  });
}
