import { createPinia } from 'pinia';
import { createApp, nextTick, watch, type Component } from 'vue';
import type { Router } from 'vue-router';
import './base.css';
import { useDistrict } from './district';
import { mindDoubleClicks } from './doubleClick';
import { i18n, useWords, type FaceWords } from './i18n';
import { usePrefs } from './prefs';
import { useSession } from './session';
import { say } from './toast';

/** From this width on a screen may have no Chinese font of its own: a wall, a kiosk. A phone has one. */
const WIDE = '(min-width: 1024px)';

/**
 * Every page says in the title what it is, by its route's `title`; and who follows a link into it begins at its
 * beginning, not nowhere.
 */
function tellPages(router: Router, face: string): void {
  const { t, locale } = i18n.global;
  watch(
    [router.currentRoute, locale],
    ([{ meta }]) => (document.title = meta.title ? `${t(String(meta.title))} · ${t(face)}` : t(face)),
    { immediate: true },
  );
  router.afterEach(async (to, from) => {
    if (!from.matched.length || to.path === from.path) return;
    await nextTick();
    await nextTick();
    if (document.activeElement === document.body)
      document.getElementById('main')?.focus({ preventScroll: true });
  });
}

/**
 * A page's script that does not come: without a network that is said, where one is; with one the program is a newer one,
 * whose pages are fetched anew.
 */
function mindPages(router: Router): void {
  router.onError((problem, to) => {
    if (!/dynamically imported|module script|preload/i.test(String(problem))) return;
    if (navigator.onLine && to.path !== window.location.pathname)
      window.location.assign(router.resolve(to).href);
    else say(i18n.global.t('error.network'), 'bad');
  });
}

/** Starts one face; `name` is the key of what it is called, where its pages are called something, too. */
export function startFace(root: Component, words: FaceWords, router?: Router, name?: string): void {
  useWords(words);
  const app = createApp(root);
  app.use(createPinia()).use(i18n);
  if (router) app.use(router);
  if (router && name) tellPages(router, name);
  if (router) mindPages(router);
  usePrefs();
  useSession().load();
  mindDoubleClicks();
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
