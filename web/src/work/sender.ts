import { lineOf } from '@/shared/format';
import { lang } from '@/shared/i18n';
import { useKinds } from '@/shared/kinds';
import type { MoveSender } from '@/shared/moves';
import { baseOf, useOutbox } from '@/shared/outboxStore';
import type { Matter } from '@/shared/types';

/** Every move from the phone goes through the outbox: with or without a signal it is the same command, on the
 * matter as the person saw it. */
export function throughOutbox(matter: Matter): MoveSender {
  return async (path, body, files, fileField, title, kept) => {
    const outbox = useOutbox();
    const { id, version, ...rest } = body as { id: string; version?: number };
    void version; // that of `base`, which what waits before it may raise
    const outcome = await outbox.submit({
      id,
      path,
      label: title,
      body: rest,
      files: files.flatMap((file) => (file.blob ? [{ name: file.name, blob: file.blob }] : [])),
      field: fileField,
      kept,
      about: {
        kind: matter.kind,
        title: lineOf(useKinds().byName[matter.kind], matter, lang()),
        number: matter.number,
      },
      base: baseOf(matter),
    });
    const stays = outcome?.refused && outbox.items.find((item) => item.id === id)?.conflict;
    if (outcome?.refused && !stays) {
      // It is shown at the form, where it can be mended; the box keeps nothing of it.
      await outbox.discard(id);
      throw outcome.problem;
    }
    return (outcome?.answer as Matter | undefined) ?? null;
  };
}
