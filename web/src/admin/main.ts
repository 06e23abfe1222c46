import { createRouter, createWebHistory } from 'vue-router';
import { startFace } from '@/shared/app';
import App from './App.vue';
import AccountsPage from './AccountsPage.vue';
import AuditPage from './AuditPage.vue';
import AreasPage from './AreasPage.vue';
import CalendarPage from './CalendarPage.vue';
import ChannelsPage from './ChannelsPage.vue';
import DutyPage from './DutyPage.vue';
import DistrictPage from './DistrictPage.vue';
import HealthPage from './HealthPage.vue';
import OrgsPage from './OrgsPage.vue';
import PackPage from './packs/PackPage.vue';
import PacksPage from './packs/PacksPage.vue';
import ProvidersPage from './pay/ProvidersPage.vue';
import SchedulesPage from './SchedulesPage.vue';
import zh from './locales/zh.json';

const router = createRouter({
  history: createWebHistory('/admin'),
  routes: [
    { path: '/', component: DistrictPage, meta: { title: 'admin.district' } },
    { path: '/accounts', component: AccountsPage, meta: { title: 'admin.accounts' } },
    { path: '/orgs', component: OrgsPage, meta: { title: 'admin.orgs' } },
    { path: '/areas', component: AreasPage, meta: { wide: true, title: 'admin.areas' } },
    { path: '/calendar', component: CalendarPage, meta: { title: 'admin.calendar' } },
    { path: '/channels', component: ChannelsPage, meta: { title: 'admin.channels' } },
    { path: '/payments', component: ProvidersPage, meta: { title: 'admin.payments' } },
    { path: '/packs', component: PacksPage, meta: { title: 'admin.packs' } },
    { path: '/packs/:pack', component: PackPage, meta: { broad: true, title: 'admin.packs' } },
    { path: '/duty', component: DutyPage, meta: { title: 'admin.duty' } },
    { path: '/schedules', component: SchedulesPage, meta: { title: 'admin.schedules' } },
    { path: '/health', component: HealthPage, meta: { title: 'admin.health' } },
    { path: '/audit', component: AuditPage, meta: { title: 'admin.audit' } },
    { path: '/:rest(.*)*', redirect: '/' },
  ],
});

startFace(App, { zh, en: () => import('./locales/en.json') }, router, 'app.admin');
