import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { VERBS } from './auditVerbs';

const SRC = new URL('../../../src/', import.meta.url);
const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`locales/${name}.json`, import.meta.url), 'utf8'));
/** The words of a call whose third argument is a verb: audit_add(tx, by, "org.add", …). */
const WRITTEN =
  /(?:audit_add|audit_about|add_audit|poll_audit|roster_audit)\((?:[^",;]+,){2,3}\s*"([a-z_.]+)"/g;

function written(): Set<string> {
  const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /(?<!_test)\.c$/.test(name),
  );
  const texts = files.map((name) => readFileSync(new URL(name, SRC), 'utf8'));
  return new Set(texts.flatMap((text) => [...text.matchAll(WRITTEN)].map((found) => found[1])));
}
const said = (words: object, verb: string) =>
  verb.split('.').reduce<unknown>((at, key) => (at as Record<string, unknown>)?.[key], words);

describe('what the audit tells', () => {
  it('has words in both languages', () => {
    for (const words of ['zh', 'en'].map(read))
      expect(VERBS.filter((verb) => typeof said(words.audit.verb, verb) !== 'string')).toEqual([]);
  });

  it('is all that the server writes', () => {
    const verbs = written();
    expect(verbs.size).toBeGreaterThan(20);
    expect([...verbs].filter((verb) => !VERBS.includes(verb))).toEqual([]);
  });
});
