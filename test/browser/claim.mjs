// Reported without an account: the phone remembers it, and from there it is followed, added to and rated.
import { BASE, check, fillReport, gridPoint, json, move, noSideScroll, person, photo, post, send, start, step } from './lib.mjs';

const { browser, stop } = await start();
const at = await gridPoint(browser);
const words = `路灯不亮 ${Date.now().toString(36)}-claim`;
const [nobody, clerk, worker, verifier] = await Promise.all([
  person(browser, { phone: true, at }),
  person(browser, { login: 'clerk' }),
  person(browser, { login: 'worker' }),
  person(browser, { login: 'verifier' }),
]);
const { page } = nobody;
const addresses = [];
page.on('request', (request) => addresses.push(request.url()));
let id = '';

await step('nobody in particular reports with a photo and finds it under “mine”', async () => {
  await fillReport(page, words);
  await page.getByRole('button', { name: '提交' }).click();
  await page.getByText('已收到').waitFor();
  id = page.url().split('/').pop();
  await page.getByRole('link', { name: '查看进展' }).click();
  await page.locator('.head .state', { hasText: '已上报' }).waitFor();
  await page.goto(`${BASE}/mine`);
  await page.locator('.matter', { hasText: words }).click();
  await page.locator('.strip img').first().waitFor();
  check(await page.locator('.strip img').first().evaluate((image) => image.decode().then(() => image.naturalWidth > 0)), 'the photo is seen');
  check(await noSideScroll(page), 'the matter fits the phone');
});

await step('and adds a note and a photo', async () => {
  await move(page, 'supplement');
  await page.locator('form.move textarea[name=note]').fill('旁边一盏也不亮');
  await page.setInputFiles('form.move input[type=file]', photo('more.png', 80));
  await page.locator('form.move .strip img').waitFor();
  await send(page);
  await page.locator('.story .note', { hasText: '旁边一盏也不亮' }).waitFor();
  const record = await json(clerk.api, `records/${id}`);
  check(record.fields.photos.length === 2, 'the photos join', JSON.stringify(record.fields));
  await page.locator('.strip .one').nth(1).click();
  await page.locator('img.whole').waitFor();
});

await step('it is worked on; the phone shows each step without a reload', async () => {
  await post(clerk.api, `records/${id}/accept`, { fields: { category: '0107', level: 'easy' } });
  const { id: lead } = await json(worker.api, 'me');
  await post(clerk.api, `records/${id}/dispatch`, { parties: [{ role: 'lead', account: lead }] });
  await post(worker.api, `records/${id}/acknowledge`, {});
  await post(worker.api, `records/${id}/answer`, { note: '已更换灯泡' });
  await post(verifier.api, `records/${id}/verify`, {});
  await page.locator('.head .state', { hasText: '已结案' }).waitFor({ timeout: 30_000 });
  const story = await page.locator('.story').first().innerText();
  check(story.includes('已更换灯泡') && story.includes('我'), 'the story is told', story);
  const { name } = await json(worker.api, 'me');
  check(!(await page.locator('main').innerText()).includes(name), 'without the names of others');
});

await step('and it is rated', async () => {
  await move(page, 'rate');
  await page.getByRole('radio', { name: '5 / 5' }).click();
  await page.locator('form.move button[type=submit]').dblclick();
  await page.locator('form.move').waitFor({ state: 'detached' });
  const record = await json(clerk.api, `records/${id}`);
  check(record.fields.rating === 5, 'the rating has arrived');
  const log = await json(clerk.api, `records/${id}/log`);
  check(log.items.filter((entry) => entry.verb === 'rate').length === 1, 'once');
});

await step('the claim stands in no address, and another phone sees nothing', async () => {
  const claim = await page.evaluate(() => JSON.parse(localStorage.getItem('wangge.mine'))[0].claim);
  check(/^[0-9a-f]{32}$/.test(claim) && !addresses.some((url) => url.includes(claim)), 'no address holds it');
  const other = await person(browser, { phone: true });
  await other.page.goto(`${BASE}/m/${id}`);
  await other.page.getByText('请先登录再看这件事').waitFor();
  check(!(await other.page.locator('main').innerText()).includes(words), 'nothing is told');
  await other.context.close();
});

await step('without a signal it is shown as last seen', async () => {
  await page.goto(`${BASE}/mine`);
  await page.locator('.matter', { hasText: '已结案' }).waitFor();
  await page.route('**/api/v1/records/**', (route) => route.abort());
  await page.reload();
  await page.locator('.matter', { hasText: words }).waitFor();
  check(/已结案/.test(await page.locator('.matter').first().innerText()), 'with its last state');
  check(nobody.complaints.length === 0, 'nothing broke', nobody.complaints.join('; '));
});
await stop();
