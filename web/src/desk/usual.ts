import { api, query } from '@/shared/api';
import { MAIN_KIND, useKinds, type KindHead } from '@/shared/kinds';
import { useSession } from '@/shared/session';
import type { Matter, Page } from '@/shared/types';

export const WORK = ['moves', 'sees', 'none'] as const;
type Work = (typeof WORK)[number];

/** The kinds by what one's posts give one to do in them, in the order of the packs. */
export function byWork(list: KindHead[]): { work: Work; kinds: KindHead[] }[] {
  return WORK.map((work) => ({ work, kinds: list.filter((one) => (one.work ?? 'none') === work) })).filter(
    ({ kinds }) => kinds.length,
  );
}

const NEWEST = 60;
const MOST_KINDS = 30;

/** Those one has work in; what only says what there is comes behind what is to be done. */
export function ofWork(list: KindHead[]): string[] {
  const best = byWork(list)[0];
  if (!best || best.work === 'none') return [];
  const last = (one: KindHead) => Number(one.register ?? false);
  return [...best.kinds].sort((a, b) => last(a) - last(b)).map((one) => one.kind);
}

/** The kinds of the newest matters that are asked for. Without an answer: none. */
async function kindsIn(asked: Record<string, string | number | undefined>): Promise<string[]> {
  const page = await api.get<Page<Matter>>(`records${query(asked)}`).catch(() => null);
  return page?.items.map((one) => one.kind) ?? [];
}
const kindOfPart = async (kind?: string) => (await kindsIn({ party: 'me', kind, limit: 1 }))[0];

/** Of the kinds one has work in the first in which something is open. */
async function kindOfWork(list: KindHead[]): Promise<string | undefined> {
  const mine = ofWork(list).slice(0, MOST_KINDS);
  if (mine.length < 2) return mine[0];
  const open = await kindsIn({ kinds: mine.join(), open: '1', limit: NEWEST });
  return mine.find((kind) => open.includes(kind)) ?? (await kindOfPart()) ?? mine[0];
}

async function find(): Promise<string> {
  const kinds = useKinds();
  await kinds.loadList();
  const main = kinds.list.find((one) => one.kind === MAIN_KIND) ?? kinds.list[0];
  if (!main) throw new Error('no kinds');
  if ((main.work ?? 'none') !== 'none' || (await kindOfPart(main.kind))) return main.kind;
  return (await kindOfWork(kinds.list)) ?? (await kindOfPart()) ?? main.kind;
}

let asked: { by: string; answer: Promise<string> } | undefined;

/** What the desk opens on: what people report with, for whoever works with that; for others what they work with. */
export function usualKind(): Promise<string> {
  const by = useSession().me?.id ?? '';
  if (asked?.by !== by) {
    const mine = { by, answer: find() };
    mine.answer.catch(() => (asked = asked === mine ? undefined : asked));
    asked = mine;
  }
  return asked.answer;
}
