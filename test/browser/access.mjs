// For everybody: axe-core's rules of WCAG 2.2 AA on every screen in both themes, the main flows by keyboard alone,
// 400 % zoom (320 CSS pixels), no motion for those who want none, and a first load that is light.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { gzipSync } from 'node:zlib';
import { BASE, check, gridPoint, json, noSideScroll, person, post, settled, start, step } from './lib.mjs';

const require = createRequire(new URL('../../web/package.json', import.meta.url));
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
/** What names no barrier: a face of one landmark more or less. */
const LEFT_OUT = ['region', 'landmark-unique', 'landmark-one-main', 'page-has-heading-one', 'heading-order'];
const FIRST_LOAD = 150 * 1024;
const { browser, stop } = await start();
const at = await gridPoint(browser);
const clerk = await person(browser, { login: 'clerk' });
const mark = Date.now().toString(36);
const [record] = (await json(clerk.api, 'records?kind=incident&open=1&limit=1')).items;

/** What is wrong by these rules, or by all. */
async function broken(page, only) {
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
async function drawn(page) {
  await page.waitForFunction(() => document.querySelector('#app')?.childElementCount && !document.querySelector('[aria-busy=true]:not([data-part] *)'));
  await page.waitForTimeout(250);
}

const SCREENS = [
  [null, true, ['/', '/report', '/report?place=', '/mine', '/poster', '/sign-in', '/sign-in?new=1']],
  ['resident', true, ['/', '/mine']],
  ['worker', true, ['/work', '/work/report', '/work/outbox', '/work/map']],
  ['clerk', false, ['/desk', `/desk/r/${record.id}`, '/desk/new']],
  ['leader', false, ['/board']],
  ['admin', false, ['/admin', '/admin/accounts', '/admin/orgs', '/admin/areas', '/admin/calendar', '/admin/packs', '/admin/audit', '/admin/health']],
  [null, false, ['/design']],
];
for (const [login, phone, paths] of SCREENS) {
  const { page, context } = await person(browser, { login: login ?? undefined, phone, at });
  const size = page.viewportSize();
  for (const path of paths) {
    await step(`${login ?? 'anybody'} ${path}`, async () => {
      await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
      await page.goto(BASE + path);
      await drawn(page);
      const light = await broken(page);
      check(light.length === 0, `  ${path}: every rule`, light.join('; '));
      await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
      await page.waitForFunction(() => document.documentElement.dataset.theme === 'dark');
      await page.waitForTimeout(150);
      const dark = await broken(page, ['color-contrast', 'link-in-text-block']);
      check(dark.length === 0, `  ${path}: read in the dark, too`, dark.join('; '));
      // 400 % on a desk's screen; a wall's map may be moved in both directions.
      await page.setViewportSize({ width: 320, height: 512 });
      await page.waitForTimeout(100);
      if (path !== '/board') check(await noSideScroll(page), `  ${path}: 320 pixels wide`);
      await page.setViewportSize(size);
    });
  }
  await context.close();
}

/** Presses Tab until the focus is on what `selector` names; every stop on the way must be seen. */
async function tabTo(page, selector, most = 60) {
  for (let n = 0; n < most; n++) {
    const there = await page.evaluate((wanted) => document.activeElement?.matches(wanted) ?? false, selector);
    if (there) return n;
    await page.keyboard.press('Tab');
    const seen = await page.evaluate(() => {
      const element = document.activeElement;
      const box = (element?.closest('label') ?? element)?.getBoundingClientRect();
      return Boolean(box && box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < window.innerHeight + 1);
    });
    if (!seen) throw new Error(`the focus is out of sight on the way to ${selector}`);
  }
  throw new Error(`no ${selector} within ${most} stops`);
}

await step('a report by keyboard alone', async () => {
  const { page, context } = await person(browser, { at });
  await page.goto(BASE);
  await page.locator('.home').waitFor();
  await page.keyboard.press('Tab');
  check((await page.evaluate(() => document.activeElement?.className)) === 'skip', 'first comes the way past the bar');
  await page.keyboard.press('Enter');
  await tabTo(page, 'a[href="/report"]');
  await page.keyboard.press('Enter');
  await page.getByText('属于').waitFor();
  await tabTo(page, '#what');
  await page.keyboard.type(`键盘上报的路灯 ${mark}`);
  await tabTo(page, '[role=radio]');
  await page.keyboard.press('Space');
  await tabTo(page, 'button[type=submit]');
  await page.keyboard.press('Enter');
  await page.getByText('已收到').waitFor();
  await context.close();
});

await step("the desk's main flow by keyboard alone: find, open, accept", async () => {
  const place = { lng: at.lng, lat: at.lat };
  const { id } = await post(clerk.api, 'records', { kind: 'incident', place, fields: { description: `键盘立案 ${mark}`, category: '0102', level: 'easy' } });
  const { page, context } = await person(browser, { login: 'clerk' });
  await page.goto(`${BASE}/desk/r/${id}?view=all`);
  await page.locator('[data-move=accept]').waitFor();
  await tabTo(page, '[data-move=accept]', 120);
  await page.keyboard.press('Enter');
  await page.locator('form.move').waitFor();
  await tabTo(page, 'form.move button[type=submit]', 30);
  await page.keyboard.press('Enter');
  await page.locator('.head .state', { hasText: '已立案' }).waitFor();
  check((await json(clerk.api, `records/${id}`)).state === 'accepted', 'accepted');
  await context.close();
});

await step('whoever wants no motion gets none', async () => {
  const { page, context } = await person(browser, { phone: true });
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await page.goto(BASE);
  await page.locator('.home').waitFor();
  const longest = await page.evaluate(() =>
    Math.max(
      ...[...document.querySelectorAll('*')].flatMap((element) => {
        const { transitionDuration, animationDuration } = getComputedStyle(element);
        return [transitionDuration, animationDuration].flatMap((all) => all.split(',').map(parseFloat));
      }),
    ),
  );
  check(longest <= 0.001, 'at most a millisecond', String(longest));
  await context.close();
});

await step('a screen without a Chinese font of its own gets one from this server', async () => {
  const { page, context, complaints } = await person(browser);
  await page.goto(`${BASE}/design`);
  await page.waitForFunction(() => [...document.fonts].some((font) => font.family.includes('Noto Sans SC Variable')));
  const loaded = await page.evaluate(() =>
    document.fonts.load("600 16px 'Noto Sans SC Variable'", '衢江').then((fonts) => fonts.map((font) => font.status)),
  );
  check(loaded.length > 0 && loaded.every((status) => status === 'loaded'), 'slice by slice', loaded.join());
  check(complaints.length === 0, 'and no other', complaints.join('; '));
  await context.close();
});

await step('the first load of a resident is light', async () => {
  const { page, context } = await person(browser, { phone: true });
  const sizes = [];
  page.on('response', (answer) =>
    sizes.push(
      answer
        .body()
        .then((body) => [answer.url(), answer.headers()['content-encoding'] ? gzipSync(body, { level: 9 }).length : body.length])
        .catch(() => [answer.url(), 0]),
    ),
  );
  await page.goto(BASE);
  await settled(page);
  const loaded = (await Promise.all(sizes)).sort((a, b) => b[1] - a[1]);
  const total = loaded.reduce((sum, [, bytes]) => sum + bytes, 0);
  check(loaded.length > 3 && total <= FIRST_LOAD, `${Math.round(total / 1024)} KB of ${FIRST_LOAD / 1024}`, loaded.slice(0, 5).join('; '));
  await context.close();
});
await stop();
