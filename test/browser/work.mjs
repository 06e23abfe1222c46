// The worker's phone: what rings, the walk, a page that does it all, voice, codes, and no signal. With a server of
// its own, which is killed and started again while the phone is at work.
import { codeFilm, ownServer } from './own.mjs';

const server = await ownServer();
const { folder } = server;
process.env.BASE_URL = server.base;
const { ARGS, BASE, CHROMIUM, FAKE_DEVICES, PHONE, check, chromium, gridPoint, json, noSideScroll, person, photo, pickCode, post, signIn, start, step } = await import('./lib.mjs');

const SCANNED = '019a0000-0000-7000-8000-00000000c0de';
const { browser, stop } = await start(FAKE_DEVICES(codeFilm(folder, `${BASE}/work/m/${SCANNED}`)));
const at = await gridPoint(browser);
const mark = Date.now().toString(36);
const [clerk, verifier] = await Promise.all([person(browser, { login: 'clerk' }), person(browser, { login: 'verifier' })]);

const raise = (words, shift = 0, more = {}) =>
  post(clerk.api, 'records', { kind: 'incident', place: { lng: at.lng + shift, lat: at.lat }, fields: { description: `${words} ${mark}` }, ...more });
async function dispatch(id, who) {
  await post(clerk.api, `records/${id}/accept`, { fields: { category: '0107', level: 'easy' } });
  return post(clerk.api, `records/${id}/dispatch`, { parties: [{ role: 'lead', account: who }] });
}
const record = (id) => json(clerk.api, `records/${id}`);
const verbs = async (id) => (await json(clerk.api, `records/${id}/log`)).items.map((entry) => entry.verb);
const until = async (what, test, ms = 15_000) => {
  for (const end = Date.now() + ms; Date.now() < end; await new Promise((done) => setTimeout(done, 100)))
    if (await test()) return true;
  throw new Error(`waited ${ms} ms for ${what}`);
};

const worker = await person(browser, { login: 'worker', phone: true, at });
await worker.context.grantPermissions(['geolocation', 'camera', 'microphone'], { origin: BASE });
const { page } = worker;
const { id: me } = await json(worker.api, 'me');
await page.addInitScript(() => {
  window.shaken = 0;
  navigator.vibrate = (pattern) => (window.shaken += Array.isArray(pattern) ? 1 : 0);
});
const alarm = page.getByRole('alertdialog');
let first = '';

await step('what is dispatched rings on the phone at once, over everything', async () => {
  await page.goto(`${BASE}/work`);
  await page.getByText('现在没有交给您的事项').waitFor();
  await page.locator('.banner', { hasText: '在线' }).waitFor();
  await page.locator('main').click();
  ({ id: first } = await raise('路灯不亮', 0.004));
  await dispatch(first, me);
  await alarm.waitFor();
  await alarm.getByText('路灯不亮').waitFor();
  await until('vibration', () => page.evaluate(() => window.shaken > 0));
  check(await noSideScroll(page), 'it fits the phone');
  const box = await alarm.locator('.answer').boundingBox();
  check(box.height >= 100 && box.width > 280, 'with one big button', JSON.stringify(box));
});
await step('one touch answers: it is acknowledged and silent', async () => {
  await alarm.locator('[data-move=acknowledge]').dblclick();
  await alarm.waitFor({ state: 'detached' });
  await until('handling', async () => (await record(first)).state === 'handling');
  check((await verbs(first)).filter((verb) => verb === 'acknowledge').length === 1, 'once, for all the double click');
  check((await json(worker.api, 'notices?ringing=1')).items.length === 0, 'nothing rings any more');
  await page.waitForURL((url) => url.pathname.endsWith(first));
});

const near = (await raise('井盖松动', 0.001)).id;
const far = (await raise('积水', 0.009)).id;
await step('the list is a walk: the nearest first', async () => {
  for (const id of [far, near]) {
    await dispatch(id, me);
    await post(worker.api, `records/${id}/acknowledge`, {});
  }
  await page.goto(`${BASE}/work`);
  await page.locator('[data-part=way] .matter').nth(2).waitFor();
  const rows = await page.locator('[data-part=way] .link').allInnerTexts();
  const order = ['井盖松动', '路灯不亮', '积水'];
  check(order.every((words, n) => rows[n].includes(words) && rows[n].startsWith(String(n + 1))), 'in this order, numbered', rows.join(' | '));
  check(/\d+ 米/.test(rows[0]), 'with how far it is', rows[0]);
  check(await noSideScroll(page), 'it fits the phone');
});
await step('a touch or a swipe turns the list into a map and back', async () => {
  await page.getByRole('link', { name: '地图' }).click();
  await page.locator('.map canvas').first().waitFor();
  await page.getByRole('link', { name: '清单' }).click();
  await page.locator('[data-part=way]').waitFor();
  await page.locator('.page').evaluate((element) => {
    const touch = (x) => [new Touch({ identifier: 1, target: element, clientX: x, clientY: 300 })];
    element.dispatchEvent(new TouchEvent('touchstart', { touches: touch(300), changedTouches: touch(300), bubbles: true }));
    element.dispatchEvent(new TouchEvent('touchend', { touches: [], changedTouches: touch(80), bubbles: true }));
  });
  await page.waitForURL(/\/work\/map$/);
});

