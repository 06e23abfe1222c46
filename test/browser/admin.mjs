// The administrator at work: grids split, merged and withdrawn on the map.
import { createServer } from 'node:http';
import { BASE, check, json, noSideScroll, person, post, start, step } from './lib.mjs';

const { browser, stop } = await start();
const admin = await person(browser, { login: 'admin' });
const { page, api } = admin;
const shot = async (name) => process.env.SHOTS && page.screenshot({ path: `${process.env.SHOTS}/${name}.png` });
const GRID = '330803002001001';
const canvas = page.locator('.canvas');
/** Clicks at a share of the map's width and height. */
async function at(x, y, how = 'click') {
  const box = await canvas.boundingBox();
  await page.mouse.move(box.x + box.width * x - 3, box.y + box.height * y);
  await page.mouse.move(box.x + box.width * x, box.y + box.height * y);
  await page.mouse[how](box.x + box.width * x, box.y + box.height * y);
}
const openGrid = async (code) => {
  await page.goto(`${BASE}/admin/areas?in=${code.slice(0, 12)}&area=${code}`);
  await page.locator('.chosen').waitFor();
  await page.locator('.canvas canvas').first().waitFor();
};
const before = (await json(api, `areas?parent=${GRID.slice(0, 12)}`)).items;

await step('a grid is split along a line, from tomorrow on', async () => {
  await openGrid(GRID);
  await shot('areas');
  await page.getByRole('button', { name: '分割', exact: true }).click();
  await page.getByText('画一条线穿过网格').waitFor();
  await page.waitForTimeout(300);
  await at(0.02, 0.5);
  await at(0.98, 0.52, 'dblclick');
  await page.locator('.preview').waitFor();
  check((await page.locator('.part').count()) === 2, 'both parts can be named');
  await page.locator('[name=name-1]').fill('东片网格');
  await page.getByLabel('从这一天零时起').first().check();
  await page.getByRole('button', { name: '定下来' }).click();
  check((await page.locator('[name=why][aria-invalid=true]').count()) === 1, 'a reason is asked for');
  await page.locator('[name=why]').fill('网格调整方案 1 号');
  await page.locator('.preview', { hasText: '东片网格' }).waitFor();
  await shot('split');
  await page.getByRole('button', { name: '定下来' }).dblclick();
  await page.getByText('已定下').waitFor();
  await page.locator('.one', { hasText: '东片网格' }).waitFor();
  const now = (await json(api, `areas?parent=${GRID.slice(0, 12)}`)).items;
  check(now.length === before.length, 'today nothing is different');
  check((await json(api, 'areas/changes')).items.length === 1, 'two presses are one change');
});

await step('the map shows the day that is asked for', async () => {
  const day = await page.locator('.bar input[type=date]').inputValue();
  const later = new Date(Date.parse(day) + 2 * 86_400_000).toISOString().slice(0, 10);
  const shown = page.waitForResponse((answer) => answer.url().includes('level=grid') && answer.url().includes(later));
  await page.locator('.bar input[type=date]').fill(later);
  const names = (await (await shown).json()).features.map((one) => one.properties.name);
  check(names.includes('东片网格'), 'then there is the new grid', names.join());
});

await step('what is to come is withdrawn', async () => {
  await page.getByRole('button', { name: '变更记录' }).click();
  await page.locator('.change', { hasText: '网格调整方案' }).getByRole('button', { name: '撤回' }).click();
  await shot('changes');
  await page.locator('.asking').getByRole('button', { name: '撤回' }).click();
  await page.locator('.change.withdrawn').waitFor();
  const all = (await json(api, `areas?parent=${GRID.slice(0, 12)}&ever=1`)).items;
  check(all.length === before.length, 'and there will be no new grid');
});

