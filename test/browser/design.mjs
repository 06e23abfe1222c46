// The page of components: each that the faces share stands on it, in both themes, and nothing on it changes anything.
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { BASE, check, json, person, start, step } from './lib.mjs';

const UI = fileURLToPath(new URL('../../web/src/shared/ui', import.meta.url));
const written = readdirSync(UI, { recursive: true })
  .filter((path) => path.endsWith('.vue'))
  .map((path) => path.replace(/^.*\//, '').replace('.vue', ''))
  .sort();
const { browser, stop } = await start();

await step('each shared component is drawn, or it is said why not', async () => {
  const { page, context, complaints } = await person(browser);
  await page.goto(`${BASE}/design`);
  await page.waitForFunction((most) => document.querySelectorAll('[data-drawn]').length >= most, written.length - 1).catch(() => undefined);
  const names = (attribute) => page.locator(`[${attribute}]`).evaluateAll((all, of) => all.map((one) => one.getAttribute(of)), attribute);
  const [drawn, leftOut] = [await names('data-drawn'), await names('data-left-out')];
  const forgotten = await page.locator('[data-known=false]').allTextContents();
  check(JSON.stringify([...drawn, ...leftOut].sort()) === JSON.stringify(written), `${written.length} components are counted`, [...drawn, ...leftOut].join());
  check(forgotten.length === 0, 'none is forgotten', forgotten.join('; '));
  check((await page.evaluate(() => document.activeElement === document.body && window.scrollY)) === 0, 'the page begins at its beginning');
  check(complaints.length === 0, 'nothing broke', complaints.join('; '));
  await context.close();
});

await step('maps and charts are light or dark with what is around them', async () => {
  const { page, context } = await person(browser);
  await page.goto(`${BASE}/design`);
  for (const kind of ['.chart canvas', '.map canvas']) {
    const inks = [];
    for (const theme of ['light', 'dark']) {
      const canvas = page.locator(`[data-part=place][data-theme=${theme}] ${kind}`).first();
      await canvas.scrollIntoViewIfNeeded();
      await page.waitForTimeout(400);
      inks.push(await canvas.evaluate((one) => {
        const { data } = one.getContext('2d').getImageData(0, 0, one.width, one.height);
        const sum = [0, 0];
        for (let n = 0; n < data.length; n += 4) if (data[n + 3]) [sum[0], sum[1]] = [sum[0] + data[n], sum[1] + 1];
        return Math.round(sum[0] / Math.max(1, sum[1]));
      }));
    }
    check(inks[0] !== inks[1], `  ${kind}: drawn in other colours`, inks.join());
  }
  await context.close();
});

await step('whoever is signed in changes nothing with it', async () => {
  const { page, api, context } = await person(browser, { login: 'worker' });
  const before = await json(api, 'reach');
  await page.goto(`${BASE}/design`);
  const panel = page.locator('[data-part=people][data-theme=light]');
  await panel.getByRole('button', { name: '保存' }).click();
  await page.getByText('这是样张：什么都不会改变。').first().waitFor();
  check(JSON.stringify(await json(api, 'reach')) === JSON.stringify(before), 'the way they are told is as it was');
  check((await page.evaluate(() => localStorage.getItem('wangge.me') ?? '')).includes('worker'), 'they are still themselves');
  await context.close();
});
await stop();
