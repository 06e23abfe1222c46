import { createRouter, createWebHistory } from 'vue-router';
import { allowSound } from '@/shared/alarm';
import { startFace } from '@/shared/app';
import App from './App.vue';
import DeskPage from './DeskPage.vue';
import zh from './locales/zh.json';

const router = createRouter({
  history: createWebHistory('/desk'),
  routes: [
    { path: '/', component: DeskPage },
    { path: '/r/:id', component: DeskPage },
    { path: '/new', component: DeskPage },
    { path: '/templates', component: DeskPage },
    { path: '/day', component: () => import('./DayPage.vue') },
    { path: '/import', component: () => import('./ImportPage.vue') },
    { path: '/import/:id', component: () => import('./ImportPage.vue') },
    { path: '/front', component: () => import('./FrontPage.vue') },
    { path: '/present', component: () => import('./PresentPage.vue') },
    { path: '/labels', component: () => import('./LabelsPage.vue') },
    { path: '/sheet/:id', component: () => import('./SheetPage.vue'), props: true },
    { path: '/scores/:id', component: () => import('./scores/ScoreDesk.vue'), props: true },
    { path: '/ballot/:id', component: () => import('./ballot/BallotPage.vue'), props: true },
    {
      path: '/statement/:ledger/:account/:id?',
      name: 'statement',
      component: () => import('@/shared/ui/StatementPage.vue'),
      props: true,
    },
    {
      path: '/appraisal/:id',
      component: () => import('@/shared/ui/appraisal/AppraisalPage.vue'),
      props: ({ params }) => ({
        id: String(params.id),
        landmark: 'main',
        recordPath: (id: string) => `/r/${id}`,
        rowsPath: (rows: string) => `/?rows=${encodeURIComponent(rows)}`,
      }),
      meta: { title: 'appraisal.page' },
    },
    { path: '/league', component: () => import('@/shared/ui/LeaguePage.vue') },
    { path: '/:rest(.*)*', redirect: '/' },
  ],
});

startFace(App, { zh, en: () => import('./locales/en.json') }, router);
allowSound();
