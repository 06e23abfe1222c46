import { defineStore } from 'pinia';
import { ref, shallowRef } from 'vue';
import { api, listed } from '@/shared/api';
import { claims } from '@/shared/claims';
import { useKinds } from '@/shared/kinds';
import { useSession } from '@/shared/session';
import type { Matter } from '@/shared/types';

/** What I have reported: from my account, and what this device remembers from before there was one. */
export const useMine = defineStore('mine', () => {
  const items = shallowRef<Matter[]>([]);
  const loading = ref(false);
  const problem = shallowRef<unknown>(null);

  async function ofAccount(): Promise<Matter[]> {
    const session = useSession();
    if (!session.ready) await session.load();
    return session.signedIn ? (await listed<Matter>('records?party=me&limit=100', 100)).items : [];
  }
  async function ofDevice(known: Set<string>): Promise<Matter[]> {
    const wanted = claims.mine().filter((one) => !known.has(one.id));
    return Promise.all(wanted.map(newest));
  }
  /** What cannot be read again is shown as it was last seen. */
  async function newest(kept: Matter): Promise<Matter> {
    if (!kept.claim && !useSession().signedIn) return kept;
    const fresh = await api.get<Matter>(`records/${kept.id}`).catch(() => null);
    if (!fresh) return kept;
    const now = { ...fresh, claim: kept.claim };
    claims.remember(now);
    return now;
  }

  async function load(): Promise<void> {
    loading.value = true;
    problem.value = null;
    try {
      const account = await ofAccount();
      const device = await ofDevice(new Set(account.map((one) => one.id)));
      const all = [...account, ...device];
      await Promise.all([...new Set(all.map((one) => one.kind))].map((kind) => useKinds().load(kind)));
      items.value = all.sort((a, b) => (a.created_at < b.created_at ? 1 : -1));
    } catch (cause) {
      problem.value = cause;
    } finally {
      loading.value = false;
    }
  }

  return { items, loading, problem, load };
});
