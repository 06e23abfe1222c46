import { api } from '../api';
import { useKinds } from '../kinds';
import type { Matter } from '../types';
import { uuid7 } from '../uuid7';
import { pictureOf } from './media';

/** What a picture of a matter can be said with: its thread, or a note among those who work on it. */
async function saying(id: string): Promise<string> {
  const record = await api.get<Matter>(`records/${id}`);
  const kind = await useKinds().load(record.kind);
  const allowed = record.allowed ?? [];
  if (kind?.thread && allowed.includes(kind.thread)) return kind.thread;
  return 'note';
}

/** Keeps what the film shows as a photo of the matter; false when it shows nothing. */
export async function keepPicture(id: string, film: HTMLVideoElement, note: string): Promise<boolean> {
  const picture = await pictureOf(film);
  if (!picture) return false;
  const [move, file] = await Promise.all([saying(id), api.upload(picture, 'call.jpg')]);
  await api.post(`records/${id}/${move}`, { id: uuid7(), note, files: [file.id] });
  return true;
}
