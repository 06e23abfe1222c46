import { useOutbox } from '@/shared/outboxStore';
import type { MoveSender } from '@/shared/moves';
import type { Matter } from '@/shared/types';

/** Every move from the phone goes through the outbox: with or without a signal it is the same command. */
export const throughOutbox: MoveSender = async (path, body, files, fileField, title, kept) => {
  const { id, ...rest } = body as { id: string };
  const outcome = await useOutbox().submit({
    id,
    path,
    label: title,
    body: rest,
    files: files.flatMap((file) => (file.blob ? [{ name: file.name, blob: file.blob }] : [])),
    field: fileField,
    kept,
  });
  if (outcome?.refused) {
    // It is shown at the form, where it can be mended; the box keeps nothing of it.
    await useOutbox().discard(id);
    throw outcome.problem;
  }
  return (outcome?.answer as Matter | undefined) ?? null;
};
