import { startFace } from '@/shared/app';
import App from './App.vue';
import zh from './locales/zh.json';
import ScoreBoard from './scores/ScoreBoard.vue';

// A hall shows one thing: the round that is judged there.
const hall = window.location.pathname.startsWith('/board/scores');
startFace(hall ? ScoreBoard : App, { zh, en: () => import('./locales/en.json') });
