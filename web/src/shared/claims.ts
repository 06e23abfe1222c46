import type { InjectionKey, Ref } from 'vue';
import type { Matter } from './types';

/** What somebody without an account holds: a claim on the files sent so far, and one on each matter reported. */
const CLAIM = 'wangge.claim';
const MINE = 'wangge.mine';
const KEPT = 50;
const MATTER = /^records\/([0-9a-f-]{36})/;

function read<T>(key: string, empty: T): T {
  try {
    return JSON.parse(localStorage.getItem(key) ?? '') as T;
  } catch {
    return empty;
  }
}

const newest = (a: Matter, b: Matter) => (a.created_at < b.created_at ? 1 : -1);

export const claims = {
  /** The one to show with a request: a matter's own, or that of the files for a new one. */
  shown(path: string): string | undefined {
    const matter = MATTER.exec(path);
    if (matter) return claims.of(matter[1]);
    if (path !== 'files' && path !== 'records') return undefined;
    return localStorage.getItem(CLAIM) ?? undefined;
  },
  keep: (claim: string): void => localStorage.setItem(CLAIM, claim),
  mine: (): Matter[] => read<Matter[]>(MINE, []),
  of: (id: string): string | undefined => claims.mine().find((one) => one.id === id)?.claim,
  remember(kept: Matter): void {
    const others = claims.mine().filter((one) => one.id !== kept.id);
    localStorage.setItem(MINE, JSON.stringify([kept, ...others].sort(newest).slice(0, KEPT)));
  },
};

/** The claim on the matter that a part of the page is about; undefined without one. */
export const matterClaim: InjectionKey<Ref<string | undefined>> = Symbol('claim');
