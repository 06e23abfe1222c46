import { reactive, watch } from 'vue';

/**
 * What somebody has typed, kept for the tab under `key` until it is sent: it survives
 * a reload, a lost session, and a look at another record.
 */
export function useDraft<T extends object>(key: string, initial: () => T): { draft: T; clear: () => void } {
  const name = `wangge.draft.${key}`;
  let kept: Partial<T> = {};
  try {
    kept = JSON.parse(sessionStorage.getItem(name) ?? '{}');
  } catch {
    // An unreadable draft is no draft.
  }
  const draft = reactive({ ...initial(), ...kept }) as T;
  let over = false;
  watch(
    draft,
    () => {
      if (!over) sessionStorage.setItem(name, JSON.stringify(draft));
    },
    { deep: true },
  );
  return {
    draft,
    clear: () => {
      over = true;
      sessionStorage.removeItem(name);
    },
  };
}
