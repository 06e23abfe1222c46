import { watch } from 'vue';
import { uuid7 } from './uuid7';

/** A picture or document on its way: `id` once the server has it, `blob` while this page holds it. */
export interface LocalFile {
  key: string;
  name: string;
  type: string;
  id?: string;
  blob?: Blob;
  /** What an anonymous sender needs to use it again. */
  claim?: string;
  state: 'ready' | 'uploading' | 'failed';
}

export function localFile(name: string, blob: Blob): LocalFile {
  return { key: uuid7(), name, type: blob.type, blob, state: 'ready' };
}

export function fromId(id: string): LocalFile {
  return { key: id, name: '', type: 'image/*', id, state: 'ready' };
}

export function idsOf(files: LocalFile[]): string[] {
  return files.flatMap((file) => (file.id ? [file.id] : []));
}

/** Resolves once nothing is on its way any more; false when something did not arrive. */
export function arrived(files: () => LocalFile[]): Promise<boolean> {
  return new Promise((resolve) => {
    const stop = watch(
      () => files().every((file) => file.id || file.state === 'failed'),
      (over) => {
        if (!over) return;
        resolve(files().every((file) => file.id));
        queueMicrotask(() => stop());
      },
      { immediate: true },
    );
  });
}

/** After a reload only what the server has can still be sent. */
export function revive(files: LocalFile[] | undefined): LocalFile[] {
  return (files ?? [])
    .filter((file) => file.id)
    .map((file) => ({ ...file, blob: undefined, state: 'ready' }));
}
