// Registers on screen: a table in, a list out, a family at the front desk, labels, and the page behind a door's code.
import { BASE, check, gridPoint, json, noSideScroll, person, post, start, step } from './lib.mjs';

const { browser, stop } = await start();
const at = await gridPoint(browser);
const code = `B-${Date.now().toString(36)}`;
const WANG = '34052419800101001X';
const { page, api, complaints } = await person(browser, { login: 'clerk' });
const place = { lng: at.lng, lat: at.lat };
const house = await post(api, 'records', { kind: 'house', place, fields: { code, where: '临江路 12 号' } });

await step('a family is registered at the front desk, and what is known of each is said', async () => {
  await post(api, 'records', {
    kind: 'stay',
    parent: house.id,
    fields: { name: '王五', id_number: WANG, moved_in: '2021-01-01', moved_out: '2021-02-01' },
  });
  await page.goto(`${BASE}/desk/front`);
  await page.locator('input[type=search]').fill(code);
  await page.locator('input[type=search]').press('Tab');
  await page.waitForFunction((words) => document.querySelector('.where select')?.selectedOptions[0]?.text.includes(words), code);
  const first = page.locator('.person').first();
  await first.locator('.id').fill(`${WANG.slice(0, -1)}1`);
  await first.locator('.field-error').waitFor();
  check(true, 'a wrong ID number is said at once');
  await first.locator('.id').fill(WANG);
  await first.getByText('出生 1980-01-01').waitFor();
  await first.locator('input').nth(1).fill('王五五');
  await first.getByText('以前登记的姓名不同').waitFor();
  check(!(await first.textContent()).includes('王五 '), 'that the name differs, not what it was');
  await first.locator('input').nth(1).fill('王五');
  await page.getByRole('button', { name: '再加一人' }).click();
  await page.locator('.person').nth(1).locator('input').nth(1).fill('王小五');
  await page.getByRole('button', { name: '登记 2 人' }).click();
  await page.getByText('已登记：').waitFor();
  check(complaints.length === 0, 'without a complaint', complaints.join('\n'));
});

await step('a family of three in under a minute, by the keys and clicks it takes', async () => {
  // What each costs somebody who types neither fast nor slowly (Card, Moran, Newell): a key, a look and a click.
  const COST = { key: 0.28, click: 1.1 + 0.2, think: 1.35 };
  const PINYIN = 4; // keys for a character
  const family = [['张大三', '330803198803051019', '13857000021'], ['李小四', '330803199007122028', '13857000022'], ['张天宝', '330803201509203012', '']];
  let seconds = 0;
  let touches = 0;
  const spend = (what, n = 1) => ((seconds += COST[what] * n), (touches += what === 'think' ? 0 : n));
  const type = async (text) => (spend('key', [...text].reduce((sum, one) => sum + (one > '\u2e80' ? PINYIN : 1), 0)), page.keyboard.type(text));
  const press = async (key) => (spend('key'), page.keyboard.press(key));
  const click = async (what) => (spend('click'), what.click());
  await page.goto(`${BASE}/desk/front`);
  await page.locator('input[type=search]').waitFor();
  const began = Date.now();
  spend('think');
  await type(code); // the field has the focus
  await press('Enter');
  await page.waitForFunction((words) => document.querySelector('.where select')?.selectedOptions[0]?.text.includes(words), code);
  for (let n = 0; n < 2; n++) await press('Tab');
  await type('402');
  await click(page.locator('.person .id').first());
  for (const [n, [name, id, phone]] of family.entries()) {
    if (n) await click(page.getByRole('button', { name: '再加一人' })); // and its field has the focus
    spend('think', 2);
    await type(id);
    await press('Tab');
    await type(name);
    if (phone) {
      await press('Tab');
      await type(phone);
    }
  }
  await click(page.getByRole('button', { name: '登记 3 人' }));
  await page.getByText('已登记：').waitFor();
  const { items } = await json(api, `records?kind=stay&parent=${house.id}&limit=200`);
  const room = items.filter((one) => one.fields.room === '402');
  check(room.length === 3, 'three of them in the room', JSON.stringify(room.map((one) => one.title)));
  console.log(`# ${touches} keys and clicks, ${seconds.toFixed(0)} s by hand, ${((Date.now() - began) / 1000).toFixed(1)} s here`);
  check(complaints.length === 0, 'without a complaint', complaints.join('\n'));
  return seconds < 60;
});

await step('a table is matched, tried and brought in; the list goes out', async () => {
  const rows = ['房屋编号,姓名,身份证号,入住日期', `${code},李四,110105194912310021,2021/11/3`, `${code},赵六,11010519491231002X,2021/11/4`];
  await page.goto(`${BASE}/desk/import`);
  await page.locator('form.send select').selectOption('stay');
  await page
    .locator('input[type=file]')
    .setInputFiles({ name: '名单.csv', mimeType: 'text/csv', buffer: Buffer.from(rows.join('\n')) });
  await page.getByRole('button', { name: '上传' }).click();
  await page.locator('[data-check]').click();
  await page.getByText('1 行可以导入，1 行有错').waitFor();
  check(await page.locator('.progress tbody tr', { hasText: '身份证号' }).count(), 'what is wrong stands with its line and column');
  const [refused] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: '（XLSX）' }).click()]);
  check(refused.suggestedFilename() === 'refused.xlsx', 'and can be downloaded');
  await page.locator('[data-run]').click();
  await page.getByText('1 行已导入').waitFor();
  await page.goto(`${BASE}/desk/?kind=stay&view=all`);
  await page.locator('[data-export-open]').click();
  const [table] = await Promise.all([page.waitForEvent('download'), page.locator('[data-export]').click()]);
  check(table.suggestedFilename() === '居住登记.xlsx', 'the list as a workbook');
});

await step('whoever scans the code at the door sees a form and nobody', async () => {
  await page.goto(`${BASE}/desk/labels`);
  const picture = page.locator('.sheet img').first();
  await picture.waitFor();
  await page.waitForFunction(() => document.querySelector('.sheet img')?.naturalWidth > 0);
  check(!(await page.locator('.sheet').textContent()).includes('临江路'), 'a label says no address');
  const phone = await person(browser, { phone: true, at });
  await phone.page.goto(`${BASE}/door/${house.id}`);
  await phone.page.locator('form').waitFor();
  const words = await phone.page.locator('main').textContent();
  check(![code, '临江路', '王'].some((one) => words.includes(one)), 'nothing about anybody');
  check(await noSideScroll(phone.page), 'it fits the phone');
  await phone.page.getByRole('button', { name: '登记', exact: true }).click();
  check(await phone.page.locator('.field-error').count(), 'what is missing is said at its field');
  await phone.page.locator('[data-field=name] input').fill('陌生人');
  await phone.page.getByRole('button', { name: '登记', exact: true }).click();
  await phone.page.getByText('已收到').waitFor();
  check(phone.complaints.length === 0, 'without a complaint', phone.complaints.join('\n'));
});

await stop();
