import { draftKey } from '@/shared/children';
import { layDraft } from '@/shared/draft';
import { localFile, type LocalFile } from '@/shared/files';
import { matterOf, parentOf, type OutboxItem } from '@/shared/outbox';
import { useOutbox } from '@/shared/outboxStore';
import type { Fields, Place } from '@/shared/types';
import { saveReport } from './reportDrafts';

/** Can it go back into the form it came from? */
export function isEditable(item: OutboxItem): boolean {
  return item.path === 'records' || /^records\/[^/]+\/[^/]+$/.test(item.path);
}

const filesOf = (item: OutboxItem): LocalFile[] => item.files.map((file) => localFile(file.name, file.blob));

/** Takes a command out of the box and lays it into its form again, with the same id: should it have arrived after
 * all, the server says so instead of doing it twice. Answers where the form is. */
export async function takeBack(item: OutboxItem): Promise<string> {
  const body = item.body as { fields?: Fields; note?: string; until?: string; place?: Place };
  const files = filesOf(item);
  const parent = parentOf(item);
  if (parent) {
    const { lng, lat } = body.place ?? {};
    const point = lng === undefined || lat === undefined ? null : { lng, lat };
    await layDraft(
      draftKey(parent, String(item.body.kind)),
      { id: item.id, fields: body.fields ?? {}, point, files: [] },
      files,
    );
    await useOutbox().discard(item.id);
    return `/m/${parent}?add=${item.body.kind}`;
  }
  if (item.path === 'records') {
    const { lng, lat, address } = body.place ?? {};
    const settle = useOutbox().items.find((one) => one.path === `records/${item.id}/settle`);
    await saveReport(
      {
        id: item.id,
        settleId: settle?.id,
        settle: Boolean(settle),
        note: (settle?.body.note as string | undefined) ?? '',
        address: address ?? '',
        point: lng === undefined || lat === undefined ? null : { lng, lat },
        fields: { ...body.fields, ...(settle?.body.fields as Fields | undefined) },
      },
      files,
    );
    if (settle) await useOutbox().discard(settle.id);
    await useOutbox().discard(item.id);
    return `/report?draft=${item.id}`;
  }
  const [, , move] = item.path.split('/');
  const matter = matterOf(item);
  await layDraft(
    `${matter}.${move}`,
    { id: item.id, fields: body.fields ?? {}, note: body.note ?? '', until: body.until ?? '', files: [] },
    files,
  );
  await useOutbox().discard(item.id);
  return `/m/${matter}?do=${move}`;
}
