import { useI18n } from 'vue-i18n';
import { titleOf } from '@/shared/format';
import { lang } from '@/shared/i18n';
import type { Kind } from '@/shared/types';

/** What a view of a kind is called: as the state it shows, or as the desk calls what cuts across them. */
export function useViewTitle() {
  const { t } = useI18n();
  return (kind: Kind | undefined, name: string): string => {
    const state = kind?.flow.states.find((one) => `state:${one.name}` === name);
    if (state) return titleOf(state.title, lang());
    return t(name === 'all' ? 'common.all' : `desk.${name}`);
  };
}
