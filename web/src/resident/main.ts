import { createRouter, createWebHistory } from 'vue-router';
import { registerServiceWorker, startFace } from '@/shared/app';
import App from './App.vue';
import HomePage from './HomePage.vue';
import zh from './locales/zh.json';

const router = createRouter({
  history: createWebHistory('/'),
  routes: [
    { path: '/', component: HomePage },
    { path: '/report', component: () => import('./ReportPage.vue'), meta: { title: 'report.title' } },
    {
      path: '/done/:id',
      component: () => import('./DonePage.vue'),
      props: true,
      meta: { title: 'report.received' },
    },
    { path: '/mine', component: () => import('./MinePage.vue'), meta: { title: 'mine.title' } },
    {
      path: '/m/:id',
      component: () => import('./MatterPage.vue'),
      props: true,
      meta: { title: 'matter.one' },
    },
    { path: '/money', component: () => import('./MoneyPage.vue'), meta: { title: 'money.title' } },
    {
      path: '/ledger/:ledger/:account/:id',
      component: () => import('./LedgerPage.vue'),
      props: true,
      meta: { title: 'ledger.title' },
    },
    {
      path: '/statement/:ledger/:account/:id?',
      name: 'statement',
      component: () => import('@/shared/ui/StatementPage.vue'),
      props: true,
      meta: { title: 'ledger.monthly' },
    },
    {
      path: '/league',
      component: () => import('@/shared/ui/LeaguePage.vue'),
      props: { inside: true },
      meta: { title: 'league.page' },
    },
    {
      path: '/appraisal/:id',
      component: () => import('@/shared/ui/appraisal/AppraisalPage.vue'),
      props: true,
      meta: { title: 'appraisal.page' },
    },
    {
      path: '/door/:id',
      component: () => import('./DoorPage.vue'),
      props: true,
      meta: { title: 'door.page' },
    },
    { path: '/public/:kind?', component: () => import('./PublicPage.vue'), meta: { title: 'public.page' } },
    {
      path: '/public/:kind/:id',
      component: () => import('./PublicOne.vue'),
      props: true,
      meta: { title: 'public.page' },
    },
    {
      path: '/public/:kind/:id/:child/:move',
      component: () => import('./PublicAsk.vue'),
      props: true,
      meta: { title: 'public.ask' },
    },
    { path: '/book', component: () => import('./BookPage.vue'), meta: { title: 'book.title' } },
    { path: '/services', component: () => import('./ServicesPage.vue'), meta: { title: 'services.title' } },
    {
      path: '/ballot/:id',
      component: () => import('./BallotPage.vue'),
      props: true,
      meta: { title: 'ballot.page' },
    },
    { path: '/poster', component: () => import('./PosterPage.vue'), meta: { title: 'poster.page' } },
    {
      path: '/poster/:kind/:id',
      component: () => import('./PublicPoster.vue'),
      props: true,
      meta: { title: 'poster.page' },
    },
    { path: '/sign-in', component: () => import('./SignInPage.vue'), meta: { title: 'session.title' } },
    { path: '/:rest(.*)*', redirect: '/' },
  ],
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
});

startFace(App, { zh, en: () => import('./locales/en.json') }, router, 'app.resident');
registerServiceWorker();
