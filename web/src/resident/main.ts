import { createRouter, createWebHistory } from 'vue-router';
import { registerServiceWorker, startFace } from '@/shared/app';
import App from './App.vue';
import HomePage from './HomePage.vue';
import zh from './locales/zh.json';

const router = createRouter({
  history: createWebHistory('/'),
  routes: [
    { path: '/', component: HomePage },
    { path: '/report', component: () => import('./ReportPage.vue') },
    { path: '/done/:id', component: () => import('./DonePage.vue'), props: true },
    { path: '/mine', component: () => import('./MinePage.vue') },
    { path: '/m/:id', component: () => import('./MatterPage.vue'), props: true },
    { path: '/poster', component: () => import('./PosterPage.vue') },
    { path: '/sign-in', component: () => import('./SignInPage.vue') },
    { path: '/:rest(.*)*', redirect: '/' },
  ],
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
});

startFace(App, { zh, en: () => import('./locales/en.json') }, router);
registerServiceWorker();
