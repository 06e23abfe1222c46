// The pictures of the guide: everybody's day on a fresh sample district, once in Chinese and once in English. They go
// to docs/guide/pictures, or to GUIDE_OUT. The pages of the guide must show each of them, and no other.
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { codeFilm, ownServer } from './own.mjs';

const DAYS = 30;
const MOST_BYTES = 4 * 1024 * 1024;
const GUIDE = fileURLToPath(new URL('../../docs/guide', import.meta.url));
const OUT = process.env.GUIDE_OUT ?? `${GUIDE}/pictures`;
const server = await ownServer({ days: DAYS, lived: true });
process.env.BASE_URL = server.base;
const { BASE, FAKE_DEVICES, check, gridPoint, json, person, photo, post, settled, start, step } = await import('./lib.mjs');
const { browser, stop } = await start(FAKE_DEVICES(codeFilm(server.folder, `${server.base}/?at=330803001001001`)));
const at = await gridPoint(browser);
const api = Object.fromEntries(
  await Promise.all(['resident', 'clerk', 'worker', 'verifier'].map(async (login) => [login, (await person(browser, { login })).api])),
);
const { id: worker } = await json(api.worker, 'me');
const made = new Set();

const TEXTS = {
  zh: { lamp: '路灯不亮，晚上走路看不清', cover: '井盖松动，车一过就响', bins: '垃圾桶满了三天', address: '临江社区 3 幢楼下', done: '灯泡已更换，亮了', pipe: '总阀已关，正在换管', swept: '当场清扫干净', urgent: '水管爆裂，路面积水' },
  en: { lamp: 'Street lamp out, too dark to walk', cover: 'Loose manhole cover, rattles', bins: 'Bins full for three days', address: 'Below house 3, Linjiang', done: 'New bulb, it shines again', pipe: 'Main shut, pipe being replaced', swept: 'Swept on the spot', urgent: 'Burst pipe, water on the road' },
};

async function raise(words, address, shift = 0, who = 'resident', files = []) {
  const place = { lng: at.lng + shift, lat: at.lat, address };
  return post(api[who], 'records', { kind: 'incident', place, fields: { description: words, ...(files.length ? { photos: files } : {}) }, files });
}
async function upload(who) {
  const { name, mimeType, buffer } = photo();
  const answer = await api[who].post(`${BASE}/api/v1/files`, { multipart: { file: { name, mimeType, buffer } }, headers: { 'X-Wangge': '1' } });
  return (await answer.json()).id;
}
const codes = (await json(api.clerk, 'kinds/incident')).schema.properties.category['x-codes'];
const lowest = codes.filter(({ code }) => !codes.some(({ parent }) => parent === code));
/** The category that goes by one of these words. */
const codeOf = (...words) => (lowest.find(({ title }) => words.some((word) => title.zh.includes(word))) ?? lowest[0]).code;
const [LAMP, COVER, BINS, WATER] = [codeOf('路灯'), codeOf('井盖'), codeOf('垃圾'), codeOf('积水', '供水', '水管')];
async function dispatched(id, category = LAMP) {
  await post(api.clerk, `records/${id}/accept`, { fields: { category, level: 'easy' } });
  await post(api.clerk, `records/${id}/dispatch`, { parties: [{ role: 'lead', account: worker }] });
}

/** Somebody's window in one language. */
async function window(lang, login, phone) {
  const one = await person(browser, { login, phone, at });
  await one.context.grantPermissions(['geolocation', 'camera', 'microphone'], { origin: BASE });
  await one.page.addInitScript((language) => localStorage.setItem('wangge.language', language), lang);
  const shots = await one.context.newCDPSession(one.page);
  const shoot = async (name) => {
    await settled(one.page);
    await one.page.waitForTimeout(300);
    const { data } = await shots.send('Page.captureScreenshot', { format: 'webp', quality: 72 });
    mkdirSync(`${OUT}/${lang}`, { recursive: true });
    writeFileSync(`${OUT}/${lang}/${name}.webp`, Buffer.from(data, 'base64'));
    made.add(`${lang}/${name}.webp`);
  };
  const open = async (path, name) => {
    await one.page.goto(BASE + path);
    if (name) await shoot(name);
  };
  return { ...one, shoot, open };
}

