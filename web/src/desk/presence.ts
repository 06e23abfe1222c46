import { onBeforeUnmount, ref, shallowRef, watch, type Ref } from 'vue';
import { api } from '@/shared/api';
import type { Page } from '@/shared/types';

export interface Present {
  account: string;
  name: string;
  since: string;
  writing: boolean;
}

const BEAT_MS = 12_000;

/** Says that this matter is open here, and hears who else has it open. */
export function usePresence(id: Ref<string | null>) {
  const others = shallowRef<Present[]>([]);
  const writing = ref(false);

  async function beat(): Promise<void> {
    const at = id.value;
    if (!at || document.visibilityState !== 'visible') return;
    try {
      const { items } = await api.put<Page<Present>>(`records/${at}/presence`, { writing: writing.value });
      if (at === id.value) others.value = items;
    } catch {
      // A courtesy: without it the record still says who was quicker.
      if (at === id.value) others.value = [];
    }
  }
  watch(
    id,
    (_now, before) => {
      others.value = [];
      writing.value = false;
      if (before) api.delete(`records/${before}/presence`).catch(() => undefined);
      beat();
    },
    { immediate: true },
  );
  watch(writing, beat);
  const timer = setInterval(beat, BEAT_MS);
  onBeforeUnmount(() => {
    clearInterval(timer);
    if (id.value) api.delete(`records/${id.value}/presence`).catch(() => undefined);
  });
  return { others, writing };
}
