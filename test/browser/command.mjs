// Palm command with several phones at once: one touch, all ring, each makes its steps, all see the thread, live.
import { ownServer } from './own.mjs';

const server = await ownServer();
process.env.BASE_URL = server.base;
const { BASE, check, gridPoint, json, noSideScroll, person, photo, post, start, step } = await import('./lib.mjs');
const { browser, stop } = await start();
const at = await gridPoint(browser);
const orders = async (api) => (await json(api, 'records?kind=order')).items;
const [clerk, commander, worker, dept] = await Promise.all([
  person(browser, { login: 'clerk' }),
  person(browser, { login: 'commander' }),
  person(browser, { login: 'worker', phone: true, at }),
  person(browser, { login: 'dept', phone: true, at: { lng: at.lng + 0.002, lat: at.lat } }),
]);
const crack = await post(clerk.api, 'records', {
  kind: 'incident',
  place: { lng: at.lng, lat: at.lat },
  fields: { description: '高铁施工致房屋墙面裂缝', category: '0705' },
});
const { page } = commander;
const unit = (name) => page.locator(`[data-unit="${name}"]`);
const RAILWAY = '铁路轨道交通建设管理中心';
let id = '';

await step('the phones are at work', async () => {
  await Promise.all([worker, dept].map(async (one) => {
    await one.page.goto(`${BASE}/work`);
    await one.page.locator('.banner', { hasText: '在线' }).waitFor();
  }));
});
await step('from the desk one touch leads to the order, with everything proposed', async () => {
  await page.goto(`${BASE}/desk/r/${crack.id}?view=all`);
  await page.locator('[data-act=order]').click();
  await page.locator('[data-role=co] li', { hasText: RAILWAY }).waitFor();
  check((await page.locator('textarea[name=what]').inputValue()).includes('裂缝'), 'what it is');
  check((await page.locator('[data-role=lead]').innerText()).includes('樟潭街道'), 'who leads');
  check((await page.locator('[data-shown=area]').innerText()).includes('临江'), 'where it is');
});
await step('the big button gives it, and every phone rings', async () => {
  const rung = Promise.all([worker, dept].map((one) => one.page.getByRole('alertdialog').waitFor()));
  await page.locator('[data-act=give]').click();
  await page.waitForURL(/\/command\/[0-9a-f-]{36}$/);
  id = page.url().split('/').pop();
  await rung;
  check((await orders(commander.api)).length === 1, 'it was given once');
});
await step('one touch acknowledges, and the commander sees it without doing anything', async () => {
  await dept.page.getByRole('alertdialog').locator('[data-move=acknowledge]').click();
  await unit(RAILWAY).locator('[data-step=acknowledge][data-on=true]').waitFor();
  await worker.page.getByRole('alertdialog').locator('[data-move=acknowledge]').click();
  await unit('陈丽华').locator('[data-step=acknowledge][data-on=true]').waitFor();
  check((await page.locator('[data-shown=state]').innerText()) === '待签收', 'the order waits for its lead');
});
await step('set out and arrived are one big button after the other, without a network too, the place included', async () => {
  await dept.page.locator('.thumb [data-move=set_out]').waitFor();
  await dept.context.setOffline(true);
  for (const name of ['set_out', 'arrive']) await dept.page.locator(`.thumb [data-move=${name}]`).click();
  await dept.page.locator('.banner', { hasText: '2' }).waitFor();
  await dept.context.setOffline(false);
  for (const name of ['set_out', 'arrive']) await unit(RAILWAY).locator(`[data-step=${name}][data-on=true]`).waitFor();
  const { parties } = await json(commander.api, `records/${id}`);
  const seen = parties.find((one) => one.name === RAILWAY);
  check(Math.abs(seen.lng - at.lng - 0.002) < 1e-5, 'where it is', JSON.stringify(seen));
  check(await noSideScroll(dept.page), 'it fits the phone');
});
await step('what one says, all see: words, a photo, a place', async () => {
  await dept.page.goto(`${BASE}/command/${id}`);
  await dept.page.locator('textarea[name=say]').fill('裂缝宽 3 毫米');
  await dept.page.getByRole('button', { name: '照片或语音' }).click();
  await dept.page.setInputFiles('.say input[type=file]', photo('crack.png', 90));
  await dept.page.getByRole('button', { name: '我的位置' }).click();
  await dept.page.getByText('已取得位置').waitFor();
  await dept.page.getByRole('button', { name: '发送' }).click();
  const said = page.locator('[data-verb=say]', { hasText: '裂缝宽 3 毫米' });
  await said.waitFor();
  await said.locator('.strip img').waitFor();
  await said.getByRole('button', { name: '在地图上看' }).waitFor();
  await page.locator('textarea[name=say]').fill('注意安全');
  await page.locator('textarea[name=say]').press('Enter');
  await dept.page.locator('[data-verb=say]', { hasText: '注意安全' }).waitFor();
  check(await noSideScroll(dept.page), 'it fits the phone');
});
await step('the commander excuses one; its phone offers nothing more', async () => {
  await page.locator('[data-move=excuse]').click();
  const form = page.locator('form.move');
  await form.getByRole('radio', { name: RAILWAY }).click();
  await form.locator('textarea[name=note]').fill('另有任务');
  await form.locator('button[type=submit]').click();
  await page.locator(`.excused[data-unit="${RAILWAY}"]`).waitFor();
  const refused = await dept.api.post(`${BASE}/api/v1/records/${id}/finish`, { data: { note: '好了' }, headers: { 'X-Wangge': '1' } });
  check(refused.status() === 403, 'nor may it act', String(refused.status()));
});
await step('an order of the day goes to paper', async () => {
  await page.emulateMedia({ media: 'print' });
  check(await page.locator('[data-part=head] h1').isVisible(), 'what it was');
  check(await unit(RAILWAY).isVisible() && !(await page.locator('.say').isVisible()), 'who did what, and nothing to press');
  await page.emulateMedia({ media: 'screen' });
});
await step('nobody to add is said where one is chosen; a double press is one', async () => {
  await page.goto(`${BASE}/command/${id}`);
  await page.locator('[data-move=add_units]').click();
  const form = page.locator('form.move');
  await form.locator('button[type=submit]').click();
  await form.locator('.field-error', { hasText: '协同单位' }).waitFor();
  await form.getByRole('button', { name: '取消' }).click();
  // What a press has sent is gone, and another button stands in its place before the second press comes.
  const pressed = await page.evaluate(() => {
    const put = (move) => Object.assign(document.createElement('button'), { onclick: () => window.pressed.push(move) });
    window.pressed = [];
    const [first, second] = [put('first'), put('second')];
    first.dataset.move = 'first';
    document.body.append(first, second);
    first.dispatchEvent(new MouseEvent('click', { bubbles: true, detail: 1 }));
    first.remove();
    second.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true, detail: 2 }));
    second.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true, detail: 1 }));
    second.remove();
    return window.pressed.join();
  });
  check(pressed === 'first,second', 'only a press of its own counts', pressed);
});
await step('from the board a touch of the map gives one', async () => {
  await page.goto(`${BASE}/board`);
  await page.locator('[data-act=order]').click();
  await page.locator('.map canvas').first().waitFor();
  const box = await page.locator('section.map').boundingBox();
  await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
  await page.waitForURL(/\/command\/new\?lng=/);
});
check([commander, worker, dept].every((one) => one.complaints.length === 0), 'nothing broke', [commander, worker, dept].flatMap((one) => one.complaints).join('; '));
await stop();
await server.kill();
server.remove();
