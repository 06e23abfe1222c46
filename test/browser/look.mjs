// Every face on a small phone and in both sizes of type: fits, named, readable (axe-core).
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { BASE, check, json, noSideScroll, person, settled, start, step } from './lib.mjs';

const require = createRequire(new URL('../../web/package.json', import.meta.url));
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const { browser, stop } = await start();

async function rules(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  return violations
    .filter((one) => ['serious', 'critical'].includes(one.impact))
    .map((one) => `${one.id}: ${one.nodes.slice(0, 2).map((node) => node.target.join(' ')).join(', ')}`);
}

const clerk = await person(browser, { login: 'clerk' });
const [record] = (await json(clerk.api, 'records?kind=incident&limit=1')).items;
const pages = [
  ['resident', true, ['/', '/report', '/report?place=', '/mine', '/poster', '/sign-in', '/sign-in?new=1']],
  ['worker', true, ['/work', '/work/report', '/work/outbox', '/work/map', '/work/scan']],
  ['clerk', false, ['/desk', `/desk/r/${record.id}`, '/desk/new']],
  ['clerk', true, ['/desk', `/desk/r/${record.id}`, '/board']],
  ['leader', false, ['/board']],
  ['admin', false, ['/admin', '/admin/accounts', '/admin/orgs', '/admin/packs']],
];
for (const [login, phone, paths] of pages) {
  const one = await person(browser, { login, phone });
  for (const path of paths) {
    await step(`${login} ${phone ? 'phone' : 'desk'} ${path}`, async () => {
      await one.page.goto(BASE + path);
      await settled(one.page);
      const broken = await rules(one.page);
      check(broken.length === 0, `  ${path}: every control named, every word readable`, broken.join('; '));
      if (phone) check(await noSideScroll(one.page), `  ${path}: fits the phone`);
    });
  }
  check(one.complaints.length === 0, `${login}: nothing broke`, one.complaints.join('; '));
  await one.context.close();
}

await step('the largest type and English fit the phone too', async () => {
  const one = await person(browser, { login: 'resident', phone: true });
  await one.page.addInitScript(() => {
    localStorage.setItem('wangge.size', 'larger');
    localStorage.setItem('wangge.language', 'en');
  });
  for (const path of ['/', '/report', '/report?place=', '/mine']) {
    await one.page.goto(BASE + path);
    await settled(one.page);
    check(await noSideScroll(one.page), `  ${path}`);
  }
  check((await one.page.locator('html').getAttribute('lang')) === 'en', '  the page says which language it is in');
  await one.context.close();
});
await stop();
