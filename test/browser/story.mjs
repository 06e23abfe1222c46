// The main job, in everybody's own window at once: a street lamp is reported, and in the end rated.
import { BASE, check, cornerColour, fillReport, gridPoint, json, move, noSideScroll, person, photo, pickCode, send, start, step } from './lib.mjs';

const { browser, stop } = await start();
const words = `路灯不亮，晚上走路看不清 ${Date.now().toString(36)}`;
const at = await gridPoint(browser);
const [resident, clerk, worker, verifier, board] = await Promise.all([
  person(browser, { login: 'resident', phone: true, at }),
  person(browser, { login: 'clerk' }),
  person(browser, { login: 'worker', phone: true, at }),
  person(browser, { login: 'verifier' }),
  person(browser, { login: 'leader' }),
]);
let id = '';

const row = (page) => page.locator('.row-line', { hasText: words });
const figure = async (key) => Number((await board.page.locator(`[data-figure=${key}] .value`).innerText()).replace(/[^\d.-]/g, ''));
const until = async (what, test, ms = 10_000) => {
  const end = Date.now() + ms;
  while (Date.now() < end) {
    if (await test()) return true;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`waited ${ms} ms for ${what}`);
};

await clerk.page.goto(`${BASE}/desk?view=all`);
await clerk.page.locator('.live.live').waitFor();
await board.page.goto(`${BASE}/board`);
await board.page.locator('.live.live').waitFor();
await until('figures', async () => (await board.page.locator('[data-figure=open] .value').innerText()) !== '—');
const before = { today: await figure('today'), open: await figure('open') };

await step('a resident reports with a photo and the place, in three steps', async () => {
  await fillReport(resident.page, words);
  check(await noSideScroll(resident.page), 'the report fits the phone');
  await resident.page.getByRole('button', { name: '提交' }).click();
  await resident.page.getByText('已收到').waitFor();
  id = resident.page.url().split('/').pop();
  check(/-\d{4}-\d+/.test(await resident.page.locator('.number').innerText()), 'the number is shown');
  check(/负责/.test(await resident.page.locator('main').innerText()), 'it says who has it');
});

await step("the clerk's desk shows it without reloading", async () => {
  await row(clerk.page).waitFor({ timeout: 5000 });
});
await step('the board counts it', () => until('today + 1', async () => (await figure('today')) === before.today + 1 && (await figure('open')) === before.open + 1));
await step('and tells of it', () => board.page.locator('.tick', { hasText: words }).first().waitFor());

await step('the resident follows it', async () => {
  await resident.page.getByRole('link', { name: '查看进展' }).click();
  await resident.page.locator('h1', { hasText: words }).waitFor();
  const picture = resident.page.locator('.record .strip img').first();
  await picture.waitFor();
  const [red, green, blue] = await cornerColour(picture);
  check(blue > 120 && red < 60 && green < 100, 'with the photo, in its colours', `${red} ${green} ${blue}`);
});

await step('the clerk accepts it with the keyboard, under a category and a level', async () => {
  await row(clerk.page).click();
  await clerk.page.locator('[data-move=accept]').waitFor();
  await clerk.page.locator('.box').focus();
  await clerk.page.keyboard.press('a');
  await clerk.page.locator('form.move').waitFor();
  await pickCode(clerk.page, 'category', '路灯不亮');
  await pickCode(clerk.page, 'level', '简易');
  await send(clerk.page);
  await clerk.page.locator('.head .state', { hasText: '已立案' }).waitFor();
});
await step('the resident sees it at once', () => resident.page.locator('.head .state', { hasText: '已立案' }).waitFor());

await step('the clerk dispatches it; the route proposes the grid worker', async () => {
  await move(clerk.page, 'dispatch');
  await clerk.page.locator('form.move .picker .shown span:not(.muted)').first().waitFor();
  await send(clerk.page);
  await clerk.page.locator('.head .state', { hasText: '已派遣' }).waitFor();
});

await step('it rings on the phone of the worker, who answers with one touch', async () => {
  await worker.page.goto(`${BASE}/work`);
  const alarm = worker.page.getByRole('alertdialog');
  await alarm.getByText(words).waitFor();
  check(await noSideScroll(worker.page), 'the work fits the phone');
  await alarm.locator('[data-move=acknowledge]').click();
  await worker.page.locator('.head .state', { hasText: '处置中' }).waitFor();
});

await step('the worker answers with a photo and a note', async () => {
  await worker.page.setInputFiles('form.move input[type=file]', photo('mended.png', 90));
  await worker.page.locator('form.move .strip img').waitFor();
  await worker.page.locator('form.move textarea[name=note]').fill('灯泡已更换，亮了');
  await send(worker.page);
  await worker.page.locator('.head .state', { hasText: '待核查' }).waitFor();
});

await step('somebody else verifies, and it closes', async () => {
  await verifier.page.goto(`${BASE}/desk/r/${id}?view=all`);
  await move(verifier.page, 'verify');
  await send(verifier.page);
  await verifier.page.locator('.head .state', { hasText: '已结案' }).waitFor();
});
await step('the board counts one open less', () => until('open', async () => (await figure('open')) === before.open));

await step('the resident reads the story and rates it', async () => {
  await resident.page.locator('.head .state', { hasText: '已结案' }).waitFor();
  check(/灯泡已更换/.test(await resident.page.locator('.story').first().innerText()), 'the answer is in the story');
  await move(resident.page, 'rate');
  await resident.page.getByRole('radio', { name: '5 / 5' }).click();
  await send(resident.page);
  const record = await json(clerk.api, `records/${id}`);
  check(record.fields.rating === 5, 'the rating has arrived');
  check((record.fields.result_photos ?? record.files ?? []).length > 0, 'the photo of the mended lamp is kept');
});

for (const [name, one] of Object.entries({ resident, clerk, worker, verifier, board })) {
  check(one.complaints.length === 0, `${name}: nothing broke, nothing left the server`, one.complaints.join('; '));
}
await stop();