await step('one page does it all: photo, words, voice; then the next one follows', async () => {
  await page.goto(`${BASE}/work`);
  await page.locator('[data-part=way] .matter', { hasText: '井盖松动' }).click();
  const form = page.locator('form.move');
  await form.waitFor();
  await page.setInputFiles('form.move input[type=file]', photo('mended.png', 90));
  await form.getByRole('button', { name: '录一段话' }).click();
  await form.getByRole('button', { name: /停止 0:0[12]/ }).waitFor();
  await page.waitForTimeout(600);
  await form.getByRole('button', { name: /停止/ }).click();
  await form.getByRole('button', { name: '播放 语音 1' }).click();
  await form.getByRole('button', { name: /暂停|播放/ }).first().waitFor();
  await form.locator('textarea[name=note]').fill('已固定');
  check(await noSideScroll(page), 'it fits the phone');
  await form.locator('button[type=submit]').click();
  await until('the next page', () => !page.url().includes(near));
  check(page.url().includes(first), 'the nearest of those left', page.url());
  const done = await record(near);
  check(done.state === 'answered' && done.files.length === 2 && done.fields.result_photos.length === 1, 'the photo is in its field, the voice beside it', JSON.stringify([done.state, done.files, done.fields.result_photos]));
});
await step('the verifier hears it in the history; nobody else does', async () => {
  const { files, fields } = await record(near);
  const voice = files.find((id) => !fields.result_photos.includes(id));
  const [{ type }] = (await json(verifier.api, `files?ids=${voice}`)).items;
  check(type === 'audio/webm', 'it is sound', type);
  const stranger = await person(browser, { login: 'resident2' });
  check((await stranger.api.get(`${BASE}/api/v1/files/${voice}`)).status() === 404, 'a stranger is told of no such file');
  check((await json(stranger.api, `files?ids=${voice}`)).items.length === 0, 'nor what it is');
  await stranger.context.close();
  await verifier.page.goto(`${BASE}/desk/r/${near}?view=all`);
  const player = verifier.page.locator('.story .voice').first();
  await player.waitFor();
  const playing = await verifier.page.evaluate(async (id) => {
    const sound = new Audio(`/api/v1/files/${id}`);
    await sound.play();
    await new Promise((done) => sound.addEventListener('timeupdate', done));
    return sound.currentTime > 0 || sound.duration > 0;
  }, voice);
  check(playing, 'and it plays');
  await player.getByRole('button').click();
  check(verifier.complaints.length === 0, 'nothing broke', verifier.complaints.join('; '));
});

await step('sent back, it rings again; with nothing to answer by one touch the button says: seen', async () => {
  await post(verifier.api, `records/${near}/return`, { note: '边上还翘着' });
  await alarm.locator('[data-move=hear]').click();
  await alarm.waitFor({ state: 'detached' });
  await until('silence', async () => (await json(worker.api, 'notices?ringing=1')).items.length === 0);
  check((await record(near)).state === 'handling', 'nothing was done by it');
});

await step('a code on a door opens its matter', async () => {
  await raise('有码的电箱', 0, { id: SCANNED });
  await page.goto(`${BASE}/work/scan`);
  await page.waitForURL((url) => url.pathname.endsWith(SCANNED), { timeout: 20_000 });
  await page.locator('h1', { hasText: '有码的电箱' }).waitFor();
  await page.addInitScript(() => (navigator.mediaDevices.getUserMedia = () => Promise.reject(new Error('none'))));
  await page.goto(`${BASE}/work/scan`);
  await page.getByText('没有取得摄像头').waitFor();
  const { number } = await record(far);
  await page.locator('input[name=number]').fill(number);
  await page.locator('form.number button').click();
  await page.waitForURL((url) => url.pathname.endsWith(far));
  check(true, 'so does a number, where there is no camera');
});

