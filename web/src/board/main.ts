import { startFace } from '@/shared/app';
import App from './App.vue';
import zh from './locales/zh.json';

startFace(App, { zh, en: () => import('./locales/en.json') });
