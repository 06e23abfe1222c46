import { onBeforeUnmount, onMounted, ref } from 'vue';

export interface Keys {
  /** What one key does by itself. */
  single: Record<string, () => void>;
  /** What a key does after `g`. */
  go: Record<string, () => void>;
  /** A key of the matter that is open; false where it means nothing. */
  matter: (key: string) => boolean;
  escape: () => void;
  palette: () => void;
}

const GO_MS = 1500;

/**
 * The keyboard of the desk. A key typed into a field belongs to the field; Ctrl-K and Esc work everywhere. `g` waits for a
 * second key, and `waiting` says so.
 */
export function useKeys(keys: Keys) {
  const waiting = ref(false);
  let timer: ReturnType<typeof setTimeout>;

  function wait(now: boolean): void {
    clearTimeout(timer);
    waiting.value = now;
    if (now) timer = setTimeout(() => (waiting.value = false), GO_MS);
  }

  function typed(key: string): boolean {
    if (waiting.value) {
      wait(false);
      keys.go[key]?.();
      return true;
    }
    if (key === 'g') {
      wait(true);
      return true;
    }
    const act = keys.single[key];
    if (!act) return keys.matter(key);
    act();
    return true;
  }

  function pressed(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.isComposing) return;
    const target = event.target as HTMLElement;
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
      event.preventDefault();
      keys.palette();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'Escape') {
      target.blur();
      wait(false);
      keys.escape();
      return;
    }
    if (target.closest('input, textarea, select, [role=dialog], [contenteditable]')) return;
    if ((event.key === 'Enter' || event.key === ' ') && target.closest('button, a, summary')) return;
    if (event.key.startsWith('Arrow') && target.closest('[role=application], #record')) return;
    if (typed(event.key)) event.preventDefault();
  }
  onMounted(() => window.addEventListener('keydown', pressed));
  onBeforeUnmount(() => {
    clearTimeout(timer);
    window.removeEventListener('keydown', pressed);
  });
  return { waiting };
}
