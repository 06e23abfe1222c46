import { fileFieldOf, type ChildSender } from '@/shared/children';
import type { LocalFile } from '@/shared/files';
import { isMany } from '@/shared/form';
import { lineOf, titleOf } from '@/shared/format';
import { lang } from '@/shared/i18n';
import { useKinds } from '@/shared/kinds';
import type { MoveSender } from '@/shared/moves';
import type { OutboxItem } from '@/shared/outbox';
import { baseOf, useOutbox } from '@/shared/outboxStore';
import type { Matter } from '@/shared/types';

type Command = Omit<OutboxItem, 'at' | 'files'> & { files: LocalFile[] };

/** Into the box, and away if there is a signal. What was refused is shown at the form, where it can be mended: the box
 * keeps nothing of it, unless two were at one matter. */
async function submit(command: Command): Promise<Matter | null> {
  const outbox = useOutbox();
  const files = command.files.flatMap((file) => (file.blob ? [{ name: file.name, blob: file.blob }] : []));
  const outcome = await outbox.submit({ ...command, files });
  const stays = outcome?.refused && outbox.items.find((item) => item.id === command.id)?.conflict;
  if (outcome?.refused && !stays) {
    await outbox.discard(command.id);
    throw outcome.problem;
  }
  return (outcome?.answer as Matter | undefined) ?? null;
}

const titleIn = (matter: Matter) => lineOf(useKinds().byName[matter.kind], matter, lang());

/** Every move from the phone goes through the outbox: with or without a signal it is the same command, on the
 * matter as the person saw it. */
export function throughOutbox(matter: Matter): MoveSender {
  return (path, body, files, field, title, kept) => {
    const { id, version, ...rest } = body as { id: string; version?: number };
    void version; // that of `base`, which what waits before it may raise
    const schema = field ? useKinds().byName[matter.kind]?.schema.properties[field] : undefined;
    return submit({
      id,
      path,
      label: title,
      body: rest,
      files,
      field,
      kept,
      single: Boolean(schema && !isMany(schema)),
      about: { kind: matter.kind, title: titleIn(matter), number: matter.number },
      base: baseOf(matter),
    });
  };
}

/** So does what is raised below a matter. */
export function belowThroughOutbox(parent: Matter): ChildSender {
  return (kind, { id, ...body }, files) => {
    const field = fileFieldOf(kind);
    return submit({
      id,
      path: 'records',
      label: `＋ ${titleOf(kind.title, lang())}`,
      body: { ...body },
      files,
      field: field?.name,
      single: Boolean(field && !isMany(field.schema)),
      about: { kind: kind.kind, title: titleIn(parent), number: parent.number },
    });
  };
}
