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

const [vote, election, constituency, contest, skills, house, appraisal, batch, estate, order, account] = await Promise.all([
  one('owners_vote', '&state=voting'), one('head_election'), one('deputies'), one('contest', '&state=first_round'), one('skills'),
  one('house', '&state=listed'),
  one('appraisal'), one('batch'), one('estate'), one('order'), json((await person(browser, { login: 'bank' })).api, 'records?kind=carbon_account&limit=1').then(({ items }) => items[0].id),
]);
const SCREENS = [
  [null, true, ['/public', '/public/shop', '/public/list_entry', `/door/${house}`, '/league', '/poster', '/design']],
  ['resident', true, ['/services', '/book', '/money', '/mine', `/ledger/carbon/member/${account}`, `/ballot/${vote}`, `/ballot/${election}`, `/appraisal/${appraisal}`]],
  ['worker', true, ['/work', '/work/registers', '/work/duty']],
  ['judge', true, ['/work', `/work/judge/${contest}`]],
  ['clerk', false, ['/desk/front', '/desk/present', '/desk/day', `/desk/r/${batch}`, `/desk/r/${estate}`, `/desk/appraisal/${appraisal}`, '/desk/import', '/desk/labels', '/desk/league', `/desk/ballot/${vote}`, `/desk/ballot/${constituency}`]],
  ['leader', false, [`/desk/scores/${contest}`, `/desk/scores/${skills}`, '/board/scores', '/command']],
  ['commander', true, ['/command', '/command/new', `/command/${order}`, `/desk/scores/${skills}`]],
  ['admin', false, ['/admin/duty', '/admin/schedules', '/admin/channels', '/admin/payments', '/admin/packs/estate']],
  ['admin', true, ['/admin/orgs', '/admin/accounts', '/admin/audit', '/admin/packs']],
];

for (const [login, phone, paths] of SCREENS) {
  const { page, context, complaints } = await person(browser, { login: login ?? undefined, phone });
  const size = page.viewportSize();
  for (const path of paths) {
    await step(`${login ?? 'anybody'} ${path}`, async () => {
      await checkRules(page, path, size);
      check(!/^$|[a-z]\.[a-z]/i.test(await page.title()), `  ${path}: its title is a word`, await page.title());
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

await step('a round is walked on the phone: what is seen is a line of its log', async () => {
  const { page, api: worker, context } = await person(browser, { login: 'worker', phone: true });
  const [round] = (await json(worker, 'records?kind=round&state=walking&limit=1')).items;
  await page.goto(`${BASE}/work/m/${round.id}`);
  await page.locator('[data-add=finding]').click();
  await page.locator('[data-field=what] textarea, [data-field=what] input').first().fill('雨篷布破了一角');
  await page.getByRole('button', { name: '添加', exact: true }).click();
  await page.locator('[data-children] .child', { hasText: '雨篷布破了一角' }).waitFor();
  await page.getByRole('button', { name: '雨篷布破了一角' }).click();
  await page.waitForURL((url) => url.pathname.startsWith('/work/m/') && !url.pathname.endsWith(round.id));
  await context.close();
});

const NONE = '01a00000-0000-7000-8000-000000000000';
const NOWHERE = [
  ['clerk', '/desk/new?kind=nope', '没有类型“nope”'],
  ['clerk', '/desk/?area=999', '没有区域 999'],
  ['clerk', '/desk/league?measure=nope', '没有指标“nope”'],
  ['clerk', `/desk/ballot/${NONE}`, '没有这个事项'],
  ['resident', '/public/nope', '没有公开这一类'],
  ['resident', `/m/${NONE}`, '没有这个事项'],
  ['worker', `/work/judge/${NONE}`, '没有这个事项'],
  ['commander', `/command/${NONE}`, '没有这个事项'],
];
await step('an address of what there is not says so, and shows the way back', async () => {
  for (const [login, path, words] of NOWHERE) {
    const { page, context } = await person(browser, { login });
    await page.goto(BASE + path);
    await page.getByText(words).first().waitFor();
    check(!(await page.getByText('请看各字段的说明').count()), `  ${path}: by its reason`);
    check(!(await page.getByRole('button', { name: '再试一次' }).count()), `  ${path}: asks for nothing that cannot help`);
    if (!path.startsWith('/public')) {
      await page.getByRole('link', { name: '回到首页' }).first().click();
      check(['/', '/desk/', '/work/', '/command/'].includes(new URL(page.url()).pathname), `  ${path}: and leads back`, page.url());
    }
    await context.close();
  }
});

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
