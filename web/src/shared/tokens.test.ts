import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const css = readFileSync(fileURLToPath(new URL('./tokens.css', import.meta.url)), 'utf8');
const AA_TEXT = 4.5;
const AA_SHAPE = 3;

function block(selector: string): Record<string, string> {
  const body = css
    .slice(css.indexOf(`${selector} {`))
    .split('{')[1]
    .split('}')[0];
  return Object.fromEntries(
    [...body.matchAll(/(--[\w-]+):\s*([^;]+);/g)].map(([, name, value]) => [name, value]),
  );
}
const light = block("[data-theme='light']");
const dark = block("[data-theme='dark']");
const unchosen = block(':root:not([data-theme])');

function luminance(hex: string): number {
  const parts = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255);
  const [r, g, b] = parts.map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
function contrast(a: string, b: string): number {
  const [bright, dim] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (bright + 0.05) / (dim + 0.05);
}

const SURFACES = ['--sunken', '--paper', '--sheet', '--hover'];
const PAIRS: [string, string[]][] = [
  ['--ink', [...SURFACES, '--accent-soft', '--green-soft', '--amber-soft', '--red-soft', '--grey-soft']],
  ['--ink-2', [...SURFACES, '--accent-soft', '--red-soft']],
  ['--ink-3', SURFACES],
  ['--accent-text', [...SURFACES, '--accent-soft']],
  ['--accent-ink', ['--accent', '--accent-hover']],
  ['--green', [...SURFACES, '--green-soft']],
  ['--amber', [...SURFACES, '--amber-soft']],
  ['--red', [...SURFACES, '--red-soft']],
  ['--grey', [...SURFACES, '--grey-soft']],
  ['--light-ink', ['--green', '--amber', '--red', '--grey']],
];

describe.each([
  ['light', light],
  ['dark', { ...light, ...dark }],
])('%s', (_name, tokens) => {
  it.each(PAIRS.flatMap(([ink, grounds]) => grounds.map((ground) => [ink, ground])))(
    '%s is read on %s',
    (ink, ground) => {
      expect(contrast(tokens[ink], tokens[ground])).toBeGreaterThanOrEqual(AA_TEXT);
    },
  );
  it.each(['--line-strong', '--focus', '--accent', '--series-1', '--series-2', '--series-3', '--series-4'])(
    '%s is seen on the sheet',
    (shape) => {
      expect(contrast(tokens[shape], tokens['--sheet'])).toBeGreaterThanOrEqual(AA_SHAPE);
    },
  );
});

it('a page is as dark before a script has run as after', () => {
  expect(unchosen).toEqual(dark);
  expect(Object.keys(dark).length).toBeGreaterThan(30);
});
