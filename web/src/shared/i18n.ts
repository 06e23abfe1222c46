import { createI18n } from 'vue-i18n';
import { setApiLanguage } from './api';
import type { Lang } from './format';
import zh from './locales/zh.json';

type Words = Record<string, unknown>;

/** What one face says beside what all say: Chinese at once, English when somebody wants it. */
export interface FaceWords {
  zh: Words;
  en: () => Promise<{ default: Words }>;
}

export const i18n = createI18n({
  legacy: false,
  locale: 'zh' as string,
  fallbackLocale: 'zh',
  messages: { zh } as Record<string, typeof zh>,
  missingWarn: false,
  fallbackWarn: false,
});

let face: FaceWords | undefined;

export function useWords(words: FaceWords): void {
  face = words;
  i18n.global.mergeLocaleMessage('zh', words.zh);
}

let wanted: Lang = 'zh';

/** English is fetched when somebody wants it. What is chosen last holds, however long the words take. */
export async function setLanguage(lang: Lang): Promise<void> {
  wanted = lang;
  if (lang === 'en') {
    const [shared, own] = await Promise.all([import('./locales/en.json'), face?.en()]);
    if (wanted !== lang) return;
    i18n.global.setLocaleMessage('en', shared.default as unknown as typeof zh);
    if (own) i18n.global.mergeLocaleMessage('en', own.default);
  }
  i18n.global.locale.value = lang;
  document.documentElement.lang = lang === 'en' ? 'en' : 'zh-CN';
  setApiLanguage(lang);
}

export function lang(): Lang {
  return i18n.global.locale.value === 'en' ? 'en' : 'zh';
}
