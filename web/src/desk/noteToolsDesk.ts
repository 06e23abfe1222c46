import { provide } from 'vue';
import { api, query } from '@/shared/api';
import { lang } from '@/shared/i18n';
import { noteTools } from '@/shared/noteTools';
import { useSession } from '@/shared/session';
import type { Kind, Matter, Me, Page } from '@/shared/types';
import { useSaved } from './saved';
import { fill, valuesOf } from './templates';

/** Offers colleagues and templates to every note written at the desk; blanks are filled from the matter that is open. */
export function useNoteTools(
  shown: () => { record: Matter | null; kind: Kind | undefined } | null | undefined,
): void {
  const saved = useSaved();
  const session = useSession();
  provide(noteTools, {
    people: async (q) => {
      const page = await api.get<Page<Pick<Me, 'name' | 'posts'> & { id: string }>>(
        `accounts${query({ q, limit: 8 })}`,
      );
      return page.items.map(({ id, name, posts }) => ({
        account: id,
        name,
        about: posts.map((post) => post.org_name ?? post.area_name ?? '').find(Boolean),
      }));
    },
    templates: (move) => {
      const values = valuesOf(shown()?.record, shown()?.kind, session.me, lang());
      return saved.templates
        .filter((one) => !one.about || !move || one.about.split(',').includes(move))
        .map((one) => ({ id: one.id, title: one.title, text: fill(one.text, values) }));
    },
  });
}
