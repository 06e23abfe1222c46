// A wall for days, sped up: timers run thirty times as fast, the views turn thousands of times while updates come in, and what
// the page holds at the end is compared with what it held near the beginning. BASE_URL=… node test/browser/kiosk.mjs [turns]
import { BASE, check, json, person, start, step } from './lib.mjs';

const TURNS = Number(process.argv[2] ?? 1500);
const EVENTS = 400; // a stream
const FASTER = 30;
const HEAP_MORE = 3e6;
const { browser, stop } = await start();

const wall = await person(browser, { login: 'leader' });
const { page } = wall;
const { items } = await json(wall.api, 'points');
let seq = 1_000_000;
await page.route('**/api/v1/stream**', (route) => {
  const body = Array.from({ length: EVENTS }, () => {
    const one = items[seq % items.length];
    const change = { ...one, seq, verb: 'answer', at: new Date().toISOString(), version: seq, light: 'open', open: seq % 7 > 0, lng: one.lng + Math.random() / 1e3 };
    return `id: ${seq++}\nevent: record\ndata: ${JSON.stringify(change)}\n\n`;
  }).join('');
  return route.fulfill({ contentType: 'text/event-stream', body });
});
// Long waits are what a day is made of; short ones are frames and bursts, and stay as they are.
await page.addInitScript((faster) => {
  const shorter = (ms) => (ms >= 500 ? ms / faster : ms);
  const { setTimeout: timeout, setInterval: interval } = window;
  window.setTimeout = (work, ms, ...more) => timeout(work, shorter(ms ?? 0), ...more);
  window.setInterval = (work, ms, ...more) => interval(work, shorter(ms ?? 0), ...more);
  window.turns = 0;
  const { replaceState } = history;
  history.replaceState = function (...all) {
    window.turns += 1;
    return replaceState.apply(this, all);
  };
}, FASTER);
const devtools = await wall.context.newCDPSession(page);
await devtools.send('Performance.enable');

/** What the page holds after everything that can go has gone. */
async function size() {
  for (let n = 0; n < 3; n++) await devtools.send('HeapProfiler.collectGarbage');
  const { metrics } = await devtools.send('Performance.getMetrics');
  const all = Object.fromEntries(metrics.map((one) => [one.name, one.value]));
  return { heap: all.JSHeapUsedSize, nodes: all.Nodes, listeners: all.JSEventListeners };
}
/** Of several looks the least: between two turns there is always something that is about to go. */
async function least() {
  const looks = [];
  for (let n = 0; n < 5; n++) {
    looks.push(await size());
    await page.waitForTimeout(150);
  }
  const low = (key) => Math.min(...looks.map((one) => one[key]));
  return { heap: low('heap'), nodes: low('nodes'), listeners: low('listeners') };
}
async function turned(count) {
  let before = -1;
  for (;;) {
    const now = await page.evaluate(() => window.turns);
    if (now >= count) return;
    if (now === before) throw new Error(`the wall stands still after ${now} turns`);
    before = now;
    await page.waitForTimeout(5000);
  }
}

await step(`a wall turns ${TURNS} times and holds as much as before`, async () => {
  await page.goto(`${BASE}/board?kiosk&turn=2`);
  await page.locator('[data-part=league] tbody tr').first().waitFor();
  await turned(TURNS / 5);
  const early = await least();
  await turned(TURNS);
  const late = await least();
  const turns = await page.evaluate(() => window.turns);
  console.log(`# ${turns} turns, ${seq - 1_000_000} updates: heap ${(early.heap / 1e6).toFixed(1)} to ${(late.heap / 1e6).toFixed(1)} MB, nodes ${early.nodes} to ${late.nodes}, listeners ${early.listeners} to ${late.listeners}`);
  check(late.heap < early.heap + HEAP_MORE, 'as much memory', `${early.heap} ${late.heap}`);
  check(late.nodes < early.nodes * 1.1 + 100, 'as many nodes', `${early.nodes} ${late.nodes}`);
  check(late.listeners < early.listeners * 1.1 + 20, 'as many listeners', `${early.listeners} ${late.listeners}`);
  check(wall.complaints.length === 0, 'nothing broke, nothing left the server', wall.complaints.join('; '));
});
await stop();
