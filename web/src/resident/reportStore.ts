import { defineStore } from 'pinia';
import { ref, shallowRef } from 'vue';
import { api } from '@/shared/api';
import { claims } from '@/shared/claims';
import { useDraft } from '@/shared/draft';
import { fromId, idsOf, revive, type LocalFile } from '@/shared/files';
import { fieldsForRaise, payloadOf, raising } from '@/shared/form';
import { useKinds } from '@/shared/kinds';
import type { Fields, Kind, Matter } from '@/shared/types';
import { uuid7 } from '@/shared/uuid7';

export interface ReportDraft {
  /** Made once: however often it is sent, one record comes of it. */
  id: string;
  files: LocalFile[];
  point: { lng: number; lat: number } | null;
  address: string;
  area: string;
  areaName: string;
  fields: Fields;
}

const empty = (): ReportDraft => ({
  id: uuid7(),
  files: [],
  point: null,
  address: '',
  area: '',
  areaName: '',
  fields: {},
});

/** One report on its way, over three steps. */
export const useReport = defineStore('report', () => {
  const { draft } = useDraft('report', empty);
  draft.files = revive(draft.files);
  const kind = shallowRef<Kind | null>(null);
  const sent = ref<Matter | null>(null);

  async function start(): Promise<Kind> {
    kind.value ??= await useKinds().main();
    return kind.value;
  }

  function reset(): void {
    Object.assign(draft, empty());
  }

  function body(of: Kind): Record<string, unknown> {
    const fields = payloadOf(fieldsForRaise(of), draft.fields);
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
      const sent = await api.uploadAll(files);
      draft.files = sent.map((file) => ({ ...fromId(file.id), claim: file.claim }));
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

  return { draft, kind, sent, start, submit, reset };
});
