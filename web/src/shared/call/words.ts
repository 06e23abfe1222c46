import type { Entry, Party } from '../types';
import { toldCall } from './call';

type T = (key: string, values?: Record<string, unknown>) => string;
const MINUTE_S = 60;

/** What a line of the history says of a call; '' where it is none. */
export function callWords(entry: Entry, parties: Party[] | undefined, t: T): string {
  const after = entry.changes?.find((one) => one.field === 'call')?.after;
  const told = after === undefined ? null : toldCall(after);
  if (!told) return '';
  const party = parties?.find((one) => one.account === told.to || one.org === told.to);
  const span = t('call.span', { m: Math.floor(told.seconds / MINUTE_S), s: told.seconds % MINUTE_S });
  return t(`call.told.${told.outcome ?? 'begin'}`, { name: party?.name ?? t('call.somebody'), span });
}
