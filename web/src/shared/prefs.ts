import { defineStore } from 'pinia';
import { ref, watch } from 'vue';
import type { Lang } from './format';
import { setLanguage } from './i18n';

export type Size = 'normal' | 'large' | 'larger';
export type Theme = 'auto' | 'light' | 'dark';

function stored<T extends string>(key: string, allowed: readonly T[], fallback: T): T {
  const value = localStorage.getItem(`wangge.${key}`) as T | null;
  return value && allowed.includes(value) ? value : fallback;
}

/** How one person likes to read: kept on the device. */
export const usePrefs = defineStore('prefs', () => {
  const language = ref<Lang>(stored('language', ['zh', 'en'] as const, 'zh'));
  const size = ref<Size>(stored('size', ['normal', 'large', 'larger'] as const, 'normal'));
  const theme = ref<Theme>(stored('theme', ['auto', 'light', 'dark'] as const, 'auto'));
  /** For elders: four big buttons, large type, read aloud. */
  const plain = ref(stored('plain', ['yes', 'no'] as const, 'no') === 'yes');
  const dark = window.matchMedia('(prefers-color-scheme: dark)');

  /** Goes from one value to another when what is drawn by hand has to be drawn anew: theme, type, a larger window. */
  const look = ref('');

  function paint(): void {
    const root = document.documentElement;
    root.dataset.size = plain.value && size.value === 'normal' ? 'large' : size.value;
    root.dataset.theme = theme.value === 'auto' ? (dark.matches ? 'dark' : 'light') : theme.value;
    look.value = [root.dataset.theme, root.dataset.size, getComputedStyle(root).fontSize].join();
  }
  dark.addEventListener('change', paint);
  window.addEventListener('resize', paint);
  watch([size, theme, plain], paint, { immediate: true });
  watch(language, (value) => setLanguage(value), { immediate: true });
  // Only what was chosen here is written: another face may have chosen something else meanwhile.
  const keep = (key: string, value: string) => {
    if (localStorage.getItem(`wangge.${key}`) !== value) localStorage.setItem(`wangge.${key}`, value);
  };
  watch(language, (value) => keep('language', value));
  watch(size, (value) => keep('size', value));
  watch(theme, (value) => keep('theme', value));
  watch(plain, (value) => keep('plain', value ? 'yes' : 'no'));
  function read(): void {
    language.value = stored('language', ['zh', 'en'] as const, 'zh');
    size.value = stored('size', ['normal', 'large', 'larger'] as const, 'normal');
    theme.value = stored('theme', ['auto', 'light', 'dark'] as const, 'auto');
    plain.value = stored('plain', ['yes', 'no'] as const, 'no') === 'yes';
  }
  // Every face of this device that is open follows.
  window.addEventListener('storage', (event) => {
    if (event.key === null || event.key.startsWith('wangge.')) read();
  });
  return { language, size, theme, plain, look };
});
