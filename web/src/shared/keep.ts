import { kept } from './idb';

/** Thumbnails of the day's matters; the service worker answers from here when there is no signal. */
export const EVIDENCE = 'evidence';

/** How often all was forgotten: an answer that was asked for before is not kept any more. */
let forgotten = 0;

/** The answer of `ask`, kept under `key`; without a signal the one from before. */
export async function keeping<T>(key: string, ask: () => Promise<T>): Promise<T> {
  const asked = forgotten;
  try {
    const answer = await ask();
    if (asked === forgotten) await kept.put(key, answer).catch(() => undefined);
    return answer;
  } catch (problem) {
    const old = await kept.get<T>(key).catch(() => undefined);
    if (old === undefined) throw problem;
    return old;
  }
}

/** Nothing of one person's work stays for the next. */
export async function forgetKept(): Promise<void> {
  forgotten += 1;
  await kept.clear();
  if ('caches' in globalThis) await caches.delete(EVIDENCE);
}

/** Keeps these thumbnails and forgets those of yesterday. */
export async function keepThumbs(ids: string[]): Promise<void> {
  if (!('caches' in globalThis)) return;
  const wanted = new Set(ids.map((id) => `/api/v1/files/${id}/thumb`));
  const cache = await caches.open(EVIDENCE);
  for (const request of await cache.keys()) {
    const { pathname } = new URL(request.url);
    if (!wanted.delete(pathname)) await cache.delete(request);
  }
  for (const path of wanted) await cache.add(path).catch(() => undefined);
}
