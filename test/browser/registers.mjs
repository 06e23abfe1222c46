// Registers on the worker's phone: kept, found by any words, with their age, without a signal; gone with who signs out.
import { ownServer } from './own.mjs';

const server = await ownServer();
process.env.BASE_URL = server.base;
const { BASE, check, gridPoint, noSideScroll, person, post, start, step } = await import('./lib.mjs');
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
