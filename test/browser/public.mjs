// What is public, on a phone without an account: found, read with its history, asked about, answered.
import { BASE, check, gridPoint, json, noSideScroll, person, post, start, step } from './lib.mjs';

const { browser, stop } = await start();
const at = await gridPoint(browser);
const mark = Date.now().toString(36);
const [nobody, clerk, verifier] = await Promise.all([
  person(browser, { phone: true, at }),
  person(browser, { login: 'clerk' }),
  person(browser, { login: 'verifier' }),
]);
const { page } = nobody;
const board = await post(clerk.api, 'records', { kind: 'open_board', fields: { board_name: `公开栏 ${mark}` }, place: { lng: at.lng, lat: at.lat } });
const fields = { list: 'account', what: `保洁支出 ${mark}`, content: '保洁人员工资', who: '报账员', since: '2026-10-31', amount: -960000 };
const entry = await post(clerk.api, 'records', { kind: 'list_entry', parent: board.id, fields });
const draft = await post(clerk.api, 'records', { kind: 'list_entry', parent: board.id, fields: { ...fields, what: `草稿 ${mark}` } });
await post(verifier.api, `records/${entry.id}/publish`, {});
await post(verifier.api, `records/${entry.id}/amend`, { fields: { content: '3 人各 3200 元', reason: '补充明细' } });
let asked = '';

await step('a board is found among what is public, and its entries on it', async () => {
  await page.goto(`${BASE}/`);
  await page.getByRole('link', { name: '公开', exact: true }).click();
  await page.getByRole('link', { name: '公开栏', exact: true }).click();
  await page.getByRole('link', { name: new RegExp(`公开栏 ${mark}`) }).click();
  await page.getByRole('link', { name: new RegExp(`保洁支出 ${mark}.*9,600`) }).waitFor();
  check(!(await page.locator('main').innerText()).includes('草稿'), 'a draft is not there');
  check(await noSideScroll(page), 'the board fits the phone');
});

await step('an entry tells what it was before, and why', async () => {
  await page.getByRole('link', { name: new RegExp(`保洁支出 ${mark}`) }).click();
  await page.locator('del', { hasText: '保洁人员工资' }).waitFor();
  const text = await page.locator('main').innerText();
  check(text.includes('3 人各 3200 元') && text.includes('补充明细'), 'afterwards and the reason', text);
  const { name } = await json(clerk.api, 'me');
  check(!text.includes(name), 'without names');
});

await step('anybody asks, and sees it received', async () => {
  await page.getByRole('link', { name: '提问' }).click();
  await page.getByRole('button', { name: '提交' }).click();
  await page.locator('.field-error').first().waitFor();
  await page.locator('textarea').fill(`几个人的工资？${mark}`);
  await page.getByRole('button', { name: '提交' }).click();
  await page.getByText('已收到').waitFor();
  asked = page.url().split('/').pop();
  check((await json(clerk.api, `records/${asked}`)).parent === entry.id, 'it stands below the entry');
});

await step('the question is public with its answer, not before', async () => {
  await page.goto(`${BASE}/public/list_entry/${entry.id}`);
  await page.locator('del').first().waitFor();
  check(!(await page.locator('main').innerText()).includes('几个人的工资'), 'not before');
  await post(clerk.api, `records/${asked}/answer`, { fields: { answer: '3 名保洁员' } });
  await page.reload();
  await page.getByRole('link', { name: /几个人的工资.*3 名保洁员/ }).waitFor();
});

await step('what is not public says so', async () => {
  await page.goto(`${BASE}/public/list_entry/${draft.id}`);
  await page.getByRole('alert').waitFor();
});
for (const one of [nobody, clerk, verifier]) check(one.complaints.length === 0, 'nothing leaves the server', one.complaints.join('; '));
await stop();
