import { defineStore } from 'pinia';
import { computed, shallowRef } from 'vue';
import { api } from './api';
import { titleOf } from './format';
import { lang } from './i18n';
import type { Page, Title } from './types';

export interface Role {
  role: string;
  title: Title;
  /** Of areas it may be held over; none: any. */
  levels: string[];
}

/** The roles that the packs know, and what they are called. */
export const useRoles = defineStore('roles', () => {
  const items = shallowRef<Role[]>([]);
  const byName = computed(() => new Map(items.value.map((one) => [one.role, one])));
  let asked: Promise<void> | undefined;

  /** Asked once; a failure is asked again the next time. */
  function load(): Promise<void> {
    asked ??= api.get<Page<Role>>('roles').then(
      (page) => void (items.value = page.items),
      () => void (asked = undefined),
    );
    return asked;
  }
  const title = (role: string): string => titleOf(byName.value.get(role)?.title, lang()) || role;

  return { items, byName, load, title };
});
