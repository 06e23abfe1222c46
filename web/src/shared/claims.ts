import type { Matter } from './types';

/** What an anonymous sender holds instead of an account: the claim, and the numbers of what was sent. */
const CLAIM = 'wangge.claim';
const MINE = 'wangge.mine';

function read<T>(key: string, empty: T): T {
  try {
    return JSON.parse(localStorage.getItem(key) ?? '') as T;
  } catch {
    return empty;
  }
}

export const claims = {
  current: (): string | null => (typeof localStorage === 'undefined' ? null : localStorage.getItem(CLAIM)),
  keep: (claim: string): void => localStorage.setItem(CLAIM, claim),
  mine: (): Matter[] => read<Matter[]>(MINE, []),
  remember: (kept: Matter): void => {
    const others = claims.mine().filter((one) => one.id !== kept.id);
    localStorage.setItem(MINE, JSON.stringify([kept, ...others].slice(0, 50)));
  },
};
