import { nextTick, reactive, toRaw, watch } from 'vue';
import type { LocalFile } from './files';
import { drafts } from './idb';

const PREFIX = 'wangge.draft.';
const FILES = 'files.';
let onDevice = false;

/** On a phone in somebody's pocket a draft must outlive the page, which the system closes when it likes. */
export function keepDraftsOnDevice(): void {
  onDevice = true;
}
const shelf = (): Storage => (onDevice ? localStorage : sessionStorage);

/** What is begun in forms, which do not say whose it is; reports do, and wait for their writer. */
export async function dropForms(): Promise<void> {
  sessionStorage.clear();
  Object.keys(localStorage)
    .filter((key) => key.startsWith(PREFIX))
    .forEach((key) => localStorage.removeItem(key));
  if (!onDevice) return;
  const photos = (await drafts.keys()).filter((key) => key.startsWith(FILES));
  await Promise.all(photos.map((key) => drafts.remove(key)));
}

/** Whoever signs out leaves nothing behind. */
export async function dropDrafts(): Promise<void> {
  await dropForms();
  if (onDevice) await drafts.clear();
}

/**
 * What somebody has typed, kept for the tab under `key` until it is sent: it survives
 * a reload, a lost session, and a look at another record.
 */
export function useDraft<T extends object>(
  key: string,
  initial: () => T,
): { draft: T; clear: () => void; again: () => Promise<void> } {
  const name = PREFIX + key;
  let kept: Partial<T> = {};
  try {
    kept = JSON.parse(shelf().getItem(name) ?? '{}');
  } catch {
    // An unreadable draft is no draft.
  }
  const draft = reactive({ ...initial(), ...kept }) as T;
  let over = false;
  watch(
    draft,
    () => {
      if (!over) shelf().setItem(name, JSON.stringify(draft));
    },
    { deep: true },
  );
  return {
    draft,
    clear: () => {
      over = true;
      shelf().removeItem(name);
    },
    /** Sent, and another may follow. */
    again: async () => {
      Object.assign(draft, initial());
      await nextTick();
      shelf().removeItem(name);
    },
  };
}

/** A file as IndexedDB can hold it. */
export const plainFile = (file: LocalFile): LocalFile => ({ ...toRaw(file), blob: toRaw(file.blob) });

/** The photos of a draft, where drafts stay on the device; elsewhere they are with the server already. */
export function keepFiles(
  key: string,
  files: () => LocalFile[],
  put: (files: LocalFile[]) => void,
): () => void {
  if (!onDevice) return () => {};
  const name = FILES + key;
  let over = false;
  drafts.get<LocalFile[]>(name).then((old) => {
    if (!over && old?.length && !files().length) put(old);
  });
  watch(files, (now) => {
    if (over) return;
    if (now.length) drafts.put(name, now.map(plainFile));
    else drafts.remove(name);
  });
  return () => {
    over = true;
    drafts.remove(name);
  };
}

/** Lays a draft where the form of `key` will find it. */
export async function layDraft(key: string, draft: object, files: LocalFile[]): Promise<void> {
  shelf().setItem(PREFIX + key, JSON.stringify(draft));
  if (onDevice && files.length) await drafts.put(FILES + key, files.map(plainFile));
}
