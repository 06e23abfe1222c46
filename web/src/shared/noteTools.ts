import type { InjectionKey } from 'vue';
import type { Who } from './types';

export interface NoteTemplate {
  id: string;
  title: string;
  text: string;
}

/** What a face may offer while a note is written: people to mention, and templates with their blanks filled in. */
export interface NoteTools {
  people: (words: string) => Promise<Who[]>;
  templates: (move: string | undefined) => NoteTemplate[];
}
export const noteTools: InjectionKey<NoteTools> = Symbol('note tools');

/** The word behind an @ or, at the very beginning, a / right before the caret; null where there is none. */
export function trigger(
  text: string,
  caret: number,
): { sign: '@' | '/'; from: number; words: string } | null {
  const before = text.slice(0, caret);
  const slash = /^\/([^\s/]{0,20})$/u.exec(before);
  if (slash) return { sign: '/', from: 0, words: slash[1] };
  const at = /(?:^|[^\w])@([\p{L}\p{N}]{0,12})$/u.exec(before);
  return at ? { sign: '@', from: caret - at[1].length - 1, words: at[1] } : null;
}

/** Those of `all` whose names still stand in the text behind an @. */
export function stillMentioned(text: string, all: Who[]): Who[] {
  const seen = new Set<string>();
  return all.filter((who) => {
    const id = who.account ?? '';
    if (!id || seen.has(id) || !text.includes(`@${who.name}`)) return false;
    seen.add(id);
    return true;
  });
}