async function residentDay(lang, text) {
  const { page, shoot, open, context } = await window(lang, 'resident', true);
  await open('/', 'resident-home');
  await open('/report');
  await page.setInputFiles('input[type=file]', photo());
  await page.locator('img[src^="blob:"]').first().waitFor();
  await shoot('resident-report');
  const { id } = await raise(text.lamp, text.address, 0, 'resident', [await upload('resident')]);
  await open(`/m/${id}`, 'resident-matter');
  await dispatched(id);
  await post(api.worker, `records/${id}/acknowledge`, {});
  await post(api.worker, `records/${id}/answer`, { note: text.done });
  await post(api.verifier, `records/${id}/verify`, {});
  await open(`/m/${id}`);
  await page.locator('[data-move=rate]').click();
  await shoot('resident-rate');
  await open('/mine', 'resident-mine');
  await context.close();
  const { id: told } = await raise(text.cover, text.address, 0.0002);
  await post(api.clerk, `records/${told}/accept`, { fields: { category: COVER, level: 'easy' } });
  const neighbour = await window(lang, 'resident2', true);
  await neighbour.open('/report');
  await neighbour.page.locator('#what').fill(text.cover);
  const near = neighbour.page.locator('.near');
  await near.waitFor();
  await near.evaluate((card) => card.scrollIntoView({ block: 'center' }));
  await neighbour.shoot('resident-near');
  await neighbour.open(`/door/${await sampled('house', '&state=listed')}`, 'resident-door');
  await neighbour.page.evaluate(() => localStorage.setItem('wangge.plain', 'yes'));
  await neighbour.open('/', 'resident-plain');
  await neighbour.context.close();
}

async function workerDay(lang, text) {
  const { page, shoot, open, context } = await window(lang, 'worker', true);
  const calm = await Promise.all([raise(text.cover, text.address, 0.0012), raise(text.lamp, text.address, 0.0027)]);
  for (const [n, { id }] of calm.entries()) {
    await dispatched(id, [COVER, LAMP][n]);
    await post(api.worker, `records/${id}/acknowledge`, {});
  }
  await open('/work', 'worker-today');
  await open('/work/map');
  await page.locator('.map canvas').first().waitFor();
  await page.waitForTimeout(500);
  await shoot('worker-map');
  await open(`/work/m/${calm[0].id}`, 'worker-matter');
  const { id } = await raise(text.urgent, text.address, 0.0005);
  await dispatched(id, WATER);
  await page.getByRole('alertdialog').waitFor();
  await shoot('worker-alarm');
  await page.locator('[data-move=acknowledge]').first().click();
  await page.getByRole('alertdialog').waitFor({ state: 'detached' });
  await page.locator('form.move textarea[name=note]').fill(text.pipe);
  await page.setInputFiles('form.move input[type=file]', photo('mended.png', 90));
  await context.setOffline(true);
  await page.locator('form.move button[type=submit]').click();
  await page.locator('.banner.off, .banner.loud').first().waitFor();
  await page.waitForURL((url) => !url.pathname.endsWith(id)); // the next one has followed
  await page.locator('.banner').click();
  await page.locator('.item').first().waitFor();
  await shoot('worker-outbox');
  await context.setOffline(false);
  await page.locator('.item').first().waitFor({ state: 'detached', timeout: 40_000 });
  // A reader that finds nothing: the picture is of the moment before.
  await page.addInitScript(() => {
    window.BarcodeDetector = class {
      static getSupportedFormats = async () => ['qr_code'];
      detect = async () => [];
    };
  });
  await open('/work/scan');
  await page.waitForTimeout(1200);
  await shoot('worker-scan');
  await context.close();
}

async function patrolDay(lang, text) {
  const { page, shoot, open, context } = await window(lang, 'patrol', true);
  await open('/work/report');
  await page.setInputFiles('input[type=file]', photo('bins.png', 110));
  await page.locator('[role=radiogroup] [role=radio]').nth(1).click();
  await page.locator('[data-field=description] textarea').fill(text.bins);
  await page.locator('textarea[name=note]').fill(text.swept);
  await shoot('patrol-settle');
  await context.close();
}

async function deskDay(lang, text) {
  const clerk = await window(lang, 'clerk', false);
  const { id } = await raise(text.bins, text.address, 0.0009, 'resident', [await upload('resident')]);
  await clerk.open('/desk', 'clerk-desk');
  await clerk.open(`/desk/r/${id}?view=all`);
  await clerk.page.locator('[data-move=accept]').click();
  await clerk.page.locator('form.move').waitFor();
  await clerk.shoot('clerk-accept');
  await clerk.open('/desk/new', 'clerk-hotline');
  await dispatched(id, BINS);
  await clerk.open(`/desk/r/${id}?view=all`, 'clerk-follow');
  await clerk.context.close();
  await post(api.worker, `records/${id}/acknowledge`, {});
  await post(api.worker, `records/${id}/answer`, { note: text.swept, files: [await upload('worker')] });
  const verifier = await window(lang, 'verifier', false);
  await verifier.open(`/desk/r/${id}?view=all`);
  await verifier.page.locator('[data-move=verify]').waitFor();
  await verifier.shoot('verifier-check');
  await verifier.context.close();
}

async function aboveDay(lang) {
  const leader = await window(lang, 'leader', false);
  await leader.open('/board');
  await leader.page.locator('.live.live, [data-figure=open]').first().waitFor();
  await leader.page.waitForTimeout(1500);
  await leader.shoot('leader-board');
  await leader.context.close();
  const admin = await window(lang, 'admin', false);
  await admin.open('/admin/accounts', 'admin-accounts');
  await admin.open('/admin/areas', 'admin-areas');
  await admin.open('/admin/packs', 'admin-packs');
  await admin.open('/admin/audit', 'admin-audit');
  await admin.context.close();
}

