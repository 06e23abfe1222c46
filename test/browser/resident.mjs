// What a resident meets on a phone: three taps, a code on a wall, a neighbour's report, no network, an app's browser.
import { BASE, check, gridPoint, json, noSideScroll, person, photo, post, settled, start, step } from './lib.mjs';

const { browser, stop } = await start();
const at = await gridPoint(browser);
const mark = Date.now().toString(36);
const clerk = await person(browser, { login: 'clerk' });
const newest = async () => (await json(clerk.api, 'records?kind=incident&limit=1&sort=-created')).items[0];

/** A JPEG that says where it was taken, as cameras write it: degrees, minutes and seconds of a grid's middle. */
function taken({ lng, lat }) {
  const parts = (value) => [Math.floor(value), 1, Math.floor((value * 60) % 60), 1, Math.round(((value * 3600) % 60) * 1000), 1000];
  const tiff = Buffer.alloc(140);
  const entry = (where, tag, type, count, value) => {
    tiff.writeUInt16LE(tag, where);
    tiff.writeUInt16LE(type, where + 2);
    tiff.writeUInt32LE(count, where + 4);
    if (typeof value === 'string') tiff.write(value, where + 8, 'latin1');
    else tiff.writeUInt32LE(value, where + 8);
  };
  tiff.write('II*\0', 0, 'latin1');
  tiff.writeUInt32LE(8, 4);
  tiff.writeUInt16LE(1, 8);
  entry(10, 0x8825, 4, 1, 26);
  tiff.writeUInt16LE(4, 26);
  entry(28, 1, 2, 2, 'N');
  entry(40, 2, 5, 3, 80);
  entry(52, 3, 2, 2, 'E');
  entry(64, 4, 5, 3, 104);
  parts(lat).forEach((number, n) => tiff.writeUInt32LE(number, 80 + 4 * n));
  parts(lng).forEach((number, n) => tiff.writeUInt32LE(number, 104 + 4 * n));
  const body = Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), tiff]);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(body.length + 2);
  return Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe1]), length, body]);
}
/** A real picture from the browser, with that behind its first two bytes. */
async function pictureTaken(page, where) {
  const bytes = await page.evaluate(async () => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 64, height: 48 });
    canvas.getContext('2d').fillRect(0, 0, 64, 48);
    const blob = await new Promise((done) => canvas.toBlob(done, 'image/jpeg'));
    return [...new Uint8Array(await blob.arrayBuffer())];
  });
  return { name: 'a.jpg', mimeType: 'image/jpeg', buffer: Buffer.concat([taken(where), Buffer.from(bytes).subarray(2)]) };
}

await step('three taps: the photo, what it is, send; the place comes from the photo', async () => {
  const { page, context, complaints } = await person(browser, { phone: true });
  await page.goto(BASE);
  await page.setInputFiles('.photo input[type=file]', await pictureTaken(page, at));
  await page.waitForURL(/\/report$/);
  await page.getByText('照片里的位置').waitFor();
  await page.getByText('属于').waitFor();
  await page.getByRole('radio', { name: '路灯不亮' }).click();
  await page.locator('.strip img').waitFor();
  await page.getByRole('button', { name: '提交' }).click();
  await page.getByText('已收到').waitFor();
  const record = await newest();
  check(page.url().endsWith(record.id) && record.fields.description === '路灯不亮' && record.fields.category === '0102', 'the tapped sort says what it is', JSON.stringify(record.fields));
  check(Math.abs(record.place.lng - at.lng) < 1e-4 && Math.abs(record.place.lat - at.lat) < 1e-4, 'where the photo was taken', JSON.stringify(record.place));
  await page.goBack();
  check(new URL(page.url()).pathname === '/', 'back leads home', page.url());
  check(complaints.length === 0, 'nothing broke', complaints.join('; '));
  await context.close();
});

await step('what it is, is suggested while typing; danger to life comes first', async () => {
  const { page, context } = await person(browser, { phone: true, at });
  await page.goto(`${BASE}/report`);
  await page.locator('#what').fill('楼下井盖没了');
  await page.getByRole('radio', { name: '井盖缺失破损' }).waitFor();
  check((await page.locator('.danger').count()) === 0, 'no alarm without need');
  await page.locator('#what').fill('楼下着火了');
  check((await page.locator('.danger .first').getAttribute('href')) === 'tel:119', 'the fire brigade first');
  await page.locator('#what').fill('');
  await page.getByRole('button', { name: '提交' }).click();
  await page.getByText('请写一句话').waitFor();
  check((await page.evaluate(() => document.activeElement?.id)) === 'what', 'what is missing gets the focus');
  await page.locator('#what').fill('路灯不亮');
  await page.getByText('请写一句话').waitFor({ state: 'detached' }); // what is mended is complained of no more
  await page.locator('button', { hasText: '选择类别' }).click();
  await page.waitForTimeout(300);
  const [list, bar] = await Promise.all([page.locator('.picker .panel').boundingBox(), page.locator('.send').boundingBox()]);
  check(list.y + list.height <= bar.y + 1 || list.y < 80, 'the sorts open in sight, not behind the button', JSON.stringify([list, bar]));
  check(await noSideScroll(page), 'it fits the phone');
  await context.close();
});

