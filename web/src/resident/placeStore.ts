import { defineStore } from 'pinia';
import { ref } from 'vue';
import { ApiError } from '@/shared/api';
import { areaName, areaPath, locate } from '@/shared/areas';
import { useReport, type PlaceFrom } from './reportStore';

export type PlaceState = 'none' | 'locating' | 'found' | 'failed' | 'outside';
/** Where it is: from the photo, from the phone, from a code on a wall, or tapped on the map. */
export const usePlace = defineStore('place', () => {
  const report = useReport();
  const { draft } = report;
  const state = ref<PlaceState>(draft.point || draft.area ? 'found' : 'none');
  let asked = 0;

  async function take(point: { lng: number; lat: number }, from: PlaceFrom): Promise<void> {
    const mine = ++asked;
    Object.assign(draft, { point, from, area: '', areaName: '' });
    state.value = 'found';
    try {
      const found = await locate(point.lng, point.lat);
      if (mine !== asked) return;
      if (!found) throw new ApiError(404, 'area.outside', '', '');
      Object.assign(draft, { area: found.code, areaName: found.name });
    } catch (problem) {
      // Without a signal the point is enough: the server finds its area when it arrives.
      const status = (problem as { status?: number }).status;
      if (mine === asked && (status === 404 || status === 422)) state.value = 'outside';
    }
  }

  function here(): void {
    if (!navigator.geolocation) {
      state.value = 'failed';
      return;
    }
    state.value = 'locating';
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        if (state.value !== 'locating') return;
        take({ lng: Number(coords.longitude.toFixed(6)), lat: Number(coords.latitude.toFixed(6)) }, 'phone');
      },
      () => {
        if (state.value === 'locating') state.value = draft.point || draft.area ? 'found' : 'failed';
      },
      { enableHighAccuracy: true, timeout: 10_000, maximumAge: 60_000 },
    );
  }

  /** A photo knows better than the phone where it was taken; what was tapped on the map stays. */
  async function fromPhotos(files: File[]): Promise<void> {
    if (draft.from === 'map' || draft.from === 'photo') return;
    const { gps } = await import('exifr/dist/lite.esm.mjs');
    for (const file of files) {
      const found = await gps(file).catch(() => undefined);
      if (!found || !Number.isFinite(found.latitude) || !Number.isFinite(found.longitude)) continue;
      return take(
        { lng: Number(found.longitude.toFixed(6)), lat: Number(found.latitude.toFixed(6)) },
        'photo',
      );
    }
  }

  /** `at` of a printed code: an area's digits, or a place as lng,lat. False if it is neither. */
  async function fromCode(at: string): Promise<boolean> {
    const point = /^(-?\d{1,3}(?:\.\d+)?),(-?\d{1,2}(?:\.\d+)?)$/.exec(at);
    if (point) {
      await take({ lng: Number(point[1]), lat: Number(point[2]) }, 'code');
      return state.value === 'found';
    }
    if (!/^\d{6,18}$/.test(at)) return false;
    const name = await areaPath(at);
    if (!name) return false;
    asked++;
    Object.assign(draft, { point: null, from: 'code', area: at, areaName: name });
    state.value = 'found';
    return true;
  }

  function chosenArea(code: string | null): void {
    Object.assign(draft, { area: code ?? '', areaName: '', from: code ? 'map' : '' });
    state.value = code ? 'found' : 'none';
    if (code) areaName(code).then((name) => (draft.areaName = draft.area === code ? name : draft.areaName));
  }

  return { state, take, here, fromPhotos, fromCode, chosenArea };
});
