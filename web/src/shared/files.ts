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

/** After a reload only what the server has can still be sent. */
export function revive(files: LocalFile[] | undefined): LocalFile[] {
  return (files ?? [])
    .filter((file) => file.id)
    .map((file) => ({ ...file, blob: undefined, state: 'ready' }));
}