await step('a line beside the grid is refused in words; two grids become one at once', async () => {
  await openGrid(GRID);
  await page.getByRole('button', { name: '分割', exact: true }).click();
  await page.waitForTimeout(300);
  await at(0.03, 0.8);
  await at(0.08, 0.85, 'dblclick');
  await page.locator('.refused', { hasText: '没有把' }).waitFor();
  await page.getByRole('button', { name: '取消' }).click();
  await page.getByRole('button', { name: '合并', exact: true }).click();
  await page.waitForTimeout(200);
  await at(0.63, 0.72);
  await page.locator('.preview', { hasText: '终止' }).waitFor();
  await page.locator('[name=name-0]').fill('南片网格');
  await page.locator('[name=why]').fill('两格并一格');
  await page.locator('.preview', { hasText: '南片网格' }).waitFor();
  await shot('merge');
  const inside = await json(api, `areas/${GRID}`);
  await page.getByRole('button', { name: '现在生效' }).click();
  await page.locator('.one', { hasText: '南片网格' }).waitFor();
  const after = (await json(api, `areas?parent=${GRID.slice(0, 12)}`)).items;
  check(after.length === before.length - 1, 'one grid less');
  const { area, ancestors } = await json(api, `areas/locate?lng=${inside.lng}&lat=${inside.lat}`);
  check([area, ...ancestors].some((one) => one.name === '南片网格'), 'and who stands there stands in the new one');
  await page.goto(`${BASE}/admin/audit`);
  await page.locator('tr', { hasText: '两格并一格' }).waitFor();
});

await step('people come from a list: what is wrong is said at its row', async () => {
  const mark = Date.now().toString(36);
  await page.goto(`${BASE}/admin/accounts`);
  await page.getByRole('button', { name: '批量导入' }).click();
  const cells = (...rows) => rows.map((row) => row.join('\t')).join('\n');
  await page.locator('[name=csv]').fill(
    cells(
      ['login', 'name', 'role', 'area'],
      [`a.${mark}`, `甲${mark}`, '网格员', '330803001001001'],
      [`b.${mark}`, `乙${mark}`, '', ''],
      [`c.${mark}`, `丙${mark}`, '皇帝', '330803'],
    ),
  );
  await page.getByRole('button', { name: '先看一看' }).click();
  await page.locator('tr.wrong', { hasText: '皇帝' }).waitFor();
  check((await page.locator('tr.new').count()) === 2, 'two can be taken');
  await shot('import');
  await page.getByRole('button', { name: '导入无误的 2 行' }).dblclick();
  await page.getByText('已导入').waitFor();
  const found = (await json(api, `accounts/all?q=${mark}`)).items;
  check(found.length === 2 && found.some((one) => one.posts[0]?.role === 'grid_worker'), 'and are there, once', JSON.stringify(found));
});

await step('organisations stand as a tree, by name, and are found by their place', async () => {
  const mark = Date.now().toString(36);
  const made = await post(api, 'orgs', { name: `路灯所${mark}`, area: GRID.slice(0, 9) });
  await page.goto(`${BASE}/admin/orgs`);
  const org = page.locator('.tree [data-org]');
  await org.first().waitFor();
  check(/衢江区\s*330803/.test(await org.first().innerText()), 'an area by its name, the code beside', await org.first().innerText());
  const rows = await org.count();
  await page.getByRole('button', { name: /^浮石街道/ }).press('Enter');
  await page.locator(`[data-org="${made.id}"]`).waitFor();
  check((await org.count()) > rows, 'what stands below a township opens');
  await page.getByRole('searchbox').fill(`所${mark}`);
  await page.locator('.tree li').nth(2).waitFor();
  check((await org.allInnerTexts()).length === 3, 'what is found, and below whom', (await org.allInnerTexts()).join());
  await page.getByRole('searchbox').fill('没有这样的');
  await page.getByText('没有找到，换个词试试').waitFor();
  await shot('orgs');
});

await step('accounts are listed by the role they hold', async () => {
  await page.goto(`${BASE}/admin/accounts`);
  await page.locator('[name=held]').selectOption('verifier');
  await page.waitForResponse((answer) => answer.url().includes('role=verifier'));
  const posts = page.locator('tbody tr td:nth-child(3)');
  await posts.first().filter({ hasText: '核查员' }).waitFor();
  check((await posts.allInnerTexts()).every((one) => one.includes('核查员')), 'nobody else is', (await posts.allInnerTexts()).join());
});

