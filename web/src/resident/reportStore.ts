import { defineStore } from 'pinia';
import { computed, ref, shallowRef } from 'vue';
import { api, query } from '@/shared/api';
import { claims } from '@/shared/claims';
import { useDraft } from '@/shared/draft';
import { fromId, idsOf, revive, type LocalFile } from '@/shared/files';
import { titleOf } from '@/shared/format';
import { fieldsForRaise, payloadOf, raising, type FormField } from '@/shared/form';
import { lang } from '@/shared/i18n';
import { useKinds } from '@/shared/kinds';
import type { Fields, Kind, Matter, Neighbour, Page } from '@/shared/types';
import { uuid7 } from '@/shared/uuid7';

/** What told where it is. */
export type PlaceFrom = '' | 'photo' | 'phone' | 'map' | 'code';

export interface ReportDraft {
  /** Made once: however often it is sent, one record comes of it. */
  id: string;
  files: LocalFile[];
  point: { lng: number; lat: number } | null;
  from: PlaceFrom;
  address: string;
  area: string;
  areaName: string;
  fields: Fields;
}

const empty = (): ReportDraft => ({
  id: uuid7(),
  files: [],
  point: null,
  from: '',
  address: '',
  area: '',
  areaName: '',
  fields: {},
});
/** A code with more choices than this is a tree of sorts, not a handful of chips. */
const TREE = 6;

/** One report on its way. */
export const useReport = defineStore('report', () => {
  const { draft } = useDraft('report', empty);
  draft.files = revive(draft.files);
  const kind = shallowRef<Kind | null>(null);
  const sent = ref<Matter | null>(null);
  /** Chosen on the page before, to be taken up by the form. */
  const chosen = shallowRef<File[]>([]);

  async function start(): Promise<Kind> {
    kind.value ??= await useKinds().main();
    return kind.value;
  }

  function reset(): void {
    Object.assign(draft, empty());
  }

  const asked = computed<FormField[]>(() =>
    kind.value ? fieldsForRaise(kind.value).filter((field) => field.schema['x-type'] !== 'file') : [],
  );
  /** What is the matter, in the person's own words. */
  const words = computed(() =>
    asked.value.find((field) => field.schema['x-type'] === 'text' && field.required),
  );
  /** What sort it is, by which it finds its way. */
  const sort = computed(() =>
    asked.value.find(
      (field) => field.schema['x-type'] === 'code' && (field.schema['x-codes']?.length ?? 0) > TREE,
    ),
  );
  /** What else a resident is asked: a number to call, and what the kind insists on. The rest is the clerk's. */
  const rest = computed(() =>
    asked.value.filter(
      (field) =>
        field !== words.value &&
        field !== sort.value &&
        (field.required || field.schema['x-type'] === 'phone'),
    ),
  );
  const codes = computed(() => sort.value?.schema['x-codes'] ?? []);
  const sortOf = computed(() =>
    codes.value.find((code) => sort.value && code.code === draft.fields[sort.value.name]),
  );

  /** A sort that was tapped says enough by itself. */
  function filled(): Fields {
    const fields = { ...draft.fields };
    if (words.value && !String(fields[words.value.name] ?? '').trim() && sortOf.value)
      fields[words.value.name] = titleOf(sortOf.value.title, lang());
    return fields;
  }

  function body(of: Kind): Record<string, unknown> {
    const fields = payloadOf(fieldsForRaise(of), filled());
    const files = idsOf(draft.files);
    const photos = fieldsForRaise(of).find((field) => field.schema['x-type'] === 'file');
    const taken = raising(of)?.takes ?? [];
    if (photos && files.length && (!taken.length || taken.includes(photos.name))) fields[photos.name] = files;
    const { point, address, area } = draft;
    const place = point || address ? { ...(point ?? {}), ...(address ? { address } : {}) } : undefined;
    return {
      id: draft.id,
      kind: of.kind,
      fields,
      ...(place ? { place } : {}),
      ...(!point && area ? { area } : {}),
      ...(files.length ? { files } : {}),
    };
  }

  /** Photos sent one by one without an account hold different claims: sent again together, they share one. */
  async function oneClaim(): Promise<void> {
    const held = new Set(draft.files.map((file) => file.claim).filter(Boolean));
    if (held.size === 0) return;
    if (held.size > 1) {
      const files = draft.files.flatMap(({ blob, name }) => (blob ? [{ blob, name }] : []));
      const again = await api.uploadAll(files);
      draft.files = again.map((file) => ({ ...fromId(file.id), claim: file.claim }));
    }
    claims.keep(draft.files[0].claim ?? '');
  }

  async function submit(): Promise<Matter> {
    const of = await start();
    await oneClaim();
    const answer = await api.post<Matter>('records', body(of));
    claims.remember(answer);
    sent.value = answer;
    reset();
    return answer;
  }

  /** What is reported near already. Nothing is lost when it cannot be asked. */
  async function near(point: { lng: number; lat: number }): Promise<Neighbour[]> {
    if (!(await start()).near) return [];
    const page = await api.get<Page<Neighbour>>(`records/near${query({ ...point, datum: 'wgs84' })}`);
    return page.items;
  }

  /** “Me too” to one that is there, instead of reporting it twice. */
  async function join(one: Neighbour): Promise<Matter> {
    const answer = await api.post<Matter>(`records/${one.id}/${one.allowed[0]}`, { id: uuid7() });
    sent.value = answer;
    reset();
    return answer;
  }

  return {
    draft,
    kind,
    sent,
    chosen,
    words,
    sort,
    rest,
    codes,
    sortOf,
    start,
    filled,
    submit,
    near,
    join,
    reset,
  };
});
