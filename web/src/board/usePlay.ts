import { onBeforeUnmount, ref } from 'vue';

/** A day goes by in half a minute. */
const MINUTES_A_MS = (24 * 60) / 30_000;
const STEP_MS = 250;
/** For those who want no motion: an hour at a time, the day as long. */
const STILL_MS = 1250;

/**
 * Lets time go by. `busy`: what is shown is still being read, and time waits for it. `step` moves on by so many minutes and
 * says whether there is more to come.
 */
export function usePlay(busy: () => boolean, step: (minutes: number) => boolean) {
  const playing = ref(false);
  let timer: ReturnType<typeof setInterval> | undefined;

  function pause(): void {
    clearInterval(timer);
    timer = undefined;
    playing.value = false;
  }
  function play(): void {
    pause();
    const still = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
    const every = still ? STILL_MS : STEP_MS;
    playing.value = true;
    timer = setInterval(() => {
      if (busy() || document.visibilityState !== 'visible') return;
      if (!step(every * MINUTES_A_MS)) pause();
    }, every);
  }
  onBeforeUnmount(pause);
  return { playing, play, pause, toggle: () => (playing.value ? pause() : play()) };
}
