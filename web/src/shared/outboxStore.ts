import { defineStore } from 'pinia';
import { computed, ref, toRaw } from 'vue';
import { api, ApiError } from './api';
import { idbOutbox } from './idb';
import { Outbox, type Delivery, type OutboxItem } from './outbox';
import type { Matter } from './types';
import { uuid7 } from './uuid7';

const RETRY_MS = 15_000;

/** The phone's outbox as the screen sees it, and whether there is a network. */
export const useOutbox = defineStore('outbox', () => {
  const items = ref<OutboxItem[]>([]);
  const online = ref(navigator.onLine);
  const sending = ref(false);
  const waiting = computed(() => items.value.filter((item) => !item.refused).length);
  const refused = computed(() => items.value.filter((item) => item.refused).length);
  const listeners = new Set<(delivery: Delivery) => void>();

  const box = new Outbox(
    idbOutbox,
    {
      upload: async (blob, name) => (await api.upload(blob, name)).id,
      send: (path, body) => api.post<Matter>(path, body),
      passing: (problem) =>
        problem instanceof ApiError && (problem.passing || [401, 429].includes(problem.status)),
    },
    (delivery) => listeners.forEach((listener) => listener(delivery)),
  );

  async function refresh(): Promise<void> {
    items.value = await box.items();
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
    const full: OutboxItem = {
      id: item.id ?? uuid7(),
      at: Date.now(),
      path: item.path,
      label: item.label,
      field: item.field,
      kept: item.kept && [...item.kept],
      // Plain copies: a reactive object cannot be stored.
      body: JSON.parse(JSON.stringify(item.body)),
      files: item.files.map((file) => ({ name: file.name, blob: toRaw(file.blob) })),
    };
    let outcome: Delivery | null = null;
    const listener = (delivery: Delivery) => {
      if (delivery.item.id === full.id) outcome = delivery;
    };
    listeners.add(listener);
    await box.add(full);
    await refresh();
    try {
      await flush();
    } finally {
      listeners.delete(listener);
    }
    return outcome;
  }

  async function discard(id: string): Promise<void> {
    await box.remove(id);
    await refresh();
  }

  async function retry(id: string): Promise<void> {
    await box.retry(id);
    await flush();
  }

  function start(): void {
    window.addEventListener('online', () => {
      online.value = true;
      flush();
    });
    window.addEventListener('offline', () => (online.value = false));
    setInterval(() => {
      if (waiting.value && !sending.value) flush();
    }, RETRY_MS);
    refresh().then(() => (waiting.value ? flush() : undefined));
  }

  return { items, online, sending, waiting, refused, submit, flush, discard, retry, start };
});