await step('a neighbour finds the lamp reported already, signs in, and joins', async () => {
  const place = { lng: at.lng, lat: at.lat };
  const { id } = await post(clerk.api, 'records', { kind: 'incident', place, fields: { description: `三号楼的灯 ${mark}`, category: '0203' } });
  const { page, context, api, complaints } = await person(browser, { phone: true, at });
  await page.goto(`${BASE}/report`);
  await page.locator('#what').fill('红绿灯不亮了');
  const near = page.locator('.near');
  await near.getByText('交通信号灯').first().waitFor();
  check(!(await near.innerText()).includes(mark), 'without the words of who reported it');
  await near.getByRole('link', { name: '登录' }).click();
  await page.locator('input[name=login]').fill('resident2');
  await page.locator('input[name=password]').fill(process.env.SAMPLE_PASSWORD ?? 'wangge-sample');
  await page.locator('form.sign-in button[type=submit]').click();
  await page.waitForURL(/\/report$/);
  check((await page.locator('#what').inputValue()) === '红绿灯不亮了', 'what was typed is still there');
  await near.locator(`[data-id="${id}"] button`).click();
  await page.getByText('您也遇到了').waitFor();
  check((await json(api, `records/${id}`)).parties.some((party) => party.role === 'follower'), 'follows it');
  await page.goto(`${BASE}/mine`);
  await page.locator('.matter', { hasText: mark }).waitFor();
  check(complaints.length === 0, 'nothing broke', complaints.join('; '));
  await context.close();
});

await step('a code on a wall says where it is; its sheet can be printed', async () => {
  const { page, context, complaints } = await person(browser, { phone: true });
  const community = at.area.slice(0, 12);
  const { name } = await json(clerk.api, `areas/${community}`);
  await page.goto(`${BASE}/poster?at=${community}`);
  const sheet = page.locator('.sheet img');
  await sheet.waitFor();
  check((await sheet.evaluate((image) => image.decode().then(() => image.naturalWidth))) > 20, 'the code is drawn');
  await page.goto(`${BASE}/?at=${community}`);
  await page.locator('.note', { hasText: name }).waitFor();
  await page.getByRole('link', { name: '没有照片，直接写' }).click();
  await page.getByText('扫码的位置').waitFor();
  await page.locator('#what').fill(`楼道堆物 ${mark}`);
  await page.getByRole('button', { name: '提交' }).click();
  await page.getByText('已收到').waitFor();
  check((await newest()).area.startsWith(community), 'it lies there', (await newest()).area);
  check(complaints.length === 0, 'nothing broke', complaints.join('; '));
  await context.close();
});

await step('without a network it says so, keeps everything, and sends by itself later', async () => {
  const { page, context } = await person(browser, { phone: true, at });
  await page.goto(`${BASE}/report`);
  await page.getByText('属于').waitFor();
  await context.setOffline(true);
  await page.getByText('现在没有网络').waitFor();
  await page.locator('#what').fill(`断网时写的 ${mark}`);
  await page.setInputFiles('input[type=file]', photo());
  await page.getByRole('button', { name: '提交' }).click();
  await page.getByText('连上网络就提交').waitFor();
  await context.setOffline(false);
  await page.getByText('已收到').waitFor();
  const record = await newest();
  check(record.fields.description.includes(mark) && record.fields.photos?.length === 1, 'with its photo', JSON.stringify(record.fields));
  await context.close();
});

