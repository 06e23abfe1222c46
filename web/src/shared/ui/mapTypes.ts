import type { LightNow } from '../types';

export interface MapPoint {
  id: string;
  lng: number;
  lat: number;
  light: LightNow;
  label?: string;
  /** Has just changed: drawn with a ring for a moment. */
  fresh?: boolean;
}
