// For everybody: axe-core's rules of WCAG 2.2 AA on every screen in both themes, the main flows by keyboard alone,
// 400 % zoom (320 CSS pixels), no motion for those who want none, and a first load that is light.
import { gzipSync } from 'node:zlib';
import { BASE, check, gridPoint, json, noSideScroll, person, post, settled, start, step } from './lib.mjs';
import { checkRules, focused, tabTo, tree } from './reach.mjs';

const FIRST_LOAD = 150 * 1024;
const { browser, stop } = await start();
const at = await gridPoint(browser);
const clerk = await person(browser, { login: 'clerk' });
const mark = Date.now().toString(36);
const place = { lng: at.lng, lat: at.lat };
const worker = await person(browser, { login: 'worker' });
const me = await json(worker.api, 'me');
/** A matter at the desk, whatever ran before. */
const raise = (words) => post(clerk.api, 'records', { kind: 'incident', place, fields: { description: words, category: '0102', level: 'easy' } });
const record = await raise(`各屏都看得到 ${mark}`);

const SCREENS = [
  [null, true, ['/', '/report', '/report?place=', '/mine', '/poster', '/sign-in', '/sign-in?new=1', `/m/${record.id}`]],
  ['resident', true, ['/', '/mine']],
  ['worker', true, ['/work', '/work/report', '/work/outbox', '/work/map', `/work/m/${record.id}`, `/work/area/${at.area}`]],
  ['clerk', false, ['/desk', `/desk/r/${record.id}`, '/desk/new', '/desk/templates']],
  ['leader', false, ['/board', '/command', '/command/new']],
  ['admin', false, ['/admin', '/admin/accounts', '/admin/accounts?by=area', '/admin/orgs', '/admin/areas', '/admin/calendar', '/admin/packs', '/admin/audit', '/admin/audit?of=sign_ins', '/admin/health']],
  [null, false, ['/design']],
];

/** Lines and letters further apart, as some need them (WCAG 1.4.12). */
const spread = (page) =>
  page.evaluate(() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync('* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important } p { margin-bottom: 2em !important }');
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  });
/** Controls whose words are cut off. */
const cut = (page) =>
  page.evaluate(() =>
    [...document.querySelectorAll('main button, main .btn, main .chip, main h1, main h2, main label, nav a')]
      .filter((one) => !one.closest('.sr'))
      .filter((one) => getComputedStyle(one).overflow !== 'visible' && one.scrollWidth > one.clientWidth + 1)
      .map((one) => `${one.className}: ${one.textContent.trim().slice(0, 20)}`),
  );

for (const [login, phone, paths] of SCREENS) {
  const { page, context } = await person(browser, { login: login ?? undefined, phone, at });
  const size = page.viewportSize();
  // A wall's map may be moved in both directions.
  const narrow = async (path, what) => {
    if (path !== '/board') check(await noSideScroll(page), `  ${path}: ${what}`);
  };
  for (const path of paths) {
    await step(`${login ?? 'anybody'} ${path}`, async () => {
      await checkRules(page, path, size);
      // 400 % on a desk's screen.
      await page.setViewportSize({ width: 320, height: 512 });
      await page.waitForTimeout(100);
      await narrow(path, '320 pixels wide');
      await page.setViewportSize(size);
      await page.evaluate(() => (document.documentElement.dataset.size = 'larger'));
      await narrow(path, 'the largest type');
      await page.evaluate(() => (document.documentElement.dataset.size = 'normal'));
      await spread(page);
      await narrow(path, 'letters and lines spread');
      const words = await cut(page);
      check(words.length === 0, `  ${path}: and no word is cut off`, words.join('; '));
    });
  }
  await context.close();
}

