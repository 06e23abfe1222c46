// What a record said on a day that is over, on a district with something of every programme, dated from today.
import { ownServer } from './own.mjs';

const server = await ownServer({ lived: true });
process.env.BASE_URL = server.base;
const { BASE, check, json, person, start, step } = await import('./lib.mjs');
const { browser, stop } = await start();
const { page, api, complaints } = await person(browser, { login: 'clerk' });
const dayBefore = (days) => new Date(Date.now() + 8 * 3_600_000 - days * 86_400_000).toISOString().slice(0, 10);
const { items } = await json(api, 'records?kind=stay&state=left&limit=10');
const stay = await json(api, `records/${items[0].id}`);
const card = page.locator('.past');
const choose = (days) => card.locator('input[type=date]').fill(dayBefore(days));
const row = (name) => card.locator('.pair', { hasText: name });

await step('who has left was seen at the door then, and what is now stands beside it', async () => {
  await page.goto(`${BASE}/desk/r/${stay.id}`);
  await choose(30);
  await row('状态').getByText('已上门核实').waitFor();
  check((await row('状态').innerText()).includes('现在：已离开'), 'what is now');
  check((await row('离开').last().innerText()).includes('没有填'), 'what was not known then', await card.innerText());
  const masked = await row('姓名').innerText();
  check(masked.includes('*'), 'personal details stay masked', masked);
});

await step('today it says what it says', async () => {
  await choose(0);
  await row('状态').getByText('已离开').waitFor();
  return (await card.locator('.now').count()) === 0;
});

await step('before it was there that is said, and nothing is shown', async () => {
  await choose(300);
  await card.locator('p[role=status]').waitFor();
  await card.locator('dl').waitFor({ state: 'detached' });
  return /[\u4e00-\u9fff]/.test(await card.locator('p[role=status]').innerText());
});

await step('a network that is gone is said, and the next day chosen is shown', async () => {
  await page.route('**/records/*as_of=*', (route) => route.abort());
  await choose(20);
  await card.locator('p[role=status]').waitFor();
  check((await card.locator('dl').count()) === 0, 'no day in the name of another');
  await page.unroute('**/records/*as_of=*');
  await choose(21);
  await row('状态').getByText('已上门核实').waitFor();
});

check(complaints.length === 0, 'without a complaint', complaints.join('\n'));
await server.kill();
server.remove();
await stop();