await step('somebody is dragged onto a post from tomorrow on, moved by keys at once, and nothing happens unconfirmed', async () => {
  const mark = Date.now().toString(36);
  const { id } = await post(api, 'accounts', { login: `drag.${mark}`, name: `拖${mark}`, password: 'horse battery staple' });
  const posts = async () => (await json(api, `accounts/${id}`)).all_posts.map((one) => `${one.role}@${one.area} ${one.held}`).sort().join();
  const seat = (role, area = '330803') => page.locator(`[data-seat="${role}@${area}"]`);
  await page.goto(`${BASE}/admin/accounts?by=area`);
  await page.getByRole('searchbox').fill(mark);
  const tag = page.locator(`[data-person="${id}"]`);
  await seat('clerk').waitFor();
  await tag.dragTo(seat('clerk'));
  const sure = page.locator('.confirm');
  await sure.locator('.summary', { hasText: '受理员 · 衢江区' }).waitFor();
  check((await posts()) === '', 'a drop alone gives nothing');
  await sure.getByRole('radio', { name: '从这一天零时起' }).click();
  check(/明天 00:00/.test(await sure.locator('.summary').innerText()), 'the sentence says from when', await sure.locator('.summary').innerText());
  await shot('arrange');
  await sure.getByRole('button', { name: '定下来' }).dblclick();
  await sure.waitFor({ state: 'detached' });
  check((await posts()) === 'clerk@330803 future', 'and then it is so, once', await posts());
  // The same without a pointer: pick up, walk to the seat, put down, say yes.
  await page.getByRole('button', { name: '樟潭街道' }).press('Enter');
  await tag.press('Enter');
  await page.getByRole('status').filter({ hasText: '正在安排' }).waitFor();
  await page.keyboard.press('Escape');
  check(await tag.evaluate((one) => one === document.activeElement), 'who gives up stands where they began');
  await tag.press('Enter');
  await page.getByRole('button', { name: '放到 核查员 · 樟潭街道' }).press('Enter');
  await sure.getByRole('button', { name: '定下来' }).press('Enter');
  await seat('verifier', '330803001').getByRole('button', { name: `拖${mark}` }).waitFor();
  // From seat to seat is a move: the old post ends.
  await seat('verifier', '330803001').getByRole('button', { name: `拖${mark}` }).dragTo(seat('clerk', '330803001'));
  check(await sure.locator('[name=arrange-move]').isChecked(), 'who is moved leaves the old seat');
  await sure.getByRole('button', { name: '定下来' }).click();
  await sure.waitFor({ state: 'detached' });
  check((await posts()) === 'clerk@330803 future,clerk@330803001 now,verifier@330803001 ended', 'the old post ended with it', await posts());
});

await step('a day is made free', async () => {
  const next = new Date(Date.now() + 35 * 86_400_000).toISOString().slice(0, 7);
  await page.goto(`${BASE}/admin/calendar?month=${next}`);
  const day = page.locator('.day[aria-pressed=true]').last();
  const date = (await day.locator('.sr').textContent()).slice(0, 10);
  await day.click();
  await page.locator('[name=day-name]').fill('本区放假');
  await page.locator('[name=why]').fill('测试');
  await shot('calendar');
  await page.getByRole('button', { name: '定下来' }).dblclick();
  await page.getByText('已改 1 天').waitFor();
  const [kept] = (await json(api, `calendar?from=${date}&to=${date}`)).items;
  check(!kept.working && kept.name === '本区放假', 'and stays so', JSON.stringify(kept));
  await page.goBack();
  check(page.url().includes('/admin/accounts'), 'the back button goes back');
});

await step('the first page says what there is to look at', async () => {
  await page.goto(`${BASE}/admin`);
  const { findings } = await json(api, 'health?quick=1');
  const unwell = findings.filter((one) => one.verdict !== 'good');
  await page.locator('.today li').first().waitFor();
  check((await page.locator('.today li').count()) === unwell.length, 'all that is not well', String(unwell.length));
  check(/从未备份/.test(await page.locator('.today').innerText()), 'and that there is no backup');
});

await step('a backup is made, and the page says so', async () => {
  await page.goto(`${BASE}/admin/health`);
  await page.locator('.findings li').first().waitFor();
  await page.getByRole('button', { name: '现在备份' }).click();
  await page.getByText('备份完成').waitFor();
  await page.locator('.backup code', { hasText: 'wangge-' }).first().waitFor();
  await shot('health');
});

/** A chat group's robot, as far as we see of it. */
const robot = { got: [], answer: '{"errcode":310000,"errmsg":"sign not match"}' };
const group = createServer((request, answer) => {
  let body = '';
  request.on('data', (part) => (body += part));
  request.on('end', () => {
    robot.got.push(JSON.parse(body).text.content);
    answer.end(robot.answer);
  });
});
await new Promise((done) => group.listen(0, '127.0.0.1', done));

