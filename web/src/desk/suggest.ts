import type { CodeItem, Title } from '@/shared/types';

/** A matter that reads like what is being typed. */
export interface Similar {
  id: string;
  kind: string;
  number: string;
  title: string | Title;
  state: string;
  open: boolean;
  light_now: 'green' | 'amber' | 'red' | 'grey' | 'none';
  area: string;
  area_name: string | null;
  created_at: string;
  due_at: string | null;
  likeness: number;
  distance_m: number | null;
  codes: Record<string, string>;
}

const LETTER = /[\p{L}\p{N}]/u;

/** Every two characters that stand together. */
export function pairs(text: string): Set<string> {
  const out = new Set<string>();
  let before = '';
  for (const letter of text.toLowerCase()) {
    const is = LETTER.test(letter);
    if (is && before) out.add(before + letter);
    before = is ? letter : '';
  }
  return out;
}

/** How much of a code's own words stands in the text, 0 to 1. */
function named(code: CodeItem, text: Set<string>): number {
  const own = pairs(code.title.zh);
  const english = pairs(code.title.en);
  const share = (all: Set<string>) =>
    all.size ? [...all].filter((pair) => text.has(pair)).length / all.size : 0;
  return Math.max(share(own), text.size ? share(english) * 0.8 : 0);
}

/**
 * Codes that what is typed may mean, the likeliest first: by the code's own words, and by what matters like it were
 * called. Only those that nothing stands below, since a matter is never just "public facilities".
 */
export function suggestCodes(
  codes: CodeItem[],
  text: string,
  field: string,
  similar: Similar[],
  most = 4,
): CodeItem[] {
  const typed = pairs(text);
  if (!typed.size) return [];
  const parents = new Set(codes.map((code) => code.parent).filter(Boolean));
  const votes = new Map<string, number>();
  for (const one of similar) {
    const code = one.codes[field];
    if (code) votes.set(code, (votes.get(code) ?? 0) + one.likeness);
  }
  return codes
    .filter((code) => !parents.has(code.code))
    .map((code) => ({ code, score: named(code, typed) + Math.min(1, votes.get(code.code) ?? 0) }))
    .filter((one) => one.score >= 0.3)
    .sort((a, b) => b.score - a.score)
    .slice(0, most)
    .map((one) => one.code);
}
