import { createMemoryHistory, createRouter } from 'vue-router';
import { startFace } from '@/shared/app';
import { i18n } from '@/shared/i18n';
import App from './App.vue';
import zh from './locales/zh.json';
import { sampleServer } from './server';

window.fetch = sampleServer(window.fetch.bind(window), () => i18n.global.t('design.sampleOnly'));
// Links of the components lead nowhere here: the page has one address.
const router = createRouter({
  history: createMemoryHistory('/design'),
  routes: [
    { path: '/statement/:ledger/:account/:id?', name: 'statement', component: {} },
    { path: '/:rest(.*)*', component: {} },
  ],
});

startFace(App, { zh, en: () => import('./locales/en.json') }, router);
