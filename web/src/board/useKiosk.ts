import { onBeforeUnmount, onMounted } from 'vue';
import { api } from '@/shared/api';
import { liveStream } from '@/shared/stream';
import type { District } from '@/shared/types';
import type { BoardQuery } from './query';

const VERSION_MS = 10 * 60_000;
const VIEWS = ['points', 'heat', 'areas'] as const;

/** A wall nobody touches: stays awake, shows its views in turn, comes back by itself, takes a new version by itself. */
export function useKiosk(query: BoardQuery, reload: () => void): void {
  let lock: { release(): Promise<void> } | undefined;
  let turning: ReturnType<typeof setInterval> | undefined;
  let looking: ReturnType<typeof setInterval> | undefined;
  let version = '';

  async function stayAwake(): Promise<void> {
    if (!query.kiosk || document.visibilityState !== 'visible') return;
    try {
      lock = await navigator.wakeLock?.request('screen');
    } catch {
      // A machine that may sleep all the same: its settings decide.
    }
  }
  function seen(): void {
    if (document.visibilityState !== 'visible') return;
    stayAwake();
    reload();
  }
  function online(): void {
    liveStream().restart();
    reload();
  }
  async function lookForVersion(): Promise<void> {
    try {
      const now = (await api.get<District>('district')).version;
      if (version && now !== version) location.reload();
      version = now;
    } catch {
      // Not now; the next look will tell.
    }
  }

  onMounted(() => {
    window.addEventListener('online', online);
    document.addEventListener('visibilitychange', seen);
    if (!query.kiosk) return;
    stayAwake();
    lookForVersion();
    looking = setInterval(lookForVersion, VERSION_MS);
    if (query.turn)
      turning = setInterval(
        () => (query.view = VIEWS[(VIEWS.indexOf(query.view) + 1) % VIEWS.length]),
        query.turn * 1000,
      );
  });
  onBeforeUnmount(() => {
    window.removeEventListener('online', online);
    document.removeEventListener('visibilitychange', seen);
    clearInterval(turning);
    clearInterval(looking);
    lock?.release();
  });
}
