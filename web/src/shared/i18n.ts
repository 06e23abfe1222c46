import { createI18n } from 'vue-i18n';
import { setApiLanguage } from './api';
import type { Lang } from './format';
import zh from './locales/zh.json';

export const i18n = createI18n({
  legacy: false,
  locale: 'zh' as string,
  fallbackLocale: 'zh',
  messages: { zh } as Record<string, typeof zh>,
  missingWarn: false,
  fallbackWarn: false,
});

/** English is fetched when somebody wants it. */
export async function setLanguage(lang: Lang): Promise<void> {
  if (lang === 'en') i18n.global.setLocaleMessage('en', (await import('./locales/en.json')).default);
  i18n.global.locale.value = lang;
  document.documentElement.lang = lang === 'en' ? 'en' : 'zh-CN';
  setApiLanguage(lang);
}

export function lang(): Lang {
  return i18n.global.locale.value === 'en' ? 'en' : 'zh';
}
