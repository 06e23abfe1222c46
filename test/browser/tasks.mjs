// A day of grid tasks on the phone, a roster at the desk, a swap between two people.
import { BASE, check, gridPoint, json, noSideScroll, person, pickCode, post, send, settled, start, step } from './lib.mjs';

const { browser, stop } = await start();
const at = await gridPoint(browser);
const mark = Date.now().toString(36);
const clerk = await person(browser, { login: 'clerk' });
const worker = await person(browser, { login: 'worker', phone: true, at });
const admin = await person(browser, { login: 'admin' });
const { page } = worker;
const me = await json(worker.api, 'me');
const issue = (door, shift) =>
  post(clerk.api, 'records', {
    kind: 'grid_task',
    place: { lng: at.lng + shift, lat: at.lat },
    fields: { task: '0101', items: ['0101', '0203'], address: `${door} ${mark}` },
    parties: [{ role: 'worker', account: me.id }],
  });
const state = async (id) => (await json(clerk.api, `records/${id}`)).state;

const far = (await issue('远处 9 幢', 0.0006)).id;
const near = (await issue('近处 1 幢', 0.0001)).id;

await step('tasks lie on the way among the rest of the day', async () => {
  await page.goto(`${BASE}/work`);
  await page.locator('[data-part=way] .link', { hasText: mark }).nth(1).waitFor();
  const rows = await page.locator('[data-part=way] .link', { hasText: mark }).allInnerTexts();
  check(rows[0].includes('近处') && rows[1].includes('远处'), 'the nearer door first', rows.join(' | '));
  check(await noSideScroll(page), 'it fits the phone');
});
await step('done inside the grid with one touch for the place', async () => {
  await page.goto(`${BASE}/work/m/${near}`);
  await page.locator('form.move').waitFor(); // what comes next is open already
  await pickCode(page, 'result', '正常');
  await page.getByText('选定的位置').waitFor(); // the phone may say where it is, so the field fills itself
  await send(page);
  await settled(page);
  for (let n = 0; n < 50 && (await state(near)) !== 'done'; n++) await page.waitForTimeout(100);
  check((await state(near)) === 'done', 'it is done');
});
await step('from elsewhere it wants to know why', async () => {
  const refused = await worker.api.post(`${BASE}/api/v1/records/${far}/finish`, {
    data: { fields: { result: 'fine', spot: [at.lng + 0.3, at.lat] } },
    headers: { 'X-Wangge': '1' },
  });
  const words = await refused.text();
  check(refused.status() === 409 && words.includes('请在网格内办理'), 'refused in words of the pack', words);
  await post(worker.api, `records/${far}/finish`, { fields: { result: 'fine', elsewhere: '住户约在社区办公室' } });
  check((await state(far)) === 'done', 'with a reason it is done');
});

await step('the administrator sees when a rule comes, and switches it', async () => {
  await admin.page.goto(`${BASE}/admin/schedules`);
  await admin.page.getByRole('searchbox').fill('独居老人');
  const rule = admin.page.locator('.rule').first();
  await rule.locator('.what').click();
  await rule.locator('.times li').nth(7).waitFor();
  check((await rule.innerText()).includes('每周 周三'), 'in words', await rule.innerText());
  const button = rule.getByRole('switch');
  await button.click();
  await admin.page.locator('.rule [role=switch][aria-checked=true]').first().waitFor();
  await button.click();
  await admin.page.locator('.rule [role=switch][aria-checked=false]').first().waitFor();
});

await step("the head lays out a unit's week, looking first", async () => {
  await clerk.page.goto(`${BASE}/admin/duty`);
  await clerk.page.locator('.week .day').nth(6).waitFor();
  await clerk.page.getByRole('button', { name: '排班' }).click();
  const form = clerk.page.locator('form.card');
  await form.locator('[name=title]').fill('白班');
  await form.locator('[name=hours]').fill('8');
  await form.locator('[name=people]').selectOption([{ label: '郑晓燕' }, { label: '方静' }]);
  await form.getByRole('button', { name: '先看看' }).click();
  await form.locator('.preview li').nth(1).waitFor();
  await form.getByRole('button', { name: '就这样排' }).click();
  await form.waitFor({ state: 'detached' });
  await clerk.page.getByRole('button', { name: '下一周' }).click();
  await clerk.page.locator('.duty', { hasText: '方静' }).first().waitFor();
  check((await clerk.page.locator('.gap').count()) > 0, 'nights with nobody are marked');
});
await step('a duty is swapped when both want it', async () => {
  const desk = await person(browser, { login: 'clerk', phone: true });
  await desk.page.goto(`${BASE}/work/duty`);
  const duty = desk.page.locator('[data-part=duty]', { has: desk.page.getByRole('button', { name: '换班' }) }).first();
  await duty.getByRole('button', { name: '换班' }).click();
  await desk.page.locator('[name=other] option').nth(1).waitFor({ state: 'attached' });
  const choice = await desk.page.locator('[name=other] option', { hasText: '方静 替我' }).getAttribute('value');
  await desk.page.locator('[name=other]').selectOption(choice);
  await desk.page.locator('[name=words]').fill('孩子开家长会');
  await desk.page.getByRole('button', { name: '发送' }).click();
  await desk.page.locator('[data-part=swap]').waitFor();
  check(await noSideScroll(desk.page), 'it fits the phone');
  const verifier = await person(browser, { login: 'verifier', phone: true });
  await verifier.page.goto(`${BASE}/work`);
  await verifier.page.locator('[data-part=duty-line]', { hasText: '郑晓燕' }).click();
  await verifier.page.locator('[data-part=swap]').getByRole('button', { name: '同意', exact: true }).click();
  await verifier.page.locator('[data-part=swap]').waitFor({ state: 'detached' });
  check(await verifier.page.getByText('替 郑晓燕').first().isVisible(), 'the duty is hers now');
});

for (const one of [clerk, worker, admin]) check(one.complaints.length === 0, 'no complaints', one.complaints.join('; '));
await stop();
