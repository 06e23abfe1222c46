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
    { path: '/r/:id', component: DeskPage, meta: { title: 'matter.one' } },
    { path: '/hotline', redirect: '/new' },
    { path: '/new', component: DeskPage, meta: { title: 'desk.newTitle' } },
    { path: '/templates', component: DeskPage, meta: { title: 'desk.templates' } },
    { path: '/day', component: () => import('./DayPage.vue'), meta: { title: 'desk.dayPage' } },
    { path: '/import', component: () => import('./ImportPage.vue'), meta: { title: 'import.title' } },
    { path: '/import/:id', component: () => import('./ImportPage.vue'), meta: { title: 'import.title' } },
    { path: '/front', component: () => import('./FrontPage.vue'), meta: { title: 'front.title' } },
    { path: '/present', component: () => import('./PresentPage.vue'), meta: { title: 'present.title' } },
    {
      path: '/ledgers/:ledger?/:account?',
      component: () => import('./LedgersPage.vue'),
      props: true,
      meta: { title: 'ledgers.title' },
    },
    { path: '/labels', component: () => import('./LabelsPage.vue'), meta: { title: 'labels.title' } },
    {
      path: '/sheet/:id',
      component: () => import('./SheetPage.vue'),
      props: true,
      meta: { title: 'sheet.title' },
    },
    {
      path: '/scores/:id',
      component: () => import('./scores/ScoreDesk.vue'),
      props: true,
      meta: { title: 'score.deskTitle' },
    },
    {
      path: '/ballot/:id',
      component: () => import('./ballot/BallotPage.vue'),
      props: true,
      meta: { title: 'vote.page' },
    },
    {
      path: '/statement/:ledger/:account/:id?',
      name: 'statement',
      component: () => import('@/shared/ui/StatementPage.vue'),
      props: true,
      meta: { title: 'ledger.monthly' },
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
    {
      path: '/league',
      component: () => import('@/shared/ui/LeaguePage.vue'),
      meta: { title: 'league.page' },
    },
    { path: '/:rest(.*)*', redirect: '/' },
  ],
});

startFace(App, { zh, en: () => import('./locales/en.json') }, router, 'app.desk');
allowSound();
