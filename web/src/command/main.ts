import { createRouter, createWebHistory } from 'vue-router';
import { allowSound } from '@/shared/alarm';
import { startFace } from '@/shared/app';
import App from './App.vue';
import HomePage from './HomePage.vue';
import OperationPage from './OperationPage.vue';
import OrderPage from './OrderPage.vue';
import zh from './locales/zh.json';

const router = createRouter({
  history: createWebHistory('/command'),
  routes: [
    { path: '/', component: HomePage },
    { path: '/new', component: OrderPage, meta: { title: 'command.new' } },
    {
      path: '/:id([0-9a-f-]{36})',
      component: OperationPage,
      props: true,
      meta: { title: 'command.operation' },
    },
    { path: '/:rest(.*)*', redirect: '/' },
  ],
});

startFace(App, { zh, en: () => import('./locales/en.json') }, router, 'app.command');
allowSound();
