// What the browser tests share: a browser, people with their own windows, checks, a photo.
import { createRequire } from 'node:module';
import { deflateSync } from 'node:zlib';

const require = createRequire(new URL('../../web/package.json', import.meta.url));
const { chromium } = require('playwright-core');

export const BASE = (process.env.BASE_URL ?? 'http://127.0.0.1:8311').replace(/\/$/, '');
const PASSWORD = process.env.SAMPLE_PASSWORD ?? 'wangge-sample';
const PHONE = { viewport: { width: 360, height: 780 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 };
const DESK = { viewport: { width: 1440, height: 900 } };

let passed = 0;
let failed = 0;

export function check(ok, what, more = '') {
  if (ok) passed += 1;
  else failed += 1;
  console.log(`${ok ? 'ok' : 'not ok'} ${passed + failed} - ${what}${ok || !more ? '' : `\n  # ${more}`}`);
}

/** One step of a story: an exception is a failed check, and the story goes on. */
export async function step(what, work) {
  try {
    const result = await work();
    check(result !== false, what);
    return result;
  } catch (problem) {
    check(false, what, String(problem.message ?? problem).split('\n').slice(0, 14).join('\n  # '));
    return undefined;
  }
}

/** With a microphone and a camera that are none: what the latter sees is a file. */
export const FAKE_DEVICES = (film) => [
  '--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream',
  ...(film ? [`--use-file-for-fake-video-capture=${film}`] : []),
];
export const ARGS = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
];
export const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
export { chromium, PHONE, require };

export async function start(more = []) {
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: [...ARGS, ...more],
  });
  const stop = async () => {
    await browser.close();
    console.log(`${passed} passed, ${failed} failed`);
    process.exitCode = failed ? 1 : 0;
  };
  return { browser, stop };
}

/** A window of somebody's own. Complains of anything that leaves the server or breaks the page's policy. */
export async function person(browser, { login, phone = false, at, sw = 'block', base = BASE } = {}) {
  const context = await browser.newContext({
    ...(phone ? PHONE : DESK),
    locale: 'zh-CN',
    timezoneId: 'Asia/Shanghai',
    serviceWorkers: sw,
    ...(at ? { geolocation: { longitude: at.lng, latitude: at.lat }, permissions: ['geolocation'] } : {}),
  });
  context.setDefaultTimeout(15_000);
  const complaints = [];
  const page = await context.newPage();
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('console', (message) => {
    if (/Content Security Policy|Refused to/.test(message.text())) complaints.push(message.text());
  });
  page.on('request', (request) => {
    const url = request.url();
    if (/^https?:/.test(url) && !url.startsWith(base)) complaints.push(`left the server: ${url}`);
  });
  if (login) await signIn(context, login, base);
  return { context, page, complaints, api: context.request };
}

export async function signIn(context, login, base = BASE) {
  const answer = await context.request.post(`${base}/api/v1/session`, { data: { login, password: PASSWORD }, headers: { 'X-Wangge': '1' } });
  if (!answer.ok()) throw new Error(`sign in as ${login}: ${answer.status()} ${await answer.text()}`);
}

export async function json(api, path) {
  const answer = await api.get(`${BASE}/api/v1/${path}`);
  if (!answer.ok()) throw new Error(`${path}: ${answer.status()}`);
  return answer.json();
}

export async function post(api, path, data) {
  const answer = await api.post(`${BASE}/api/v1/${path}`, { data, headers: { 'X-Wangge': '1' } });
  if (!answer.ok()) throw new Error(`${path}: ${answer.status()} ${await answer.text()}`);
  return answer.json();
}

/** A point in the worker's own grid. */
export async function gridPoint(browser) {
  const worker = await person(browser, { login: 'worker' });
  const me = await json(worker.api, 'me');
  const area = await json(worker.api, `areas/${me.posts[0].area}`);
  await worker.context.close();
  return { lng: area.lng ?? 118.95, lat: area.lat ?? 28.98, area: me.posts[0].area };
}

function crc(bytes) {
  let c = ~0;
  for (const byte of bytes) {
    c ^= byte;
    for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
  }
  return ~c >>> 0;
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(crc(body), body.length + 4);
  return out;
}

/** A PNG of a street lamp at night, near enough. */
export function photo(name = 'lamp.png', shade = 40) {
  const width = 320;
  const height = 240;
  const rows = Buffer.alloc((width * 3 + 1) * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const lamp = x > 150 && x < 160 && y > 40;
      const pixel = lamp ? [120, 110, 100] : [shade >> 1, shade + (y >> 3), 160];
      rows.set(pixel, y * (width * 3 + 1) + 1 + x * 3);
    }
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  const buffer = Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
  return { name, mimeType: 'image/png', buffer };
}

/** The colour in a corner of a picture on the page. */
export const cornerColour = (image) =>
  image.evaluate(async (element) => {
    await element.decode();
    const canvas = Object.assign(document.createElement('canvas'), { width: 8, height: 8 });
    const context = canvas.getContext('2d');
    context.drawImage(element, 0, 0, 8, 8);
    return [...context.getImageData(1, 1, 1, 1).data.slice(0, 3)];
  });

export const settled = (page) => page.waitForLoadState('networkidle', { timeout: 3000 }).catch(() => undefined);

/** Presses the button of one move on the record that is open. */
export async function move(page, name) {
  await page.locator(`[data-move="${name}"]`).click();
  await page.locator('form.move').waitFor();
}

export async function send(page) {
  await page.locator('form.move button[type=submit]').click();
  await page.locator('form.move').waitFor({ state: 'detached' });
}

/** The code whose words are given, found with the picker's search. */
export async function pickCode(page, field, words) {
  const box = page.locator(`[data-field="${field}"]`);
  const chip = box.getByRole('radio', { name: words });
  if (await chip.count()) return chip.first().click();
  await box.locator('button').first().click();
  await box.locator('input[type=search]').fill(words);
  return box.locator('.option').first().click();
}

/** A resident's report, as far as the last button: the place comes from the phone by itself. */
export async function fillReport(page, words, { picture = true } = {}) {
  await page.goto(`${BASE}/report`);
  if (picture) {
    await page.setInputFiles('input[type=file]', photo());
    await page.locator('.strip img').waitFor();
  }
  await page.getByText('属于').waitFor();
  await page.locator('#what').fill(words);
}

export const noSideScroll = (page) =>
  page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth + 1);