await step('the browser inside an app, an old one: no new windows, no questions from the browser', async () => {
  const context = await browser.newContext({
    viewport: { width: 360, height: 780 }, isMobile: true, hasTouch: true, locale: 'zh-CN', serviceWorkers: 'block',
    userAgent: 'Mozilla/5.0 (Linux; Android 12) AppleWebKit/537.36 Chrome/107.0 Mobile Safari/537.36 XWEB/5061 MicroMessenger/8.0.49',
  });
  await context.addInitScript(() => {
    delete AbortSignal.any;
    delete AbortSignal.timeout;
    delete crypto.randomUUID;
    delete window.speechSynthesis;
    delete window.SpeechSynthesisUtterance;
    delete navigator.permissions;
    for (const name of ['open', 'alert', 'confirm', 'prompt']) window[name] = () => { throw new Error(`window.${name}`); };
  });
  const page = await context.newPage();
  const errors = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('popup', () => errors.push('a new window'));
  await page.goto(`${BASE}/?at=${at.lng},${at.lat}`);
  await page.locator('.note').waitFor();
  await page.getByRole('link', { name: '没有照片，直接写' }).click();
  await page.locator('#what').waitFor();
  await page.setInputFiles('input[type=file]', photo());
  await page.locator('.strip img').waitFor();
  await page.locator('#what').fill(`微信里报的 ${mark}`);
  await page.getByRole('button', { name: '提交' }).click();
  await page.getByRole('link', { name: '查看进展' }).click();
  await page.locator('.strip .one').first().click();
  await settled(page);
  check((await page.locator('[target=_blank]').count()) === 0 && errors.length === 0, 'all in one window', errors.join('; '));
  await page.goBack();
  check(/\/done\//.test(page.url()), 'back goes back', page.url());
  await context.close();
});

await step('what cannot be taken is said with the reason, and stands in nobody\'s way', async () => {
  const { page, context } = await person(browser, { phone: true, at });
  await page.goto(`${BASE}/report`);
  await page.setInputFiles('input[type=file]', { name: 'a.heic', mimeType: 'image/heic', buffer: Buffer.from('no picture at all') });
  await page.getByText('没有加上 a.heic').waitFor();
  check((await page.locator('.strip .one').count()) === 0, 'a file that is no picture is not kept');
  await page.setInputFiles('input[type=file]', Array.from({ length: 11 }, (_, n) => photo(`p${n}.png`, 30 + n)));
  await page.getByText('最多 9 张').waitFor();
  await page.locator('.strip img').nth(8).waitFor();
  await context.close();
});

await step('outside the district the map shows the district', async () => {
  const { page, context } = await person(browser, { phone: true, at: { lng: 116.4, lat: 39.9 } });
  await page.goto(`${BASE}/report`);
  await page.getByText('这个位置不在本区范围内').waitFor();
  await page.locator('.map canvas').first().waitFor();
  await page.locator('#what').fill('路灯不亮');
  await page.locator('button[type=submit]').click();
  await page.getByText('请说明在什么地方').waitFor();
  const map = page.locator('.map .canvas');
  await page.waitForTimeout(500); // drawn
  const { width, height } = await map.boundingBox();
  await map.click({ position: { x: width * 0.52, y: height * 0.38 } });
  await page.getByText('属于').waitFor();
  await context.close();
});

await step('a page that does not come without a network says so', async () => {
  const { page, context } = await person(browser, { phone: true, at });
  await page.goto(BASE);
  await page.locator('.home').waitFor();
  await context.setOffline(true);
  await page.locator('a[href="/public"]').click();
  await page.getByText('没有连上服务器').first().waitFor();
  await context.setOffline(false);
  await page.locator('a[href="/public"]').click();
  await page.waitForURL(/public/);
  await context.close();
});

await step('a browser that cannot read the script is left with the numbers to call', async () => {
  const { page, context } = await person(browser, { phone: true, at });
  await page.route('**/*.js', (route) => route.fulfill({ contentType: 'text/javascript', body: 'a ?. . b' }));
  await page.goto(BASE, { waitUntil: 'domcontentloaded' });
  await page.locator('.not-yet a[href="tel:12345"]').waitFor();
  await page.unroute('**/*.js');
  await page.goto(BASE);
  await page.locator('.home').waitFor();
  check(!(await page.locator('.not-yet').isVisible()), 'nobody else sees them');
  await context.close();
});

await step('elders: four big buttons, larger type, and it fits', async () => {
  const { page, context } = await person(browser, { phone: true });
  await page.goto(BASE);
  await page.getByRole('button', { name: '长辈版' }).click();
  check((await page.locator('.one').count()) === 4, 'four');
  const smallest = await page.locator('.one').evaluateAll((all) => Math.min(...all.map((one) => one.clientHeight)));
  check(smallest >= 120, 'big ones', String(smallest));
  check((await page.evaluate(() => getComputedStyle(document.body).fontSize)) === '20px', 'in large type');
  check(await noSideScroll(page), 'that fit');
  await page.reload();
  await page.locator('.one').first().waitFor();
  await page.getByRole('button', { name: '念给我听' }).click();
  await page.getByRole('button', { name: '回到标准版' }).click();
  await page.locator('.home').waitFor();
  await context.close();
});
await stop();
