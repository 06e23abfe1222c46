// What is said in one language is said in the other, with the same places to fill in; what a screen asks for is there.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const SRC = new URL('..', import.meta.url).pathname;
const FACES = ['admin', 'board', 'command', 'design', 'desk', 'resident', 'work'];

type Words = Map<string, string>;

function flat(value: unknown, prefix: string, into: Words): Words {
  if (typeof value === 'string') return into.set(prefix, value);
  for (const [key, one] of Object.entries(value as object))
    flat(one, prefix ? `${prefix}.${key}` : key, into);
  return into;
}

function words(part: string, lang: string): Words {
  return flat(JSON.parse(readFileSync(join(SRC, part, 'locales', `${lang}.json`), 'utf8')), '', new Map());
}

const places = (text: string) => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort().join(' ');

function sources(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /(?<!\.test)\.(vue|ts)$/.test(name))
    .map((name) => readFileSync(join(folder, name), 'utf8'));
}

/** Keys written out in t('…'), and those a key is chosen from: t(late ? 'a.b' : 'a.c'). */
function asked(text: string): string[] {
  const calls = text.match(/(?<![\w.])\$?t\((?:[^()]|\([^()]*\))*\)/g) ?? [];
  return calls.flatMap((call) => [...call.matchAll(/'([a-z]\w*(?:\.\w+)+)'/g)].map((found) => found[1]!));
}

/** What the pages of a face are called in their tabs. */
const titles = (text: string) =>
  [...text.matchAll(/meta: \{[^}]*\btitle: '([\w.]+)'/g)].map((found) => found[1]!);

describe('words', () => {
  for (const part of ['shared', ...FACES]) {
    it(`of ${part} are there in both languages`, () => {
      const [zh, en] = [words(part, 'zh'), words(part, 'en')];
      expect([...en.keys()].sort()).toEqual([...zh.keys()].sort());
      for (const [key, text] of zh)
        expect(`${key} ${places(en.get(key) ?? '')}`).toBe(`${key} ${places(text)}`);
    });
  }
  const shared = words('shared', 'zh');
  for (const face of FACES) {
    it(`that ${face} asks for are there`, () => {
      const own = words(face, 'zh');
      for (const key of own.keys()) expect(shared.has(key), `${key} is said twice`).toBe(false);
      const wanted = sources(join(SRC, face)).flatMap((text) => [...asked(text), ...titles(text)]);
      expect(wanted.filter((key) => !own.has(key) && !shared.has(key))).toEqual([]);
    });
  }
  it('that the shared parts ask for are there', () => {
    expect(
      sources(join(SRC, 'shared'))
        .flatMap(asked)
        .filter((key) => !shared.has(key)),
    ).toEqual([]);
  });
});
