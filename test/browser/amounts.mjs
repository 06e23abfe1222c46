// Amounts and bookings on the phone: two phones for one space, a double tap, an answer that never came; a statement that
// equals the ledger; a fair signed into from its poster; a payment provider set up.
import { BASE, check, gridPoint, json, noSideScroll, person, post, start, step } from './lib.mjs';

const { browser, stop } = await start();
const at = await gridPoint(browser);
const mark = Date.now().toString(36);
const place = { lng: at.lng, lat: at.lat };
const [one, two, clerk, worker, nobody, admin] = await Promise.all([
  person(browser, { login: 'resident', phone: true }),
  person(browser, { login: 'resident2', phone: true }),
  person(browser, { login: 'clerk' }),
  person(browser, { login: 'worker' }),
  person(browser, { phone: true }),
  person(browser, { login: 'admin' }),
]);
const estate = `小区 ${mark}`;
const spaces = [];
for (const n of [1, 2, 3])
  spaces.push(await post(clerk.api, 'records', { kind: 'parking_space', place, fields: { estate, space_no: `A-${n}` } }));
/** How many bookings there are of a space, as the community sees them. */
const booked = async (n) =>
  (await json(clerk.api, 'records?kind=parking_booking&limit=200')).items.filter((row) => (row.fields.space.id ?? row.fields.space) === spaces[n].id).length;

/** The plan of tomorrow evening in our estate. */
async function plan({ page }, hour) {
  await page.goto(`${BASE}/book?kind=parking_booking`);
  await page.locator('.chip').nth(1).click();
  await page.locator('select[name=start]').selectOption(String(hour * 60));
  const part = page.locator('select[name=part]');
  if (await part.count()) await part.selectOption(estate);
  await page.locator('.cell.free', { hasText: 'A-1' }).waitFor();
}
const cell = ({ page }, n) => page.locator('.cell', { hasText: `A-${n}` });
const go = ({ page }) => page.locator('.go button');