await step("the desk's main flow by keyboard alone: find, accept, dispatch", async () => {
  const { id } = await raise(`键盘立案 ${mark}`);
  const { page, context } = await person(browser, { login: 'clerk' });
  await page.goto(`${BASE}/desk/r/${id}?view=all`);
  await page.locator('[data-move=accept]').waitFor();
  await tabTo(page, '[data-move=accept]', { most: 120 });
  await page.keyboard.press('Enter');
  await page.locator('form.move').waitFor();
  check(/form "立案"/.test(await tree(page, '.detail')), 'the form says which move it makes');
  await page.keyboard.press('Escape');
  await page.locator('form.move').waitFor({ state: 'detached' });
  check((await page.evaluate(() => document.activeElement?.tagName)) !== 'BODY', 'who gives up does not fall out of the page');
  await tabTo(page, '[data-move=accept]', { most: 120 });
  await page.keyboard.press('Enter');
  await tabTo(page, 'form.move button[type=submit]', { most: 40 });
  await page.keyboard.press('Enter');
  await page.getByRole('status').filter({ hasText: '立案' }).first().waitFor();
  await page.locator('.head .state', { hasText: '已立案' }).waitFor();
  check((await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))) === '可以做的', 'the focus stays where the next move is', await page.evaluate(() => document.activeElement?.outerHTML.slice(0, 120)));
  await tabTo(page, '[data-move=dispatch]', { most: 10 });
  await page.keyboard.press('Enter');
  await page.locator('form.move .picker .btn', { hasNotText: '选择人员' }).first().waitFor();
  await tabTo(page, 'form.move button[type=submit]', { most: 40 });
  await page.keyboard.press('Enter');
  await page.locator('.head .state', { hasText: '已派遣' }).waitFor();
  const now = await json(clerk.api, `records/${id}`);
  check(now.state === 'dispatched', 'dispatched');
  // It rings with whoever got it: not in the next walk.
  if (now.parties?.some((one) => one.account === me.id || one.name === me.name)) await post(worker.api, `records/${id}/acknowledge`, {});
  await context.close();
});

await step('an order heard and answered by keyboard alone', async () => {
  const { page, context } = await person(browser, { login: 'worker', phone: true, at });
  await page.goto(`${BASE}/work`);
  await page.locator('.tabs').waitFor();
  const { id } = await raise(`键盘签收 ${mark}`);
  await post(clerk.api, `records/${id}/accept`, { fields: { category: '0102', level: 'easy' } });
  await post(clerk.api, `records/${id}/dispatch`, { parties: [{ role: 'lead', account: me.id }] });
  const alarm = page.getByRole('alertdialog');
  await alarm.waitFor();
  await page.locator('.answer[data-move=acknowledge]').waitFor();
  const read = await tree(page, '.alarm');
  check(/alertdialog "正在响铃"/.test(read) && /button "签收"/.test(read), 'it says what it is', read);
  check(await page.evaluate(() => [...document.querySelectorAll('header, main, .tabs')].every((one) => one.closest('[inert]'))), 'behind it nothing is read or reached');
  check(await page.locator('.answer').evaluate((one) => one === document.activeElement), 'the focus is on the one button');
  await page.keyboard.press('Enter');
  await alarm.waitFor({ state: 'detached' });
  await page.waitForURL(new RegExp(id));
  await page.locator('form.move textarea[name=note]').waitFor();
  await tabTo(page, 'form.move textarea[name=note]', { most: 60 });
  await page.keyboard.type('灯泡已更换');
  await tabTo(page, 'form.move button[type=submit]', { most: 30 });
  await page.keyboard.press('Enter');
  for (let n = 0; n < 60 && (await json(clerk.api, `records/${id}`)).state !== 'answered'; n++) await page.waitForTimeout(200);
  check((await json(clerk.api, `records/${id}`)).state === 'answered', 'answered');
  await context.close();
});

