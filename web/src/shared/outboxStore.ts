import { defineStore } from 'pinia';
import { computed, ref, toRaw, watch } from 'vue';
import { api, ApiError } from './api';
import { idbOutbox } from './idb';
import { matterOf, Outbox, parentOf, type Delivery, type OutboxBase, type OutboxItem } from './outbox';
import { useSession } from './session';
import type { Fields, Matter } from './types';
import { uuid7 } from './uuid7';

const RETRY_MS = 15_000;

export const baseOf = (matter: Matter): OutboxBase => ({
  version: matter.version,
  state: matter.state,
  fields: matter.fields ?? {},
});

const same = (a: unknown, b: unknown) => JSON.stringify(a ?? null) === JSON.stringify(b ?? null);

/** Does what changed between two states of a matter touch what the command sets? */
export function concerns(item: OutboxItem, then: OutboxBase, now: OutboxBase): boolean {
  const set = Object.keys({ ...(item.body.fields as Fields), ...(item.field ? { [item.field]: 1 } : {}) });
  return then.state !== now.state || set.some((name) => !same(then.fields[name], now.fields[name]));
}

/** A report waits for who made it to sign in again: nobody's would be taken, too. */
async function asOneself(): Promise<void> {
  if (!(await useSession().still())) throw new ApiError(401, 'session.ended', '', '');
}

async function send(path: string, body: object): Promise<unknown> {
  if (path === 'records') await asOneself();
  try {
    return await api.post<Matter>(path, body);
  } catch (problem) {
    // A notice read elsewhere is read.
    if (path.startsWith('notices/') && problem instanceof ApiError && problem.status === 404) return null;
    throw problem;
  }
}

/** The phone's outbox as the screen sees it, and whether there is a network. */
export const useOutbox = defineStore('outbox', () => {
  const items = ref<OutboxItem[]>([]);
  /** Whether `items` is what lies on the phone: before that nobody knows what waits. */
  const read = ref(false);
  const online = ref(navigator.onLine);
  const sending = ref(false);
  const waiting = computed(() => items.value.filter((item) => !item.refused).length);
  const refused = computed(() => items.value.filter((item) => item.refused).length);
  const listeners = new Set<(delivery: Delivery) => void>();

  /** Two may share a phone: nobody sends in another's name. */
  const own = async () => {
    const me = useSession().me?.id;
    return (await idbOutbox.all()).filter((item) => !item.account || item.account === me);
  };
  const box = new Outbox(
    { ...idbOutbox, all: own },
    {
      upload: async (blob, name) => {
        await asOneself();
        return (await api.upload(blob, name)).id;
      },
      send,
      passing: (problem) =>
        problem instanceof ApiError && (problem.passing || [401, 429].includes(problem.status)),
      conflict: (problem) =>
        problem instanceof ApiError && problem.status === 409 && problem.key !== 'command.reused',
      rebase: async (item) => {
        const now = baseOf(await api.get<Matter>(`records/${matterOf(item)}`));
        return item.base && !concerns(item, item.base, now) ? now : null;
      },
    },
    (delivery) => listeners.forEach((listener) => listener(delivery)),
  );

  async function refresh(): Promise<void> {
    items.value = await box.items();
    read.value = true;
  }

  /** Only one tab sends at a time, or the order would be lost. */
  async function flush(): Promise<void> {
    sending.value = true;
    try {
      const work = async () => {
        online.value = (await box.flush()) || navigator.onLine;
      };
      if (navigator.locks) await navigator.locks.request('wangge-outbox', work);
      else await work();
    } finally {
      sending.value = false;
      await refresh();
    }
  }

  /** Keeps the command, then tries to send it. Resolves with what became of it. */
  async function submit(item: Omit<OutboxItem, 'id' | 'at'> & { id?: string }): Promise<Delivery | null> {
    // Plain copies: a reactive object cannot be stored.
    const plain = <T>(value: T): T =>
      value === undefined ? value : (JSON.parse(JSON.stringify(value)) as T);
    const full: OutboxItem = {
      id: item.id ?? uuid7(),
      at: Date.now(),
      account: useSession().me?.id ?? undefined,
      path: item.path,
      label: item.label,
      field: item.field,
      kept: plain(item.kept),
      single: item.single,
      about: plain(item.about),
      base: plain(item.base),
      body: plain(item.body),
      files: item.files.map((file) => ({ name: file.name, blob: toRaw(file.blob) })),
    };
    let outcome: Delivery | null = null;
    const stop = onDelivery((delivery) => {
      if (delivery.item.id === full.id) outcome = delivery;
    });
    await box.add(full);
    await refresh();
    try {
      await flush();
    } finally {
      stop();
    }
    return outcome;
  }

  function onDelivery(listener: (delivery: Delivery) => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  async function discard(id: string): Promise<void> {
    await box.remove(id);
    await refresh();
    if (waiting.value) flush();
  }

  async function retry(id: string, base?: OutboxBase): Promise<void> {
    await box.retry(id, base);
    await flush();
  }

  /** What waits about one matter, in order. */
  const about = (id: string) => items.value.filter((item) => matterOf(item) === id);
  /** What waits to be raised below it. */
  const below = (id: string) => items.value.filter((item) => parentOf(item) === id);

  function start(): void {
    window.addEventListener('online', () => {
      online.value = true;
      flush();
    });
    window.addEventListener('offline', () => (online.value = false));
    setInterval(() => {
      if (waiting.value && !sending.value) flush();
    }, RETRY_MS);
    watch(
      () => useSession().me?.id,
      () => refresh().then(() => (waiting.value ? flush() : undefined)),
      { immediate: true },
    );
  }

  return {
    items,
    read,
    online,
    sending,
    waiting,
    refused,
    submit,
    flush,
    discard,
    retry,
    about,
    below,
    onDelivery,
    start,
  };
});
