// What goes wrong on a real day: fingers that tap twice, the back button, no signal, a session that ends.
import { BASE, check, fillReport, gridPoint, json, move, noSideScroll, person, photo, pickCode, post, start, step } from './lib.mjs';

const { browser, stop } = await start();
const at = await gridPoint(browser);
const mark = Date.now().toString(36);
const clerk = await person(browser, { login: 'clerk' });
const found = async (words) => {
  const list = await json(clerk.api, 'records?kind=incident&limit=50&sort=-created');
  return list.items.filter((one) => String(one.fields.description).includes(words));
};

await step('tapping twice, and an answer lost on the way, make one record', async () => {
  const resident = await person(browser, { login: 'resident', phone: true, at });
  const words = `井盖松动 ${mark}-twice`;
  await fillReport(resident.page, words, { picture: false });
  let lost = 1;
  await resident.page.route('**/api/v1/records', async (route) => {
    if (route.request().method() !== 'POST' || lost-- <= 0) return route.continue();
    await route.fetch();
    return route.abort();
  });
  await resident.page.getByRole('button', { name: '提交' }).dblclick();
  await resident.page.getByText('已收到').waitFor();
  check((await found(words)).length === 1, 'one record', String((await found(words)).length));
  await resident.page.goBack();
  check(!/report/.test(resident.page.url()), 'back does not lead into the sent report', resident.page.url());
  await resident.context.close();
});

await step('the back button closes the map, then leaves; nothing is lost', async () => {
  const resident = await person(browser, { login: 'resident', phone: true, at });
  const { page } = resident;
  await page.goto(BASE);
  await page.getByRole('link', { name: '没有照片，直接写' }).click();
  await page.getByText('属于').waitFor();
  await page.locator('#what').fill(`写到一半 ${mark}`);
  await page.getByRole('button', { name: '修改' }).click();
  await page.locator('.map canvas').first().waitFor();
  await page.goBack();
  await page.locator('.map').waitFor({ state: 'detached' });
  check((await page.locator('#what').inputValue()).includes(mark), 'the map is closed, the words are there');
  await page.goBack();
  await page.locator('.photo').waitFor();
  await page.goForward();
  check((await page.locator('#what').inputValue()).includes(mark), 'home and back: the words are still there');
  await page.reload();
  check((await page.locator('#what').inputValue()).includes(mark), 'even after a reload');
  await resident.context.close();
});

await step('somebody without an account can report, with two photos', async () => {
  const nobody = await person(browser, { phone: true, at });
  const words = `垃圾满溢 ${mark}-anon`;
  await fillReport(nobody.page, words);
  await nobody.page.setInputFiles('input[type=file]', photo('second.png', 70));
  await nobody.page.waitForFunction(() => document.querySelectorAll('.strip img').length === 2);
  await nobody.page.getByRole('button', { name: '提交' }).click();
  await nobody.page.getByText('已收到').waitFor();
  const [record] = await found(words);
  check(record?.files?.length === 2 || record?.fields?.photos?.length === 2, 'both photos are kept');
  await nobody.page.goto(`${BASE}/mine`);
  await nobody.page.locator('.matter').first().waitFor();
  check(nobody.complaints.length === 0, 'nothing broke', nobody.complaints.join('; '));
  await nobody.context.close();
});

await step('the patrol settles one without a signal; it arrives once, in order, later', async () => {
  const patrol = await person(browser, { login: 'patrol', phone: true, at, sw: 'allow' });
  const words = `垃圾外溢 ${mark}-offline`;
  const { page, context } = patrol;
  await page.goto(`${BASE}/work/report`);
  await page.getByText('上报并当场办结').first().waitFor();
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  await context.setOffline(true);
  await page.setInputFiles('input[type=file]', photo('ad.png', 90));
  await page.getByRole('radio', { name: '上报并当场办结' }).click();
  await page.locator('[data-field=description] textarea').fill(words);
  await pickCode(page, 'category', '垃圾箱');
  await page.locator('textarea[name=note]').fill('当场清除');
  await page.locator('form button[type=submit]').click();
  await page.getByText('2 条待传').waitFor();
  check(/离线/.test(await page.locator('.banner').innerText()), 'the banner says so');
  await page.goto(`${BASE}/work/outbox`);
  await page.getByText('2 条待传').waitFor();
  check(true, 'the page opens without a network and the outbox is still full');
  check((await found(words)).length === 0, 'nothing has arrived yet');
  await context.setOffline(false);
  await page.getByText('全部已传').waitFor({ timeout: 30_000 });
  const records = await found(words);
  check(records.length === 1, 'one record', String(records.length));
  check(records[0]?.state === 'closed', 'it is settled', records[0]?.state);
  const log = await json(clerk.api, `records/${records[0].id}/log`);
  check(log.items.filter((entry) => entry.verb === 'settle').length === 1, 'settled once');
  check(await noSideScroll(page), 'the outbox fits the phone');
  await context.close();
});