await step('the administrator gives a post by keyboard alone', async () => {
  const { page, context, api } = await person(browser, { login: 'admin' });
  const { id } = await post(api, 'accounts', { login: `keys.${mark}`, name: `键${mark}`, password: 'horse battery staple' });
  await page.goto(`${BASE}/admin/accounts`);
  await page.getByRole('searchbox').waitFor();
  check(/账号/.test(await page.title()), 'the page has its name in the title', await page.title());
  await tabTo(page, 'input[type=search]');
  await page.keyboard.type(mark);
  await page.getByRole('button', { name: `管理 键${mark}` }).waitFor();
  await tabTo(page, '.open', { words: `键${mark}` });
  await page.keyboard.press('Enter');
  await page.locator('tr.detail').getByText('目前没有岗位').waitFor();
  await tabTo(page, '.detail .btn', { words: '添加岗位' });
  await page.keyboard.press('Enter');
  await tabTo(page, 'select[name=role]');
  for (let n = 0; n < 12 && (await page.locator('select[name=role]').inputValue()) !== 'clerk'; n++) await page.keyboard.press('ArrowDown');
  await tabTo(page, '.picker > button', { words: '区域' });
  await page.keyboard.press('Enter');
  await page.locator('.picker .chip').waitFor();
  await tabTo(page, '.picker .chip');
  await page.keyboard.press('Enter');
  check(await page.locator('.picker > button').first().evaluate((one) => one === document.activeElement), 'a picker gives the focus back');
  await tabTo(page, 'form button[type=submit]', { most: 20 });
  await page.keyboard.press('Enter');
  await page.getByRole('status').filter({ hasText: '岗位已添加' }).waitFor();
  check((await json(api, `accounts/${id}`)).posts[0]?.role === 'clerk', 'and holds it');
  await page.locator('header .menu button').first().press('Enter');
  await page.locator('.menu .panel').waitFor();
  await tabTo(page, '.panel .chip');
  await page.keyboard.press('Escape');
  check(await page.locator('header .menu button').first().evaluate((one) => one === document.activeElement), 'so does the menu');
  await context.close();
});

await step('at 200 % everything can still be done', async () => {
  const { id } = await raise(`放大办理 ${mark}`);
  const { page, context } = await person(browser, { login: 'clerk' });
  await page.setViewportSize({ width: 720, height: 450 });
  await page.goto(`${BASE}/desk`);
  await page.locator('[role=option], [role=row], .row').first().waitFor();
  check(await noSideScroll(page), 'nothing is beside the screen');
  await page.goto(`${BASE}/desk/r/${id}?view=all`);
  await page.locator('[data-move=accept]').click();
  await page.locator('form.move button[type=submit]').click();
  await page.locator('.head .state', { hasText: '已立案' }).waitFor();
  check(await noSideScroll(page), 'nor beside the record');
  await context.close();
});

await step('colours of the reader\'s own leave marks and edges', async () => {
  const { page, context } = await person(browser, { phone: true });
  await page.emulateMedia({ forcedColors: 'active' });
  await page.goto(BASE);
  await page.locator('.home').waitFor();
  const [tab, start] = await page.evaluate(() => [
    getComputedStyle(document.querySelector('.tab[aria-current]')).outlineStyle,
    getComputedStyle(document.querySelector('.start .photo')).borderTopWidth,
  ]);
  check(tab === 'solid', 'where one is shows without a ground', tab);
  check(parseFloat(start) >= 1, 'and what to press has an edge', start);
  await context.close();
});

await step('an ended session asks on the spot, and nothing behind it can be reached', async () => {
  const { page, context } = await person(browser, { login: 'clerk' });
  await page.goto(`${BASE}/desk/r/${record.id}?view=all`);
  await page.locator('[data-move]').first().waitFor();
  await context.clearCookies();
  // It may be seen before anybody presses anything.
  await page.locator('[data-move=accept]').click({ timeout: 3000 }).catch(() => undefined);
  await page.locator('form.move button[type=submit]').click({ timeout: 3000 }).catch(() => undefined);
  const gate = page.getByRole('dialog', { name: '登录' });
  await gate.waitFor();
  check((await focused(page)).name === 'password', 'the focus is on what is asked', JSON.stringify(await focused(page)));
  check(await page.evaluate(() => Boolean(document.querySelector('.desk')?.closest('[inert]'))), 'the desk behind is not read');
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
