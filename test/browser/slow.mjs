// Not a test but a measurement: the resident's first screen on a slow phone (4 × slower, 1.6 Mbit/s, 150 ms away).
// BASE_URL=http://127.0.0.1:PORT node test/browser/slow.mjs [rounds]
import { BASE, start } from './lib.mjs';

const ROUNDS = Number(process.argv[2] ?? 5);
const LIMIT_MS = 2000;
const SLOW = { offline: false, latency: 150, downloadThroughput: 1.6e6 / 8, uploadThroughput: 750e3 / 8 };
const { browser, stop } = await start();

async function once() {
  const context = await browser.newContext({ viewport: { width: 360, height: 780 }, isMobile: true, hasTouch: true, serviceWorkers: 'block' });
  const page = await context.newPage();
  const link = await context.newCDPSession(page);
  await link.send('Network.enable');
  await link.send('Network.emulateNetworkConditions', SLOW);
  await link.send('Emulation.setCPUThrottlingRate', { rate: 4 });
  let bytes = 0;
  link.on('Network.loadingFinished', ({ encodedDataLength }) => (bytes += encodedDataLength));
  const began = Date.now();
  await page.goto(BASE, { waitUntil: 'commit' });
  await page.locator('.photo input').waitFor({ state: 'attached' });
  const usable = Date.now() - began;
  const paint = await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0);
  await page.waitForLoadState('networkidle');
  await context.close();
  return { usable, paint, bytes };
}

const all = [];
for (let n = 0; n < ROUNDS; n++) all.push(await once());
const middle = (key) => all.map((one) => one[key]).sort((a, b) => a - b)[ROUNDS >> 1];
console.log(`usable ${middle('usable')} ms, first paint ${Math.round(middle('paint'))} ms, ${Math.round(middle('bytes') / 1024)} KB on the wire (median of ${ROUNDS}; at most ${LIMIT_MS} ms)`);
await stop();
process.exitCode = middle('usable') <= LIMIT_MS ? 0 : 1;
