import { createRouter, createWebHistory } from 'vue-router';
import { allowSound } from '@/shared/alarm';
import { registerServiceWorker, startFace } from '@/shared/app';
import { keepDraftsOnDevice } from '@/shared/draft';
import { useOutbox } from '@/shared/outboxStore';
import { useAlarm } from './alarmStore';
import App from './App.vue';
import AreaPage from './AreaPage.vue';
import DutyPage from './DutyPage.vue';
import MatterPage from './MatterPage.vue';
import OutboxPage from './OutboxPage.vue';
import ReportPage from './ReportPage.vue';
import TodayPage from './TodayPage.vue';
import zh from './locales/zh.json';

// What is fetched when it is needed is kept by the service worker: it opens without a signal, too.
const router = createRouter({
  history: createWebHistory('/work'),
  routes: [
    { path: '/', component: TodayPage },
    { path: '/map', component: () => import('./MapPage.vue'), meta: { title: 'work.map' } },
    { path: '/scan', component: () => import('./ScanPage.vue'), meta: { title: 'work.scan' } },
    { path: '/report', component: ReportPage, meta: { title: 'work.report' } },
    { path: '/outbox', component: OutboxPage, meta: { title: 'work.outbox' } },
    {
      path: '/registers',
      component: () => import('./RegistersPage.vue'),
      meta: { title: 'registers.title' },
    },
    { path: '/duty', component: DutyPage, meta: { title: 'duty.mine' } },
    {
      path: '/judge/:id',
      component: () => import('./JudgePage.vue'),
      props: true,
      meta: { title: 'score.openJudge' },
    },
    { path: '/m/:id', component: MatterPage, props: true, meta: { title: 'matter.one' } },
    { path: '/area/:code(\\d+)', component: AreaPage, props: true, meta: { title: 'matter.area' } },
    { path: '/:rest(.*)*', redirect: '/' },
  ],
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
});

keepDraftsOnDevice();
startFace(App, { zh, en: () => import('./locales/en.json') }, router, 'app.work');
allowSound();
useOutbox().start();
useAlarm().start();
registerServiceWorker();
