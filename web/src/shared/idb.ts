import type { OutboxItem, OutboxStore } from './outbox';

const NAME = 'wangge';
const VERSION = 1;
let opened: Promise<IDBDatabase> | undefined;

function open(): Promise<IDBDatabase> {
  opened ??= new Promise<IDBDatabase>((done, fail) => {
    const request = indexedDB.open(NAME, VERSION);
    request.onupgradeneeded = () => {
      request.result.createObjectStore('outbox', { keyPath: 'id' });
      request.result.createObjectStore('kept');
    };
    request.onsuccess = () => done(request.result);
    request.onerror = () => {
      opened = undefined;
      fail(request.error);
    };
  });
  return opened;
}

async function run<T>(
  store: string,
  mode: IDBTransactionMode,
  work: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  const db = await open();
  return new Promise<T>((done, fail) => {
    const tx = db.transaction(store, mode);
    const request = work(tx.objectStore(store));
    // Done means on the disk, not merely asked for.
    tx.oncomplete = () => done(request.result);
    tx.onabort = tx.onerror = () => fail(tx.error ?? request.error);
  });
}

export const idbOutbox: OutboxStore = {
  all: () => run<OutboxItem[]>('outbox', 'readonly', (store) => store.getAll()),
  put: async (item) => void (await run('outbox', 'readwrite', (store) => store.put(item))),
  remove: async (id) => void (await run('outbox', 'readwrite', (store) => store.delete(id))),
};

/** The last answer to a list, for when there is no signal. */
export const kept = {
  get: <T>(key: string) => run<T | undefined>('kept', 'readonly', (store) => store.get(key)),
  put: async (key: string, value: unknown) =>
    void (await run('kept', 'readwrite', (store) => store.put(value, key))),
};
