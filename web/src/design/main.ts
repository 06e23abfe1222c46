import { startFace } from '@/shared/app';
import App from './App.vue';

startFace(App);
