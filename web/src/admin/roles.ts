import { useI18n } from 'vue-i18n';
import { i18n } from '@/shared/i18n';

/** What a role is called; one that only a pack knows keeps its own name. */
export function useRoles() {
  const { t } = useI18n();
  const title = (role: string) => t(`role.${role}`, role);
  const known = () => Object.keys((i18n.global.getLocaleMessage('zh') as { role: object }).role);
  return { title, known };
}