await step('one touch books the space that is chosen already', async () => {
  await plan(one, 18);
  check(await noSideScroll(one.page), 'the plan fits the phone');
  await go(one).click();
  await one.page.waitForURL(/\/m\//);
  return (await booked(0)) === 1;
});

await step('two phones, one space: one has it, the other is told what is free', async () => {
  await Promise.all([plan(one, 8), plan(two, 8)]);
  await Promise.all([cell(one, 2).click(), cell(two, 2).click()]);
  await Promise.all([go(one).click(), go(two).click()]);
  const refused = (phone) => phone.page.locator('.note.bad').waitFor().then(() => phone);
  const loser = await Promise.any([refused(one), refused(two)]);
  const winner = loser === one ? two : one;
  await winner.page.waitForURL(/\/m\//);
  await loser.page.locator('.cell.taken', { hasText: 'A-2' }).waitFor();
  check((await booked(1)) === 1, 'it is given once');
  await plan(winner, 8);
  await winner.page.locator('.cell.mine', { hasText: 'A-2' }).waitFor();
});

await step('a plate that is none is said at its field, and nothing is booked', async () => {
  await plan(two, 12);
  const field = two.page.locator('[name=plate]');
  await field.fill('XX');
  await go(two).click();
  await two.page.locator('.field-error', { hasText: '浙H12345' }).waitFor();
  check(await field.evaluate((element) => element === document.activeElement), 'and has the focus');
  check((await booked(2)) === 0, 'nothing was booked');
});

await step('tapped twice it is booked once', async () => {
  await plan(two, 12);
  await cell(two, 3).click();
  await go(two).evaluate((button) => (button.click(), button.click()));
  await two.page.waitForURL(/\/m\//);
  return (await booked(2)) === 1;
});

await step('an answer that never comes: the next touch finds what was booked', async () => {
  await plan(two, 21);
  await cell(two, 3).click();
  let lost = 0;
  await two.page.route('**/api/v1/records', async (route) => {
    if (route.request().method() !== 'POST' || lost >= 3) return route.continue();
    if (lost++ === 0) await route.fetch();
    return route.abort();
  });
  await go(two).click();
  await two.page.locator('.note.bad').waitFor({ timeout: 30_000 });
  check((await booked(2)) === 2, 'the server had it');
  await two.page.unroute('**/api/v1/records');
  await two.page.locator('.cell.mine', { hasText: 'A-3' }).waitFor();
  return (await booked(2)) === 2;
});

await step('a month on paper equals the ledger', async () => {
  const book = await post(clerk.api, 'records', { kind: 'estate', place, fields: { name: estate, homes: 72 } });
  const { id } = await json(one.api, 'me');
  await post(one.api, `records/${book.id}/join`, {});
  await post(clerk.api, `records/${book.id}/volunteer`, {});
  await post(clerk.api, `records/${book.id}/entrust`, { parties: [{ role: 'volunteer', account: id }] });
  for (const amount of [130000, 250050]) {
    const gift = await post(worker.api, 'records', { kind: 'contribution', parent: book.id, fields: { room: '1 幢 101', amount } });
    await post(one.api, `records/${gift.id}/receive`, {});
  }
  await one.page.goto(`${BASE}/m/${book.id}`);
  await one.page.locator('.tab', { hasText: '公共资金' }).click();
  await one.page.getByRole('link', { name: '月度对账单' }).click();
  const sheet = one.page.locator('.sheet');
  await sheet.locator('tbody tr').nth(1).waitFor();
  const { balance } = await json(one.api, `ledgers/fund/cash?of=${book.id}`);
  check(balance === 380050, 'the ledger has it', String(balance));
  check((await sheet.locator('.closing').innerText()).includes('3,800.50'), 'carried forward');
  check((await sheet.locator('tfoot').innerText()).includes('3,800.50'), 'summed up');
  check(await noSideScroll(one.page), 'it fits the phone');
  await one.page.getByRole('button', { name: '上个月' }).click();
  await sheet.locator('.nothing').waitFor();
  await nobody.page.goto(`${BASE}/statement/fund/cash/${book.id}`);
  await nobody.page.locator('.sheet tbody tr').nth(1).waitFor();
  await clerk.page.goto(`${BASE}/desk/statement/fund/cash/${book.id}`);
  await clerk.page.emulateMedia({ media: 'print' });
  await clerk.page.locator('.sheet tbody tr').nth(1).waitFor();
  return !(await clerk.page.locator('.tools').isVisible());
});

await step('the accounts of the services: what stands there on any day, each line, and who may', async () => {
  const { page, api } = clerk;
  const read = async (name, day) => json(api, `ledgers/service/${name}${day ? `?as_of=${day}T23:59:59%2B08:00` : ''}`);
  const yuan = (fen) => (fen / 100).toFixed(2).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
  const served = await post(api, 'records', { kind: 'service_estate', place, fields: { estate, households: 72 } });
  const order = await post(api, 'records', { kind: 'service_order', parent: served.id, fields: { service: 'F1', channel: 'hotline' } });
  const { id } = await json(worker.api, 'me');
  await post(api, `records/${order.id}/dispatch`, { parties: [{ role: 'worker', account: id }] });
  for (const move of ['accept', 'arrive']) await post(worker.api, `records/${order.id}/${move}`, {});
  await post(worker.api, `records/${order.id}/finish`, { fields: { material_cost: 3500 } });
  await post(api, `records/${order.id}/confirm`, { fields: { score: 5 } });
  const names = ['billed', 'received', 'materials', 'crew', 'advanced'];
  const now = Object.fromEntries(await Promise.all(names.map(async (one) => [one, (await read(one)).balance])));
  check(now.billed > 0 && now.billed === now.materials + now.crew && now.billed === now.advanced, 'billed at cost', JSON.stringify(now));
  await page.emulateMedia({ media: 'screen' });
  await page.goto(`${BASE}/desk/?kind=service_order&view=all`);
  await page.getByRole('link', { name: '账户' }).click();
  const tab = (name) => page.locator('.tab', { hasText: name });
  await tab('应收').locator('strong', { hasText: yuan(now.billed) }).waitFor();
  await tab('材料').click();
  await page.locator('.figure', { hasText: yuan(now.materials) }).waitFor();
  check((await page.locator('.lines > li').count()) > 0, 'each line');
  await page.locator('.statement input[type=date]').fill('2020-01-01');
  await tab('应收').locator('strong', { hasText: /^0\.00$/ }).waitFor();
  await page.locator('.statement input[type=date]').fill('');
  await tab('应收').locator('strong', { hasText: yuan(now.billed) }).waitFor();
  const [table] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: '下载表格' }).click()]);
  check(table.suggestedFilename().endsWith('.csv'), 'as a table', table.suggestedFilename());
  await page.getByRole('link', { name: '月度对账单' }).click();
  await page.locator('.sheet .sums').waitFor();
  await worker.page.goto(`${BASE}/desk/ledgers`);
  await worker.page.getByText('没有您能看的全区账户').waitFor();
});

