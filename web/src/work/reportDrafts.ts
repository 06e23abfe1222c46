import { shallowRef } from 'vue';
import { plainFile } from '@/shared/draft';
import type { LocalFile } from '@/shared/files';
import { isEmpty } from '@/shared/form';
import { drafts } from '@/shared/idb';
import { useSession } from '@/shared/session';
import type { Fields } from '@/shared/types';
import { uuid7 } from '@/shared/uuid7';

const PREFIX = 'report.';

export interface ReportDraft {
  /** The command's id: sent twice it is still one report. */
  id: string;
  settleId: string;
  settle: boolean;
  note: string;
  address: string;
  point: { lng: number; lat: number } | null;
  fields: Fields;
}

export interface KeptReport {
  at: number;
  account: string;
  draft: ReportDraft;
  files: LocalFile[];
}

export const emptyReport = (): ReportDraft => ({
  id: uuid7(),
  settleId: uuid7(),
  settle: false,
  note: '',
  address: '',
  point: null,
  fields: {},
});

/** Is there anything in it that somebody would miss? What the phone filled in by itself is not. */
export function isWorthKeeping({ draft, files }: Pick<KeptReport, 'draft' | 'files'>): boolean {
  const typed = Object.entries(draft.fields).some(([name, value]) => name !== 'source' && !isEmpty(value));
  return Boolean(files.length || draft.note || draft.address || typed);
}

/** Reports begun and not sent: several, each with its photos. */
export const reportDrafts = shallowRef<KeptReport[]>([]);

export async function loadReports(): Promise<KeptReport[]> {
  const me = useSession().me?.id;
  const all = await drafts.all<KeptReport | LocalFile[]>();
  reportDrafts.value = all
    .filter((one): one is KeptReport => !Array.isArray(one) && Boolean(one.draft) && one.account === me)
    .sort((a, b) => b.at - a.at);
  return reportDrafts.value;
}

export async function saveReport(
  draft: Omit<ReportDraft, 'settleId'> & { settleId?: string },
  files: LocalFile[],
): Promise<void> {
  const plain = JSON.parse(JSON.stringify({ ...draft, settleId: draft.settleId ?? uuid7() })) as ReportDraft;
  const account = useSession().me?.id ?? '';
  await drafts.put(PREFIX + draft.id, {
    at: Date.now(),
    account,
    draft: plain,
    files: files.map(plainFile),
  } satisfies KeptReport);
  await loadReports();
}

export async function dropReport(id: string): Promise<void> {
  await drafts.remove(PREFIX + id);
  await loadReports();
}