await step('a robot is added, tried, and says why it refuses', async () => {
  await page.goto(`${BASE}/admin/channels`);
  await page.getByRole('button', { name: '添加渠道' }).click();
  await page.getByRole('button', { name: /钉钉群机器人/ }).click();
  await page.locator('[name=title]').fill('值班群');
  await page.locator('[name=url]').fill('https://10.0.0.1/robot');
  await page.getByRole('button', { name: '保存' }).click();
  await page.locator('.field-error', { hasText: '内网' }).waitFor();
  await shot('channel-refused');
  await page.locator('[name=url]').fill('https://');
  await page.locator('.field-error').waitFor({ state: 'detached' }); // what was said holds until it is changed
  await page.locator('[name=url]').fill(`http://127.0.0.1:${group.address().port}/robot/send?access_token=T`);
  await page.locator('[name=secret]').fill('SEC123');
  await shot('channel-form');
  await page.getByRole('button', { name: '保存' }).click();
  const card = page.getByRole('article', { name: '值班群' });
  await card.getByRole('button', { name: '给我发一条' }).click();
  await card.getByText('钉钉安全设置不符').first().waitFor();
  check(!(await page.content()).includes('access_token'), 'its address is not shown');
  robot.answer = '{"errcode":0,"errmsg":"ok"}';
  await card.getByRole('button', { name: '再发一次' }).click();
  await card.locator('.sent').waitFor();
  check(robot.got.length === 2 && robot.got[0] === robot.got[1] && robot.got[0].includes('测试'), 'the group was told', robot.got.join('; '));
  await shot('channels');
  await card.getByRole('button', { name: '停用' }).click();
  await card.getByText('已停用').waitFor();
  check(await card.getByRole('button', { name: '给我发一条' }).isDisabled(), 'one that is off is not tried');
});

await step('how one is told is chosen in the account', async () => {
  await page.getByRole('button', { name: '添加渠道' }).click();
  await page.getByRole('button', { name: /浏览器通知/ }).click();
  await page.locator('[name=sender]').fill('mailto:wg@example.cn');
  await page.getByRole('button', { name: '保存' }).click();
  await page.getByRole('article', { name: '浏览器通知' }).waitFor();
  await page.locator('.menu > button').click();
  await page.getByRole('button', { name: '提醒方式' }).click();
  await page.getByRole('checkbox', { name: '有人提到我，通知' }).uncheck();
  await page.getByRole('checkbox', { name: '静默时段' }).check();
  await page.getByLabel('静默开始').fill('23:00');
  await page.locator('.reach').getByText('总会送达').waitFor();
  await shot('reach');
  await page.locator('.reach').getByRole('button', { name: '保存' }).click();
  await page.getByText('提醒方式已保存').waitFor();
  const kept = await json(api, 'reach');
  check(kept.quiet_from === '23:00' && kept.quiet_to === '07:00', 'quiet hours are kept');
  check(!kept.wants.includes('mention:push') && kept.wants.includes('notify:push'), 'so are the choices', kept.wants.join());
});
group.close();

// --- a pack is changed in the browser ---

const code = page.locator('.code .cm-content');
/** Types a line below the one that has `text`. */
async function typeBelow(text, line) {
  await code.locator('.cm-line', { hasText: text }).first().click();
  await page.keyboard.press('End');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Home');
  await page.keyboard.press('Shift+End');
  await page.keyboard.type(line);
}
/** The version of that number begins, now or at once again. */
async function begin(number, button, why) {
  await page.locator('.line > li', { hasText: number }).getByRole('button', { name: button }).click();
  await page.locator('.switch [name=why]').fill(why);
  await page.locator('.switch button[type=submit]').click();
}
const fields = async () => (await json(api, 'kinds/incident')).schema.properties;

