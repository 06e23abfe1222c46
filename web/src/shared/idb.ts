import type { OutboxItem, OutboxStore } from './outbox';

const NAME = 'wangge';
const VERSION = 2;
const STORES: [string, IDBObjectStoreParameters?][] = [['outbox', { keyPath: 'id' }], ['kept'], ['drafts']];
let opened: Promise<IDBDatabase> | undefined;

function open(): Promise<IDBDatabase> {
  opened ??= new Promise<IDBDatabase>((done, fail) => {
    const request = indexedDB.open(NAME, VERSION);
    request.onupgradeneeded = () => {
      const db = request.result;
      for (const [name, options] of STORES)
        if (!db.objectStoreNames.contains(name)) db.createObjectStore(name, options);
    };
    request.onsuccess = () => {
      // A newer page wants to change the stores: this one opens them again when it needs them.
      request.result.onversionchange = () => {
        request.result.close();
        opened = undefined;
      };
      done(request.result);
    };
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

/** A store of things by name. */
function shelf(name: string) {
  return {
    get: <T>(key: string) => run<T | undefined>(name, 'readonly', (store) => store.get(key)),
    keys: () => run(name, 'readonly', (store) => store.getAllKeys() as IDBRequest<string[]>),
    all: <T>() => run<T[]>(name, 'readonly', (store) => store.getAll()),
    put: async (key: string, value: unknown) =>
      void (await run(name, 'readwrite', (store) => store.put(value, key))),
    remove: async (key: string) => void (await run(name, 'readwrite', (store) => store.delete(key))),
    clear: async () => void (await run(name, 'readwrite', (store) => store.clear())),
  };
}

/** Answers of the server, for when there is no signal. */
export const kept = shelf('kept');
/** What somebody has begun and not sent, photos and all. */
export const drafts = shelf('drafts');
