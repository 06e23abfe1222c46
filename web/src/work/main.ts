import { createRouter, createWebHistory } from 'vue-router';
import { registerServiceWorker, startFace } from '@/shared/app';
import { useOutbox } from '@/shared/outboxStore';
import App from './App.vue';
import ListPage from './ListPage.vue';
import MatterPage from './MatterPage.vue';
import OutboxPage from './OutboxPage.vue';
import ReportPage from './ReportPage.vue';

// Everything but the map is in the first load: a page asked for later may find no signal.
const router = createRouter({
  history: createWebHistory('/work'),
  routes: [
    { path: '/', component: ListPage },
    { path: '/map', component: () => import('./MapPage.vue') },
    { path: '/report', component: ReportPage },
    { path: '/outbox', component: OutboxPage },
    { path: '/m/:id', component: MatterPage, props: true },
    { path: '/:rest(.*)*', redirect: '/' },
  ],
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
});

startFace(App, router);
useOutbox().start();
registerServiceWorker();
