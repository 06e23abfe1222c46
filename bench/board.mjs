// What the board costs: the past by the minute, and a hundred thousand points on its map in Chromium.
//   BASE_URL=http://127.0.0.1:PORT SERVER_PID=… node bench/board.mjs [past|map]
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(new URL('../web/package.json', import.meta.url));
const { chromium } = require('playwright-core');
const BASE = (process.env.BASE_URL ?? 'http://127.0.0.1:8311').replace(/\/$/, '');
const PID = process.env.SERVER_PID;
const POINTS = 100_000;
const PAGE = 5000;
const DAY = 86_400_000;

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-quic', '--no-first-run', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--ignore-gpu-blocklist'],
});
const context = await browser.newContext({ viewport: { width: 1920, height: 1080 }, locale: 'zh-CN', timezoneId: 'Asia/Shanghai' });
const api = context.request;
await api.post(`${BASE}/api/v1/session`, { data: { login: 'leader', password: 'wangge-sample' }, headers: { 'X-Wangge': '1' } });
const json = async (path) => (await api.get(`${BASE}/api/v1/${path}`, { timeout: 120_000 })).json();

/** Milliseconds of processor time the server has used; the clock of a busy machine says little. */
function cpu() {
  if (!PID) return NaN;
  const fields = readFileSync(`/proc/${PID}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
async function timed(what, work) {
  const before = cpu();
  const began = performance.now();
  const said = await work();
  const used = cpu() - before;
  console.log(`${what}: ${Math.round(performance.now() - began)} ms${PID ? `, ${used} ms of processor` : ''}${said ? ` (${said})` : ''}`);
}
const at = (days, minute = 0) => encodeURIComponent(`${new Date(Date.now() - days * DAY - minute * 60_000 + 8 * 3_600_000).toISOString().slice(0, 19)}+08:00`);

async function past() {
  const { items } = await json('measures?name=received,open');
  console.log(`${items[0].value} matters, ${items[1].value} open`);
  for (const days of [1, 7, 29]) {
    await timed(`figures ${days} days ago, the first look at that day`, async () => void (await json(`measures/past?name=open,late&at=${at(days)}`)));
    await timed(`figures ${days} days ago, a hundred other minutes of it`, async () => {
      for (let n = 1; n <= 100; n++) await json(`measures/past?name=open,late&at=${at(days, n / 10)}`);
    });
    await timed(`figures ${days} days ago, by township`, async () => void (await json(`measures/past?name=open,late&by=area&at=${at(days, 11)}`)));
    await timed(`points ${days} days ago`, async () => {
      let count = 0;
      let pages = 0;
      for (let cursor = ''; cursor !== null; pages++) {
        const page = await json(`points?at=${at(days)}&cursor=${encodeURIComponent(cursor)}`);
        count += page.items.length;
        cursor = page.next;
      }
      return `${count} in ${pages} pages`;
    });
  }
  await timed('points now, one page', async () => `${(await json('points')).items.length}`);
}

function madeUp(sample) {
  let seed = 7;
  const chance = () => (seed = (seed * 1103515245 + 12345) % 2 ** 31) / 2 ** 31;
  const lights = ['green', 'green', 'green', 'amber', 'red', 'grey'];
  return Array.from({ length: POINTS }, (_, n) => {
    const one = sample[n % sample.length];
    const light = lights[Math.floor(chance() * lights.length)];
    return { ...one, id: `point-${n}`, light_now: light, late: light === 'red', lng: one.lng + (chance() - 0.5) / 20, lat: one.lat + (chance() - 0.5) / 20 };
  });
}

/** Frames while the map is dragged; the page's own thread in processor time: what is left beside it is the drawing. */
async function drag(page, what) {
  const box = await page.locator('.map .canvas').boundingBox();
  const middle = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  const devtools = await context.newCDPSession(page);
  await devtools.send('Performance.enable', { timeDomain: 'threadTicks' });
  const busy = async () => (await devtools.send('Performance.getMetrics')).metrics.find((one) => one.name === 'TaskDuration').value * 1000;
  await page.evaluate(() => {
    const times = (window.frames_ = []);
    const frame = (now) => {
      times.push(now);
      if (window.frames_ === times) requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });
  const before = await busy();
  await page.mouse.move(middle.x, middle.y);
  await page.mouse.down();
  const end = Date.now() + 6000;
  for (let n = 0; Date.now() < end; n++) await page.mouse.move(middle.x + 200 * Math.sin(n / 20), middle.y + 120 * Math.cos(n / 20));
  await page.mouse.up();
  const used = (await busy()) - before;
  const steps = await page.evaluate(() => window.frames_.slice(1).map((now, n) => now - window.frames_[n]).sort((a, b) => a - b));
  const of = (share) => steps[Math.floor(steps.length * share)].toFixed(1);
  const whole = steps.reduce((sum, step) => sum + step, 0);
  console.log(`${what}, dragged for 6 s: ${((steps.length * 1000) / whole).toFixed(0)} frames a second; a frame takes ${of(0.5)} ms (p50), ${of(0.95)} ms (p95), the page's own thread ${(used / steps.length).toFixed(1)} ms of processor`);
}

async function map() {
  const points = madeUp((await json('points')).items.filter((one) => one.lng !== undefined));
  const page = await context.newPage();
  let served = 0;
  await page.route('**/api/v1/points*', (route) => {
    const from = Number(new URL(route.request().url()).searchParams.get('cursor') ?? 0);
    const next = from + PAGE < POINTS ? String(from + PAGE) : null;
    served = Math.max(served, from + PAGE);
    return route.fulfill({ json: { items: points.slice(from, from + PAGE), next } });
  });
  await page.goto(`${BASE}/board`);
  while (served < POINTS) await page.waitForTimeout(200);
  await page.waitForTimeout(8000);
  const gl = await page.evaluate(() => {
    const context = document.createElement('canvas').getContext('webgl2');
    const info = context?.getExtension('WEBGL_debug_renderer_info');
    return info ? context.getParameter(info.UNMASKED_RENDERER_WEBGL) : 'none';
  });
  console.log(`WebGL: ${gl}`);
  await drag(page, `${POINTS} points`);
  await page.locator('[data-view=areas]').click();
  await page.waitForTimeout(2000);
  await drag(page, 'the areas alone, for comparison');
  await page.locator('[data-view=points]').click();
  await page.waitForTimeout(4000);
  if (process.env.PICTURE) await page.screenshot({ path: process.env.PICTURE });
}

const [only] = process.argv.slice(2);
if (only !== 'map') await past();
if (only !== 'past') await map();
await browser.close();
