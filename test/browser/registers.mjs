// Registers on the worker's phone: kept, found by any words, with their age, without a signal, more written below one; gone with who signs out.
import { ownServer } from './own.mjs';

const server = await ownServer();
process.env.BASE_URL = server.base;
const { BASE, check, gridPoint, json, noSideScroll, person, post, settled, start, step } = await import('./lib.mjs');
const { browser, stop } = await start();
const at = await gridPoint(browser);
const [clerk, worker] = await Promise.all([
  person(browser, { login: 'clerk' }),
  person(browser, { login: 'worker', phone: true, at, sw: 'allow' }),
]);
const { page } = worker;
const shop = (n, name) => ({
  kind: 'shop',
  place: { lng: at.lng + n * 1e-5, lat: at.lat, address: `信安路 ${n} 号` },
  fields: { name, trade: 'other', keeper_name: '王小明', phone: '13957001234' },
});
for (const [n, name] of ['老王面馆', '小李五金', '大川理发'].entries()) await post(clerk.api, 'records', shop(n + 1, name));
const search = page.locator('input[name=registers]');
const rows = page.locator('.list li');

await step('the registers of my areas are on the phone, and say how old they are', async () => {
  await page.goto(`${BASE}/work`);
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.locator('.switch a', { hasText: '台账' }).click();
  await rows.first().waitFor();
  check((await rows.count()) === 3, 'three shops', String(await rows.count()));
  check((await page.locator('main').innerText()).includes('3 条 · '), 'how many, as of when');
  check(await noSideScroll(page), 'it fits the phone');
});
await step('any words of it find one', async () => {
  await search.fill('信安路 面馆');
  await page.locator('.list li', { hasText: '老王面馆' }).waitFor();
  check((await rows.count()) === 1, 'one');
  await search.fill('王小明');
  await page.getByText('没有找到').waitFor();
});
await step('without a signal, the app opened anew: still there, and each can be read', async () => {
  await worker.context.setOffline(true);
  await page.reload();
  await search.fill('五金');
  await page.locator('.list li', { hasText: '小李五金' }).click();
  await page.getByText('信安路 2 号').waitFor();
  check(!(await page.locator('main').innerText()).includes('13957001234'), 'what is personal is masked');
  await worker.context.setOffline(false);
});
const house = await post(clerk.api, 'records', {
  kind: 'house',
  place: { lng: at.lng, lat: at.lat },
  fields: { code: 'FW-0001', where: '信安路 9 号' },
});
const stays = async () => (await json(clerk.api, `records?parent=${house.id}`)).items;
const form = page.locator('[data-adding] form');
const field = (name) => form.locator(`[data-field=${name}] input`);

await step('at a door without a signal: who lives there is written down, and waits readable in the outbox', async () => {
  await page.goto(`${BASE}/work`);
  await page.getByText('FW-0001').first().waitFor();
  await settled(page);
  await worker.context.setOffline(true);
  await page.goto(`${BASE}/work/m/${house.id}`);
  await page.locator('[data-add=stay]').click();
  await form.locator('button[type=submit]').click();
  check((await form.locator('.field-error').count()) === 2, 'what is missing is said at its field');
  await field('name').fill('王五');
  check((await form.locator('[data-field=name] .field-error').count()) === 0, 'and no more once it is there');
  await page.reload();
  await page.locator('[data-add=stay]').click();
  check((await field('name').inputValue()) === '王五', 'what was typed outlives the page');
  await field('moved_in').fill('2026-11-01');
  await field('room').fill('201');
  await form.locator('button[type=submit]').click();
  await page.locator('[data-waiting]', { hasText: '待上传' }).waitFor();
  await page.getByText('已存在手机里 1 条').waitFor();
  check((await field('name').inputValue()) === '', 'the form is free for the next');
  await page.goto(`${BASE}/work/outbox`);
  const card = page.locator('.item', { hasText: 'FW-0001' });
  await card.waitFor();
  const words = await card.innerText();
  check(words.includes('居住登记') && words.includes('王五') && words.includes('201'), 'in words', words);
  await card.getByRole('button', { name: '修改' }).click();
  await field('room').fill('202');
  await form.locator('button[type=submit]').click();
  await page.locator('[data-waiting]').waitFor();
});
await step('with the signal it is there, once', async () => {
  await worker.context.setOffline(false);
  for (let n = 0; n < 200 && (await stays()).length === 0; n++) await page.waitForTimeout(100);
  const all = await stays();
  check(all.length === 1 && all[0].fields.room === '202' && all[0].state === 'registered', 'as it was mended', JSON.stringify(all));
});
await step('whoever signs out leaves none of it', async () => {
  await page.goto(`${BASE}/work`);
  const kept = () =>
    page.evaluate(
      () =>
        new Promise((done) => {
          const request = indexedDB.open('wangge');
          request.onsuccess = () => {
            const keys = request.result.transaction('kept').objectStore('kept').getAllKeys();
            keys.onsuccess = () => (request.result.close(), done(keys.result.filter((key) => String(key).startsWith('work.registers'))));
          };
        }),
    );
  check((await kept()).length === 1, 'it was kept');
  await page.getByRole('button', { name: /显示设置/ }).click();
  await page.getByRole('button', { name: '退出' }).click();
  await page.locator('form.sign-in').waitFor();
  check((await kept()).length === 0, 'and is gone');
});
check(worker.complaints.length === 0, 'nothing broke', worker.complaints.join('; '));
await stop();
await server.kill();
server.remove();
