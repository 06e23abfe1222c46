// What a list of 100,000 rows costs at the desk: frames while it is scrolled, by wheel and to its end, and rows not yet drawn.
//   BASE_URL=http://127.0.0.1:PORT node bench/desk.mjs        (a district of 100,000 matters: bench/desk.md)
import { createRequire } from 'node:module';

const require = createRequire(new URL('../web/package.json', import.meta.url));
const { chromium } = require('playwright-core');
const BASE = (process.env.BASE_URL ?? 'http://127.0.0.1:8311').replace(/\/$/, '');
const SECONDS = Number(process.env.SECONDS ?? 8);

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-quic', '--no-first-run', '--disable-gpu'],
});
const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'zh-CN', timezoneId: 'Asia/Shanghai' });
await context.request.post(`${BASE}/api/v1/session`, { data: { login: 'clerk', password: 'wangge-sample' }, headers: { 'X-Wangge': '1' } });
const page = await context.newPage();
const devtools = await context.newCDPSession(page);
await devtools.send('Performance.enable', { timeDomain: 'threadTicks' });
const busy = async () => (await devtools.send('Performance.getMetrics')).metrics.find((one) => one.name === 'TaskDuration').value * 1000;
let pages = 0;
page.on('response', (answer) => (pages += /\/records\?/.test(answer.url()) ? 1 : 0));

/** Frames while `work` goes on, and those in which the middle of the list was still empty. */
async function watched(what, work) {
  await page.evaluate(() => {
    const box = document.querySelector('.box');
    const { left, top, width, height } = box.getBoundingClientRect();
    const seen = (window.seen_ = { times: [], empty: 0, from: box.scrollTop });
    const frame = (now) => {
      seen.times.push(now);
      if (!document.elementFromPoint(left + width / 2, top + height / 2)?.closest('[role=option]')) seen.empty += 1;
      if (window.seen_ === seen) requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });
  const [before, asked] = [await busy(), pages];
  await work();
  const used = (await busy()) - before;
  const { times, empty, rows } = await page.evaluate(() => {
    const { times: all, empty: none, from } = window.seen_;
    window.seen_ = null;
    const box = document.querySelector('.box');
    const row = box.querySelector('[role=option]').getBoundingClientRect().height;
    return { times: all, empty: none, rows: Math.round((box.scrollTop - from) / row) };
  });
  const steps = times.slice(1).map((now, n) => now - times[n]).sort((a, b) => a - b);
  const whole = times.at(-1) - times[0];
  const of = (share) => steps[Math.min(steps.length - 1, Math.floor(steps.length * share))].toFixed(1);
  const late = steps.filter((step) => step > 50).length;
  console.log(
    `${what}: ${((steps.length * 1000) / whole).toFixed(0)} frames a second over ${Math.abs(rows)} rows; a frame ${of(0.5)} ms (p50), ${of(0.95)} (p95), ${of(0.99)} (p99), ` +
      `${of(1)} at most; ${late} over 50 ms; ${empty} of ${times.length} with nothing in the middle; the page's own thread ${(used / steps.length).toFixed(1)} ms a frame; ${pages - asked} pages read`,
  );
}
async function wheel(by) {
  const end = Date.now() + SECONDS * 1000;
  while (Date.now() < end) {
    await page.mouse.wheel(0, by);
    await page.waitForTimeout(16);
  }
}

await page.goto(`${BASE}/desk?view=all`);
await page.locator('[role=option]').first().waitFor();
await page.waitForTimeout(3000);
const box = await page.locator('.box').boundingBox();
await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
await watched('at rest', () => page.waitForTimeout(SECONDS * 500));
await watched('read along (2 rows a frame)', () => wheel(120));
await watched('flung (10 rows a frame)', () => wheel(600));
await watched('back up (10 rows a frame)', () => wheel(-600));
await page.locator('.box').focus();
await watched('one after another by j', async () => {
  for (let n = 0; n < 60; n++) {
    await page.keyboard.press('j');
    await page.waitForTimeout(60);
  }
});
const began = Date.now();
await page.keyboard.press('Shift+G');
await page.getByText('到底了').waitFor();
console.log(`the last row, from anywhere: ${Date.now() - began} ms`);
await watched('up from the end (10 rows a frame)', () => wheel(-600));
const held = await page.evaluate(() => document.querySelectorAll('[role=option]').length);
console.log(`${held} rows on the page`);
await browser.close();
