import { createPinia } from 'pinia';
import { createApp, type Component } from 'vue';
import type { Router } from 'vue-router';
import './base.css';
import { useDistrict } from './district';
import { i18n, useWords, type FaceWords } from './i18n';
import { usePrefs } from './prefs';
import { useSession } from './session';

/** From this width on a screen may have no Chinese font of its own: a wall, a kiosk. A phone has one. */
const WIDE = '(min-width: 1024px)';

/** Starts one face. */
export function startFace(root: Component, words: FaceWords, router?: Router): void {
  useWords(words);
  const app = createApp(root);
  app.use(createPinia()).use(i18n);
  if (router) app.use(router);
  usePrefs();
  useSession().load();
  app.mount('#app');
  if (window.matchMedia(WIDE).matches) import('./fonts.css').catch(() => undefined);
  // The district's clock is UTC+8 until it says otherwise.
  useDistrict()
    .load()
    .catch(() => undefined);
}

/** Registered by the faces a phone keeps. */
export function registerServiceWorker(): void {
  if (import.meta.env.PROD && 'serviceWorker' in navigator) {
    window.addEventListener('load', () => navigator.serviceWorker.register('/sw.js').catch(() => undefined));
  }
}
