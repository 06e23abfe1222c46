import { defineStore } from 'pinia';
import { ref, watch } from 'vue';
import type { LocalFile } from '@/shared/files';
import { useSession } from '@/shared/session';
import type { Fields } from '@/shared/types';
import { uuid7 } from '@/shared/uuid7';

/** What is being taken down of one call. Its id is the matter's: however often it is sent, it is one. */
export interface CallDraft {
  id: string;
  fields: Fields;
  area: string;
  address: string;
  point: { lng: number; lat: number } | null;
  files: LocalFile[];
}
export interface ParkedCall {
  at: string;
  kind: string;
  draft: CallDraft;
}

/** With the drafts, and gone with them when one signs out. */
const KEY = 'wangge.draft.parked';
export const MOST_PARKED = 9;

export function newCall(): CallDraft {
  return { id: uuid7(), fields: {}, area: '', address: '', point: null, files: [] };
}

function read(): ParkedCall[] {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? '[]');
    return Array.isArray(kept) ? (kept as ParkedCall[]) : [];
  } catch {
    return [];
  }
}

/** Calls that wait while another is taken: each as it was left, also after a reload. */
export const useParked = defineStore('parked', () => {
  const calls = ref<ParkedCall[]>(read());
  const session = useSession();
  watch(calls, (now) => sessionStorage.setItem(KEY, JSON.stringify(now)), { deep: true });
  watch(
    () => session.me?.id,
    (id) => (calls.value = id ? read() : []),
  );

  const of = (kind: string) => calls.value.filter((one) => one.kind === kind);
  function park(kind: string, draft: CallDraft): void {
    const copy = JSON.parse(JSON.stringify(draft)) as CallDraft;
    calls.value = [...calls.value, { at: new Date().toISOString(), kind, draft: copy }];
  }
  /** Takes one out of the row; undefined if it is there no more. */
  function take(id: string): ParkedCall | undefined {
    const one = calls.value.find((call) => call.draft.id === id);
    calls.value = calls.value.filter((call) => call !== one);
    return one;
  }
  return { calls, of, park, take };
});