await step('the same command sent five times counts once', async () => {
  const { id } = await raise('同一条五次');
  await dispatch(id, me);
  const body = { id: '019a0000-0000-7000-8000-0000000000f5' };
  const answers = await Promise.all(Array.from({ length: 5 }, () => post(worker.api, `records/${id}/acknowledge`, body)));
  check(answers.every((one) => one.state === 'handling'), 'each is answered alike');
  check((await verbs(id)).filter((verb) => verb === 'acknowledge').length === 1, 'one entry');
});
check(worker.complaints.length === 0, 'nothing broke, nothing left the server', worker.complaints.join('; '));
await worker.context.close();

// From here on a phone that keeps what it has when the app is closed.
async function phone() {
  const context = await chromium.launchPersistentContext(`${folder}/phone`, {
    ...PHONE, executablePath: CHROMIUM, args: [...ARGS, ...FAKE_DEVICES()], locale: 'zh-CN', timezoneId: 'Asia/Shanghai',
    geolocation: { longitude: at.lng, latitude: at.lat }, permissions: ['geolocation', 'microphone'],
  });
  context.setDefaultTimeout(15_000);
  return { context, page: context.pages()[0] ?? (await context.newPage()) };
}
const banner = (shown, words) => shown.locator('.banner', { hasText: words }).waitFor({ timeout: 40_000 });
let mine = await phone();

await step('no signal: the day is still there, and work goes on', async () => {
  await signIn(mine.context, 'worker');
  await mine.page.goto(`${BASE}/work`);
  await mine.page.locator('[data-part=way] .matter', { hasText: '积水' }).waitFor();
  await mine.page.goto(`${BASE}/work/map`);
  await mine.page.locator('.map canvas').first().waitFor();
  await mine.page.goto(`${BASE}/work`);
  await mine.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  await until('the list to be kept', () => mine.page.evaluate(() => new Promise((done) => {
    const request = indexedDB.open('wangge');
    request.onsuccess = () => {
      const get = request.result.transaction('kept').objectStore('kept').get('work.list');
      get.onsuccess = () => done(Boolean(get.result));
    };
  })));
  await server.kill('SIGKILL');
  await mine.page.reload();
  await mine.page.locator('[data-part=way] .matter', { hasText: '积水' }).click();
  await banner(mine.page, /离线|连不上服务器/);
  const form = mine.page.locator('form.move');
  await mine.page.setInputFiles('form.move input[type=file]', photo('dry.png', 70));
  await form.locator('.strip img').waitFor();
  await form.locator('textarea[name=note]').fill('已疏通');
  await form.locator('button[type=submit]').click();
  await banner(mine.page, '1 条待传');
});
await step('two reports are begun, one is sent into the box', async () => {
  await mine.page.goto(`${BASE}/work/report`);
  await mine.page.locator('[data-field=description] textarea').fill(`草稿一 ${mark}`);
  await mine.page.setInputFiles('input[type=file]', photo('one.png', 50));
  await mine.page.locator('.strip img').waitFor();
  await mine.page.waitForTimeout(500);
  await mine.page.getByRole('button', { name: '另报一件' }).click();
  await mine.page.locator('[data-field=description] textarea').fill(`草稿二 ${mark}`);
  await mine.page.locator('form button[type=submit]').click();
  await banner(mine.page, '2 条待传');
});
await step('the app is closed and opened again, still without a signal: nothing is lost', async () => {
  await mine.context.close();
  mine = await phone();
  await mine.page.goto(`${BASE}/work/outbox`);
  await banner(mine.page, '2 条待传');
  const cards = await mine.page.locator('.item').allInnerTexts();
  check(cards.length === 2 && /反馈/.test(cards[0]) && /积水/.test(cards[0]) && /已疏通/.test(cards[0]), 'each says what it is', cards.join(' | '));
  check((await mine.page.locator('.item').first().locator('img').count()) === 1, 'with its photo');
  check(await noSideScroll(mine.page), 'it fits the phone');
  await mine.page.goto(`${BASE}/work/report`);
  await mine.page.getByRole('button', { name: /草稿一/ }).click();
  await mine.page.locator('.strip img').waitFor();
  check((await mine.page.locator('[data-field=description] textarea').inputValue()).includes('草稿一'), 'the draft is there with its photo');
});
await step('what waits can be mended', async () => {
  await mine.page.goto(`${BASE}/work/outbox`);
  await mine.page.locator('.item', { hasText: '草稿二' }).getByRole('button', { name: '修改' }).click();
  const words = mine.page.locator('[data-field=description] textarea');
  await words.waitFor();
  check((await words.inputValue()).includes('草稿二'), 'in the form it came from');
  await words.fill(`草稿二改过 ${mark}`);
  await mine.page.locator('form button[type=submit]').click();
  await banner(mine.page, '2 条待传');
});
await step('the server is back: all arrives, once and in order', async () => {
  await server.serve();
  await mine.page.goto(`${BASE}/work/outbox`);
  await banner(mine.page, '全部已传');
  const found = (await json(clerk.api, 'records?kind=incident&limit=50&sort=-created')).items.filter((one) => String(one.fields.description).includes(`改过 ${mark}`));
  check(found.length === 1, 'one report', String(found.length));
  check((await verbs(far)).filter((verb) => verb === 'answer').length === 1, 'one answer', (await verbs(far)).join());
  check((await record(far)).fields.result_photos?.length === 1, 'with its photo');
});

