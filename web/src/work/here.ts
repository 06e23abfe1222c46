import { defineStore } from 'pinia';
import { shallowRef } from 'vue';
import type { Point } from './walk';

const OLD_MS = 60_000;

/** Where I am, as far as the phone says. */
export const useHere = defineStore('here', () => {
  const point = shallowRef<Point | null>(null);
  let at = 0;

  function read(): Promise<Point | null> {
    return new Promise((done) => {
      if (!navigator.geolocation) return done(null);
      navigator.geolocation.getCurrentPosition(
        ({ coords }) =>
          done({ lng: Number(coords.longitude.toFixed(6)), lat: Number(coords.latitude.toFixed(6)) }),
        () => done(null),
        { enableHighAccuracy: true, timeout: 10_000, maximumAge: OLD_MS },
      );
    });
  }

  /** The last one while it is young; null where there is none. */
  async function find(fresh = false): Promise<Point | null> {
    if (!fresh && point.value && Date.now() - at < OLD_MS) return point.value;
    const found = await read();
    if (found) {
      point.value = found;
      at = Date.now();
    }
    return point.value;
  }

  return { point, find };
});
