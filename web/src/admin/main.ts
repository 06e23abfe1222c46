import { createRouter, createWebHistory } from 'vue-router';
import { startFace } from '@/shared/app';
import App from './App.vue';
import AccountsPage from './AccountsPage.vue';
import AuditPage from './AuditPage.vue';
import AreasPage from './AreasPage.vue';
import CalendarPage from './CalendarPage.vue';
import DistrictPage from './DistrictPage.vue';
import HealthPage from './HealthPage.vue';
import OrgsPage from './OrgsPage.vue';
import PacksPage from './PacksPage.vue';
import zh from './locales/zh.json';

const router = createRouter({
  history: createWebHistory('/admin'),
  routes: [
    { path: '/', component: DistrictPage },
    { path: '/accounts', component: AccountsPage },
    { path: '/orgs', component: OrgsPage },
    { path: '/areas', component: AreasPage, meta: { wide: true } },
    { path: '/calendar', component: CalendarPage },
    { path: '/packs', component: PacksPage },
    { path: '/health', component: HealthPage },
    { path: '/audit', component: AuditPage },
    { path: '/:rest(.*)*', redirect: '/' },
  ],
});

startFace(App, { zh, en: () => import('./locales/en.json') }, router);