let contested = '';
await step('two at one matter: what does not concern the other goes through by itself', async () => {
  await mine.page.goto(`${BASE}/work/m/${first}`);
  await mine.page.locator('form.move').waitFor();
  await mine.context.setOffline(true);
  await mine.page.locator('form.move textarea[name=note]').fill('灯泡已换');
  await mine.page.locator('form.move button[type=submit]').click();
  await banner(mine.page, '1 条待传');
  await post(clerk.api, `records/${first}/supplement`, { note: '又打来电话催' });
  await mine.context.setOffline(false);
  await until('the answer', async () => (await record(first)).state === 'answered', 40_000);
  check((await verbs(first)).slice(-2).join() === 'supplement,answer', 'after the other');
});
await step('what does is shown side by side, and the person decides', async () => {
  contested = (await raise('标识牌歪了')).id;
  await dispatch(contested, me);
  await post(mine.context.request, `records/${contested}/acknowledge`, {});
  await mine.page.goto(`${BASE}/work/m/${contested}`);
  await mine.page.locator('form.move').waitFor();
  await mine.context.setOffline(true);
  await mine.page.locator('form.move textarea[name=note]').fill('已扶正');
  await mine.page.locator('form.move button[type=submit]').click();
  await banner(mine.page, '1 条待传');
  await post(clerk.api, `records/${contested}/suspend`, { note: '等材料', until: new Date(Date.now() + 3 * 86_400_000).toISOString() });
  await mine.context.setOffline(false);
  await banner(mine.page, '1 条未被接受');
  await mine.page.goto(`${BASE}/work/outbox`);
  const table = mine.page.locator('.conflict table');
  await table.waitFor();
  const told = await mine.page.locator('.conflict').innerText();
  check(/待核查/.test(told) && /已挂起/.test(told) && /等材料/.test(told), 'mine, the other’s, and why', told);
  check(await noSideScroll(mine.page), 'it fits the phone');
  check(/已不能/.test(told), 'what cannot be done any more is not offered');
  await post(clerk.api, `records/${contested}/resume`, {});
  await mine.page.reload();
  await mine.page.getByRole('button', { name: /仍按我的/ }).click();
  await until('the answer', async () => (await record(contested)).state === 'answered');
  await banner(mine.page, '全部已传');
});
await step('who signs in where the session of another has ended finds nothing begun', async () => {
  const { id } = await raise('电线垂落');
  await dispatch(id, me);
  await post(mine.context.request, `records/${id}/acknowledge`, {});
  await mine.page.goto(`${BASE}/work/m/${id}`);
  await mine.page.locator('form.move textarea[name=note]').fill('没写完的话');
  const left = () => mine.page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }).includes('没写完的话'));
  const signInAs = async (login) => {
    await mine.context.clearCookies();
    await mine.page.goto(`${BASE}/work`);
    await mine.page.locator('.sign-in input[name=login]').fill(login);
    await mine.page.locator('.sign-in input[type=password]').fill('wangge-sample');
    await mine.page.locator('.sign-in button[type=submit]').click();
    await mine.page.locator('.sign-in').waitFor({ state: 'detached' });
  };
  await signInAs('worker');
  check(await left(), 'the same person goes on');
  await signInAs('patrol');
  check(!(await left()), 'another does not');
});
await step('whoever signs out leaves nothing of the day on the phone', async () => {
  await mine.page.goto(`${BASE}/work`);
  await mine.page.getByRole('button', { name: /显示设置/ }).click();
  await mine.page.getByRole('button', { name: '退出' }).click();
  await mine.page.locator('form.sign-in').waitFor();
  const left = await mine.page.evaluate(() => new Promise((done) => {
    const request = indexedDB.open('wangge');
    request.onsuccess = () => {
      const stores = ['kept', 'drafts'].map((name) => new Promise((counted) => {
        const count = request.result.transaction(name).objectStore(name).count();
        count.onsuccess = () => counted(count.result);
      }));
      Promise.all(stores).then(done);
    };
  }));
  check(left.join() === '0,0', 'no list, no draft', left.join());
});

await mine.context.close();
await server.kill();
server.remove();
await stop();
