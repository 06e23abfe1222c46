// What the tests for people without a pointer or without sight share: axe, walks by Tab, the tree that is read aloud.
import { readFileSync } from 'node:fs';
import { BASE, check, require } from './lib.mjs';

const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
/** What names no barrier: a face of one landmark more or less. */
const LEFT_OUT = ['region', 'landmark-unique', 'landmark-one-main', 'page-has-heading-one', 'heading-order'];
const TALLEST = 6000;

/** What is wrong by these rules, or by all. */
export async function broken(page, only) {
  if (!(await page.evaluate(() => Boolean(window.axe)))) await page.evaluate(axe);
  const { violations } = await page.evaluate(
    ([values, off, one]) =>
      window.axe.run(document, {
        runOnly: one ? { type: 'rule', values: one } : { type: 'tag', values },
        rules: one ? {} : Object.fromEntries(off.map((id) => [id, { enabled: false }])),
        resultTypes: ['violations'],
      }),
    [RULES, LEFT_OUT, only],
  );
  return violations.map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => node.target.join(' ')).join(', ')}`);
}

/** Drawn and read: a live stream never leaves the network idle. */
export async function drawn(page) {
  await page.waitForFunction(() => document.querySelector('#app')?.childElementCount && !document.querySelector('[aria-busy=true]:not([data-part] *)'));
  await page.waitForTimeout(250);
}

/** As high as the page is: what has scrolled beneath a bar is judged, too, and for what it is. */
export async function unrolled(page, size) {
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  await page.setViewportSize({ width: size.width, height: Math.max(size.height, Math.min(height, TALLEST)) });
  await page.waitForTimeout(100);
}

/** Opens a page, checks it by every rule, and once more in the dark for what depends on colours. */
export async function checkRules(page, path, size) {
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
  await page.goto(BASE + path);
  await drawn(page);
  await unrolled(page, size);
  const light = await broken(page);
  check(light.length === 0, `  ${path}: every rule`, light.join('; '));
  await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
  await page.waitForFunction(() => document.documentElement.dataset.theme === 'dark');
  await page.waitForTimeout(150);
  const dark = await broken(page, ['color-contrast', 'link-in-text-block']);
  check(dark.length === 0, `  ${path}: read in the dark, too`, dark.join('; '));
}

/** Presses Tab until the focus is on what `selector` names, with `words` in its name; every stop on the way must be
 * in sight, and beneath nothing. */
export async function tabTo(page, selector, { words = '', most = 80 } = {}) {
  for (let n = 0; n < most; n++) {
    const [there, seen] = await page.evaluate(
      ([wanted, text]) => {
        const element = document.activeElement;
        const name = `${element?.getAttribute('aria-label') ?? ''} ${element?.textContent ?? ''}`;
        const found = Boolean(element?.matches(wanted) && name.includes(text));
        if (!element || element === document.body) return [found, true];
        const body = element.closest('label') ?? element;
        const box = body.getBoundingClientRect();
        const [x, y] = [Math.max(0, box.left) + Math.min(box.width, 40) / 2, (Math.max(0, box.top) + Math.min(box.bottom, window.innerHeight)) / 2];
        const top = document.elementFromPoint(x, y);
        const inside = box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < window.innerHeight + 1;
        return [found, inside && (element.matches('.sr, .skip') || Boolean(top && (body.contains(top) || top.contains(body))))];
      },
      [selector, words],
    );
    if (!seen) throw new Error(`the focus is out of sight on the way to ${selector}: ${await page.evaluate(() => document.activeElement?.outerHTML.slice(0, 160))}`);
    if (there) return n;
    await page.keyboard.press('Tab');
  }
  throw new Error(`no ${selector} ${words} within ${most} stops`);
}

/** Where the focus is, as a reader would say it. */
export const focused = (page) =>
  page.evaluate(() => {
    const element = document.activeElement;
    const about = (element?.getAttribute('aria-describedby') ?? '').split(' ').map((id) => document.getElementById(id)?.textContent?.trim() ?? '');
    return { tag: element?.tagName, name: element?.getAttribute('name') ?? '', id: element?.id ?? '', about: about.join(' ').trim() };
  });

/** The tree a screen reader walks: role, name and state, a line each. */
export const tree = (page, within = 'body') => page.locator(within).ariaSnapshot();