await step('a draft says where it is wrong, survives a reload, and is mended', async () => {
  await page.goto(`${BASE}/admin/packs`);
  await page.getByRole('link', { name: '事件闭环' }).click();
  await page.locator('.well').waitFor();
  await page.evaluate(() => {
    window.broken = [];
    document.addEventListener('securitypolicyviolation', (e) => window.broken.push(e.violatedDirective));
  });
  await code.click();
  await page.keyboard.press('Control+f');
  await page.locator('.cm-search [name=search]').fill('曾超期');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Escape');
  await typeBelow('曾超期', '      hazard: {type: boool, zh: 有无危险, en: Hazard}');
  await page.locator('.finding', { hasText: '没有叫“boool”的' }).waitFor();
  await typeBelow('boool', '  [');
  await page.locator('.finding', { hasText: 'YAML 写错了：' }).waitFor();
  check((await page.locator('.finding').count()) === 1, 'of a file that cannot be read only that is said');
  await page.keyboard.press('Control+z');
  await page.locator('.finding', { hasText: '没有叫“boool”的' }).waitFor();
  check((await page.locator('.cm-lintRange-error').count()) > 0, 'it is underlined');
  await shot('pack-wrong');
  const broken = await page.evaluate(() => window.broken);
  check(!broken.length, 'the editor keeps to the policy of the page', broken.join());
  await page.reload();
  await page.locator('.finding', { hasText: 'boool' }).click();
  await page.locator('.cm-line', { hasText: 'boool' }).waitFor();
  await page.keyboard.press('Home');
  await page.keyboard.press('Shift+End');
  await page.keyboard.type('hazard: {type: bool, zh: 有无危险, en: Hazard}'); // the first Home goes behind the blanks
  await page.locator('.changes li', { hasText: '新增字段“有无危险”' }).waitFor();
});

await step('what it changes is compared and rehearsed, then kept', async () => {
  await page.getByRole('tab', { name: '对照' }).click();
  await page.locator('.diff .cm-changedLine', { hasText: '有无危险' }).waitFor();
  await page.getByRole('tab', { name: '排练' }).click();
  await page.getByRole('button', { name: '排练一遍' }).click();
  await page.locator('.played').first().waitFor({ timeout: 90_000 });
  check((await page.locator('.played td', { hasText: '✓' }).count()) > 5, 'figures are set beside each other');
  await shot('pack-played');
  await page.getByRole('tab', { name: '编辑' }).click();
  await page.locator('.well').waitFor();
  await page.locator('[name=note]').fill('问一问有没有危险');
  await page.getByRole('button', { name: '存成一版' }).click();
  await page.getByText('已存成第 1 版').waitFor();
});

await step('it begins, people see it, and it is taken back', async () => {
  check(!('hazard' in (await fields())), 'saved is not in force');
  await begin('第 1 版', '启用', '试一个月');
  await page.locator('li.holds', { hasText: '第 1 版' }).waitFor();
  check((await fields()).hazard?.['x-title'].zh === '有无危险', 'forms have the new field');
  await shot('pack-versions');
  await begin('随程序提供的一版', '回到这一版', '用不上');
  await page.locator('li.holds', { hasText: '随程序提供' }).waitFor();
  check(!('hazard' in (await fields())), 'and have it no more');
});

await step('the same on a phone', async () => {
  const phone = await person(browser, { login: 'admin', phone: true });
  await phone.page.goto(`${BASE}/admin/areas?in=${GRID.slice(0, 12)}`);
  await phone.page.locator('.one').first().tap();
  await phone.page.locator('.chosen').waitFor();
  check(await noSideScroll(phone.page), 'it fits');
  if (process.env.SHOTS) await phone.page.screenshot({ path: `${process.env.SHOTS}/phone.png` });
  for (const at of ['accounts', 'calendar', 'channels', 'health']) {
    await phone.page.goto(`${BASE}/admin/${at}`);
    await phone.page.locator('h1').waitFor();
    await phone.page.waitForTimeout(300);
    check(await noSideScroll(phone.page), `${at} fits`);
    if (process.env.SHOTS) await phone.page.screenshot({ path: `${process.env.SHOTS}/phone-${at}.png` });
  }
  await phone.page.evaluate(() => {
    localStorage.setItem('wangge.language', 'en');
    localStorage.setItem('wangge.size', 'larger');
  });
  await phone.page.goto(`${BASE}/admin/duty`);
  await phone.page.getByRole('heading', { name: 'Duty roster' }).waitFor();
  await phone.page.waitForTimeout(300);
  const here = await phone.page.locator('nav [aria-current]').boundingBox();
  check(here.x >= 0 && here.x + here.width <= 361, 'in large English, too, one sees which page this is', JSON.stringify(here));
  await phone.context.close();
});
check(admin.complaints.length === 0, 'nothing broke', admin.complaints.join('; '));
await stop();