/** The newest of a kind that the sample district brings, behind all that was simulated since. */
async function sampled(kind, more = '', who = api.clerk) {
  let page = { items: [], next: '' };
  do page = await json(who, `records?kind=${kind}&limit=1${more}${page.next ? `&cursor=${page.next}` : ''}`);
  while (!page.items.length && page.next);
  return page.items[0].id;
}

async function homeDay(lang) {
  const { page, open, shoot, context } = await window(lang, 'resident', true);
  await open('/services', 'resident-services');
  await open('/book');
  await page.locator('input[type=radio]').first().waitFor();
  await shoot('resident-book');
  await open('/money', 'resident-money');
  await open(`/ballot/${await sampled('owners_vote', '&state=voting')}`);
  await page.locator('.btn.wide').first().waitFor();
  await shoot('resident-ballot');
  await open('/public/proposal_call', 'resident-public');
  await context.close();
}

async function programmesDay(lang) {
  const worker = await window(lang, 'worker', true);
  await worker.open('/work/registers');
  await worker.page.locator('main li, main a.row, .card').first().waitFor();
  await worker.shoot('worker-registers');
  await worker.open(`/work/m/${await sampled('grid_task', '&state=issued', api.worker)}`, 'worker-task');
  await worker.open(`/work/m/${await sampled('round', '&state=walking', api.worker)}`);
  await worker.page.locator('[data-add=finding]').waitFor();
  await worker.page.locator('[data-children]').evaluate((part) => part.scrollIntoView({ block: 'center' }));
  await worker.shoot('worker-round');
  await worker.context.close();
  const judge = await window(lang, 'judge', true);
  await judge.open(`/work/judge/${await sampled('contest', '&state=first_round')}`);
  await judge.page.locator('.strip').waitFor();
  await judge.shoot('judge-sheet');
  await judge.context.close();
  const clerk = await window(lang, 'clerk', false);
  await clerk.open('/desk/front', 'clerk-front');
  await clerk.open(`/desk/ballot/${await sampled('owners_vote', '&state=voting')}`, 'clerk-ballot');
  await clerk.open('/desk/ledgers');
  await clerk.page.locator('.figure, .chip, button[aria-pressed]').first().waitFor();
  await clerk.shoot('clerk-ledgers');
  await clerk.context.close();
  const leader = await window(lang, 'leader', false);
  await leader.open(`/desk/scores/${await sampled('skills')}`, 'leader-scores');
  await leader.context.close();
  const admin = await window(lang, 'admin', false);
  await admin.open('/admin/duty', 'admin-duty');
  await admin.context.close();
}

/** One order from above and from below. */
async function commandDay(lang) {
  const order = `/command/${await sampled('order', '&open=1')}`;
  const above = await window(lang, 'commander', false);
  await above.open(order);
  await above.page.locator('.map canvas').first().waitFor();
  for (let n = 0; n < 2; n++) await above.page.locator('.map .zoom button').last().click();
  await above.page.waitForTimeout(800);
  await above.shoot('commander-order');
  await above.context.close();
  const below = await window(lang, 'village', true);
  await below.open(order);
  await below.page.locator('h1').first().waitFor();
  await below.page.waitForTimeout(500);
  await below.shoot('commander-unit');
  await below.context.close();
}

for (const [lang, text] of Object.entries(TEXTS)) {
  await step(`${lang}: a resident's day`, () => residentDay(lang, text));
  await step(`${lang}: a worker's day`, () => workerDay(lang, text));
  await step(`${lang}: a patrol's day`, () => patrolDay(lang, text));
  await step(`${lang}: the desk's day`, () => deskDay(lang, text));
  await step(`${lang}: the day above`, () => aboveDay(lang));
  await step(`${lang}: a day in command`, () => commandDay(lang));
  await step(`${lang}: a day at home`, () => homeDay(lang));
  await step(`${lang}: programmes on phones and desks`, () => programmesDay(lang));
}

await step('the guide shows each picture, and none that is not made', () => {
  for (const lang of Object.keys(TEXTS)) {
    const pages = readdirSync(`${GUIDE}/${lang}`).map((name) => readFileSync(`${GUIDE}/${lang}/${name}`, 'utf8')).join('\n');
    const shown = new Set([...pages.matchAll(/\.\.\/pictures\/([\w/-]+\.webp)/g)].map((hit) => hit[1]));
    const mine = [...made].filter((name) => name.startsWith(`${lang}/`));
    check(mine.every((name) => shown.has(name)), `${lang}: all are shown`, mine.filter((name) => !shown.has(name)).join());
    check([...shown].every((name) => made.has(name)), `${lang}: all are made`, [...shown].filter((name) => !made.has(name)).join());
  }
  const bytes = [...made].reduce((sum, name) => sum + statSync(`${OUT}/${name}`).size, 0);
  check(bytes < MOST_BYTES, `${made.size} pictures, ${Math.round(bytes / 1024)} KB`, String(bytes));
});
await server.kill('SIGKILL');
server.remove();
await stop();
