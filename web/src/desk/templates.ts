import { areaWords } from '@/shared/areas';
import { lineOf, timeWords, titleOf, type Lang } from '@/shared/format';
import type { Kind, Matter, Me } from '@/shared/types';

/** What a template may leave blank, and the matter fills in. */
export const BLANKS = ['number', 'matter', 'place', 'state', 'due', 'holder', 'unit', 'me', 'today'] as const;
export type Blank = (typeof BLANKS)[number];

/** The words for each blank; one that nothing is known of stays as it is, so that one sees what is missing. */
export function fill(text: string, values: Partial<Record<Blank, string>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => values[name as Blank] || whole);
}

export function valuesOf(
  record: Matter | null | undefined,
  kind: Kind | undefined,
  me: Me | null,
  lang: Lang,
): Partial<Record<Blank, string>> {
  const party = (role: string) => record?.parties?.find((one) => one.role === role)?.name ?? '';
  const holder = record?.parties?.find((one) => one.role !== 'owner' && one.role !== 'reporter');
  return {
    me: me?.name ?? '',
    unit: party('owner') || (me?.posts.find((post) => post.org_name)?.org_name ?? ''),
    today: timeWords(new Date().toISOString(), lang, 0).slice(0, -6),
    ...(record
      ? {
          number: record.number,
          matter: lineOf(kind, record, lang),
          place: record.place?.address || areaWords(record.area, record.area_name),
          state: titleOf(kind?.flow.states.find((state) => state.name === record.state)?.title, lang),
          due: timeWords(record.due_at, lang),
          holder: holder?.name ?? '',
        }
      : {}),
  };
}