await step('the worker acknowledges without a signal what was on the list', async () => {
  const words = `消火栓漏水 ${mark}-dispatched`;
  const place = { lng: at.lng, lat: at.lat };
  const { id } = await post(clerk.api, 'records', { kind: 'incident', place, fields: { description: words } });
  const accepted = await post(clerk.api, `records/${id}/accept`, { fields: { category: '0107', level: 'easy' } });
  const { parties } = await json(clerk.api, `records/${id}/propose?transition=dispatch`);
  const worker = await person(browser, { login: 'worker', phone: true, at, sw: 'allow' });
  const { page, context } = worker;
  const { id: me } = await json(worker.api, 'me');
  check(parties.some((party) => party.role === 'lead'), 'the route proposes a lead');
  await post(clerk.api, `records/${id}/dispatch`, { version: accepted.version, parties: [{ role: 'lead', account: me }] });
  await page.goto(`${BASE}/work`);
  await page.getByRole('alertdialog').getByText(words).waitFor();
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  await page.waitForTimeout(1500);
  await context.setOffline(true);
  await page.reload();
  await page.getByRole('alertdialog').getByText(words).waitFor();
  await page.getByRole('button', { name: /先看内容/ }).click();
  await page.locator('.head', { hasText: words }).waitFor();
  await page.locator('[data-move=acknowledge]').click();
  await page.getByText('1 条待传').first().waitFor();
  check((await json(clerk.api, `records/${id}`)).state === 'dispatched', 'not sent yet');
  await context.setOffline(false);
  await page.locator('.banner', { hasText: '全部已传' }).waitFor({ timeout: 30_000 });
  check((await json(clerk.api, `records/${id}`)).state === 'handling', 'acknowledged once the signal was back');
  await context.close();
});

await step('a report of somebody whose session is over is not sent as nobody\'s', async () => {
  const { page, api, context } = await person(browser, { login: 'resident', phone: true, at });
  const words = `会话结束后的上报 ${mark}`;
  await fillReport(page, words);
  await context.clearCookies();
  await page.locator('button[type=submit]').click();
  await page.locator('form.sign-in input[name=password]').fill('wangge-sample');
  await page.locator('form.sign-in button[type=submit]').click();
  await page.locator('form.sign-in').waitFor({ state: 'detached' });
  await page.locator('form.report button[type=submit]').click();
  await page.getByText('已收到').waitFor();
  const made = await json(api, `records/${page.url().split('/').pop()}`);
  check(made.fields.description === words && made.parties.some((party) => party.role === 'reporter' && party.account), 'it is theirs', JSON.stringify(made.parties));
  await context.close();
});

await step('a session that ends asks again and loses nothing', async () => {
  const desk = await person(browser, { login: 'clerk' });
  const { page, context } = desk;
  const place = { lng: at.lng, lat: at.lat };
  const fields = { description: `路灯不亮 ${mark}-session` };
  const record = await post(clerk.api, 'records', { kind: 'incident', place, fields });
  await page.goto(`${BASE}/desk/r/${record.id}`);
  await move(page, 'reject');
  await page.locator('form.move textarea[name=note]').fill(`重复 ${mark}`);
  await context.clearCookies();
  // What runs in the background, such as who has the matter open, may have noticed before the click and cover the form.
  await page.locator('form.move button[type=submit]').click({ timeout: 3000 }).catch(() => undefined);
  await page.getByRole('dialog').waitFor();
  await page.locator('input[name=login]').fill('clerk');
  await page.locator('input[name=password]').fill(process.env.SAMPLE_PASSWORD ?? 'wangge-sample');
  await page.locator('form.sign-in button[type=submit]').click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  check((await page.locator('form.move textarea[name=note]').inputValue()).includes(mark), 'the note is still there');
  await page.locator('form.move button[type=submit]').click();
  await page.locator('form.move').waitFor({ state: 'detached' });
  const after = await json(clerk.api, `records/${record.id}`);
  check(after.state === 'rejected', 'and it can be sent', after.state);
  await context.close();
});
await stop();