await step('a visitor scans the poster, signs in to the fair and leaves an intent', async () => {
  const time = (hours) => new Date(Date.now() + hours * 3_600_000).toISOString().replace(/\.\d+Z$/, '+00:00');
  const fair = await post(clerk.api, 'records', { kind: 'job_fair', place, fields: { name: `夜市 ${mark}`, from_at: time(1), to_at: time(5) } });
  const stall = await post(clerk.api, 'records', { kind: 'fair_stall', place, fields: { stall_no: mark } });
  const firm = await post(two.api, 'records', { kind: 'fair_employer', parent: fair.id, fields: { employer: `单位 ${mark}`, stall: stall.id } });
  await post(two.api, 'records', { kind: 'job_post', parent: firm.id, fields: { what: '质检员', wanted: 3 } });
  const { page } = nobody;
  await page.goto(`${BASE}/poster/job_fair/${fair.id}`);
  await page.getByRole('img', { name: new RegExp(mark) }).waitFor();
  await page.goto(`${BASE}/public/job_fair/${fair.id}`);
  await page.getByRole('link', { name: '签到' }).click();
  await page.getByLabel('姓名').fill('王先生');
  await page.getByRole('button', { name: '提交' }).click();
  await page.getByText('已收到').waitFor();
  await page.goto(`${BASE}/public/job_fair/${fair.id}`);
  await page.getByRole('link', { name: new RegExp(`单位 ${mark}`) }).click();
  await page.getByRole('link', { name: /质检员/ }).click();
  await page.getByRole('link', { name: '留下意向' }).click();
  await page.getByLabel('姓名').fill('王先生');
  await page.getByRole('button', { name: '提交' }).click();
  await page.getByText('已收到').waitFor();
});

await step('a provider is set up, its key shown once', async () => {
  const { page } = admin;
  await page.goto(`${BASE}/admin/payments`);
  await page.getByRole('button', { name: '添加支付渠道' }).click();
  await page.locator('input[name=title]').fill(`银行 ${mark}`);
  await page.locator('input[name=name]').fill(mark);
  await page.locator('input[name=url]').fill('https://pay.example.cn/order');
  await page.getByRole('button', { name: '保存' }).click();
  const key = await page.locator('.once code').first().innerText();
  check(/^[0-9a-f]{64}$/.test(key), '256 bits');
  const card = page.getByRole('article', { name: `银行 ${mark}` });
  await card.getByRole('button', { name: '试一下' }).click();
  await card.getByRole('link', { name: /^https:\/\/pay\.example\.cn\/order\?amount=1&/ }).waitFor();
  await page.reload();
  await card.waitFor();
  return !(await page.content()).includes(key);
});

for (const each of [one, two, clerk, nobody, admin]) check(!each.complaints.length, 'nothing complained', each.complaints.join('\n'));
await stop();
