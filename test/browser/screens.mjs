// The screens of the programmes, on a sample district that has something of each: axe-core's rules in both themes, a
// phone, a tablet and the largest type in English without scrolling sideways, and nothing that breaks.
import { ownServer } from './own.mjs';

const server = await ownServer({ lived: true });
process.env.BASE_URL = server.base;
const { BASE, check, json, noSideScroll, person, start, step } = await import('./lib.mjs');
const { checkRules, drawn } = await import('./reach.mjs');
const { browser, stop } = await start();
const { api } = await person(browser, { login: 'clerk' });
const one = async (kind, more = '') => (await json(api, `records?kind=${kind}&limit=1${more}`)).items[0].id;

const [vote, election, constituency, contest, skills, house, account] = await Promise.all([
  one('owners_vote', '&state=voting'), one('head_election'), one('deputies'), one('contest', '&state=first_round'), one('skills'),
  one('house', '&state=listed'), json((await person(browser, { login: 'bank' })).api, 'records?kind=carbon_account&limit=1').then(({ items }) => items[0].id),
]);
const SCREENS = [
  [null, true, ['/public', '/public/shop', '/public/list_entry', `/door/${house}`, '/league']],
  ['resident', true, ['/services', '/book', '/money', '/mine', `/ledger/carbon/member/${account}`, `/ballot/${vote}`, `/ballot/${election}`]],
  ['worker', true, ['/work', '/work/registers', '/work/duty']],
  ['judge', true, ['/work', `/work/judge/${contest}`]],
  ['clerk', false, ['/desk/front', '/desk/day', '/desk/import', '/desk/labels', '/desk/league', `/desk/ballot/${vote}`, `/desk/ballot/${constituency}`]],
  ['leader', false, [`/desk/scores/${contest}`, `/desk/scores/${skills}`]],
  ['admin', false, ['/admin/duty', '/admin/schedules', '/admin/channels', '/admin/packs/estate']],
];

for (const [login, phone, paths] of SCREENS) {
  const { page, context, complaints } = await person(browser, { login: login ?? undefined, phone });
  const size = page.viewportSize();
  for (const path of paths) {
    await step(`${login ?? 'anybody'} ${path}`, async () => {
      await checkRules(page, path, size);
      for (const [width, height] of [[320, 640], [768, 1024]]) {
        await page.setViewportSize({ width, height });
        await page.waitForTimeout(100);
        check(await noSideScroll(page), `  ${path}: ${width} pixels wide`);
      }
      await page.setViewportSize(size);
      await page.evaluate(() => (document.documentElement.dataset.size = 'larger'));
      check(await noSideScroll(page), `  ${path}: the largest type`);
      await page.evaluate(() => (document.documentElement.dataset.size = 'normal'));
    });
  }
  check(complaints.length === 0, `${login ?? 'anybody'}: nothing broke`, complaints.join('; '));
  await context.close();
}

await step('in English no word of ours is Chinese', async () => {
  const { page, context } = await person(browser, { login: 'resident', phone: true });
  await page.addInitScript(() => localStorage.setItem('wangge.language', 'en'));
  for (const path of ['/services', '/book', '/money']) {
    await page.goto(BASE + path);
    await drawn(page);
    const words = await page.locator('main button, main label, nav a').allTextContents();
    check(!words.some((word) => /\p{Script=Han}/u.test(word.replace(/临江苑|卫生费/gu, ''))), `  ${path}`, words.filter((word) => /\p{Script=Han}/u.test(word)).join('; '));
  }
  await context.close();
});
await server.kill('SIGKILL');
server.remove();
await stop();
