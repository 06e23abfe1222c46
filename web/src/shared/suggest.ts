import type { CodeItem } from './types';

/** How much of what somebody typed speaks for a code. */
const WHOLE_WORD = 3;
const PAIR = 1;

const isLatin = (text: string) => /^[\u0020-\u024f]+$/.test(text);
const plain = (text: string) => text.toLowerCase().replace(/[\s，。、！？,.!?;；:：()（）]/g, ' ');

function pairs(text: string): string[] {
  const letters = [...text.replace(/\s/g, '')];
  return letters.slice(1).map((letter, n) => letters[n] + letter);
}

/** English is matched by whole words and their beginnings, Chinese by what stands in the text. */
function says(text: string, words: Set<string>, word: string): boolean {
  if (!isLatin(word)) return text.includes(word);
  return words.has(word) || (word.length > 3 && [...words].some((one) => one.startsWith(word)));
}

function scoreOf(code: CodeItem, text: string, words: Set<string>, typed: Set<string>): number {
  const said = (code.words ?? '').split(' ').filter((word) => word && says(text, words, word));
  const title = pairs(code.title.zh).filter((pair) => typed.has(pair)).length;
  const english = plain(code.title.en)
    .split(' ')
    .filter((word) => word.length > 3 && words.has(word)).length;
  return (
    WHOLE_WORD * said.reduce((sum, word) => sum + Math.min([...word].length, 4), 0) + PAIR * title + english
  );
}

/**
 * The codes that best fit what was typed, the best first; none when nothing speaks for any. Only those without
 * codes below them are suggested. Pure, and quick enough for every key pressed.
 */
export function suggest(codes: CodeItem[], typed: string, most = 4): CodeItem[] {
  const text = plain(typed);
  if (text.trim().length < 2) return [];
  const words = new Set(text.split(' ').filter(Boolean));
  const found = new Set(pairs(text));
  const parents = new Set(codes.map((code) => code.parent).filter(Boolean));
  return codes
    .filter((code) => !parents.has(code.code))
    .map((code) => ({ code, score: scoreOf(code, text, words, found) }))
    .filter((one) => one.score > 0)
    .sort((a, b) => b.score - a.score)
    .slice(0, most)
    .map((one) => one.code);
}

export type Urgent = '110' | '119' | '120';

/** Words after which the telephone comes first. The number that is called for, most dangerous first. */
const URGENT: [Urgent, RegExp][] = [
  [
    '119',
    /着火|起火|失火|火灾|大火|爆炸|漏气|燃气味|煤气味|燃气泄漏|被困|困在|溺水|落水|坍塌|on fire|gas leak|explosion|trapped|drown/i,
  ],
  [
    '120',
    /受伤|流血|晕倒|昏倒|昏迷|中毒|触电|抽搐|没有呼吸|心脏病|injured|bleeding|unconscious|poison|heart attack/i,
  ],
  ['110', /打架|斗殴|持刀|砍人|抢劫|入室|打人|家暴|自杀|轻生|跳楼|fight|knife|robbery|burglar|suicide/i],
];

/** Whom to call first, going by what is typed; undefined when nothing sounds urgent. */
export function urgent(typed: string): Urgent | undefined {
  return URGENT.find(([, words]) => words.test(typed))?.[0];
}
