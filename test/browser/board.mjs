// The board: figures that open, the clock slider, a wall that runs for days, the map.
import { BASE, check, json, noSideScroll, person, settled, start, step } from './lib.mjs';

const { browser, stop } = await start();
const leader = await person(browser, { login: 'leader' });
const { page, api } = leader;
const figure = (key, of = page) => of.locator(`[data-figure=${key}] .value`).innerText();
const number = (text) => Number(text.replace(/[^\d.-]/g, ''));
const until = async (what, test, ms = 10_000) => {
  const end = Date.now() + ms;
  while (Date.now() < end) {
    if (await test()) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`waited ${ms} ms for ${what}`);
};

await step('the board says what the server says', async () => {
  await page.goto(`${BASE}/board`);
  await until('figures', async () => (await figure('open')) !== '—');
  const { items } = await json(api, 'measures?name=open,late');
  check(number(await figure('open')) === items[0].value, 'open', await figure('open'));
  check(number(await figure('late')) === items[1].value, 'late', await figure('late'));
  await page.locator('[data-part=league] tbody tr').first().waitFor();
  check((await page.locator('[data-part=league] tbody tr').count()) > 10, 'the league has its townships');
  await page.locator('[data-part=trend] canvas').waitFor();
});

await step('a figure opens into its rows, and the back button closes them', async () => {
  await page.locator('[data-figure=open]').click();
  await page.locator('aside.rows .one').first().waitFor();
  check(/rows=open/.test(page.url()), 'the address says so', page.url());
  const said = await page.locator('aside.rows p').first().innerText();
  check(number(said.split('，')[0]) === number(await figure('open')), 'it lists as many as it counts', said);
  await page.goBack();
  await page.locator('aside.rows').waitFor({ state: 'detached' });
  await page.locator('[data-figure=today]').click();
  await page.locator('aside.rows h2').waitFor();
  await page.keyboard.press('Escape');
  await page.locator('aside.rows').waitFor({ state: 'detached' });
});

await step('the slider takes the whole board back, and to now again', async () => {
  const slider = page.getByRole('slider');
  await slider.focus();
  for (let n = 0; n < 3; n++) await page.keyboard.press('PageDown');
  await page.keyboard.press('ArrowLeft');
  await page.locator('.board.past').waitFor();
  const at = new URL(page.url()).searchParams.get('at');
  const { items } = await json(api, `measures/past?name=open,late&at=${encodeURIComponent(at)}`);
  await until('open as of then', async () => number(await figure('open')) === items[0].value);
  await until('late as of then', async () => number(await figure('late')) === items[1].value);
  let then = 0;
  for (let next = ''; next !== null; ) {
    const points = await json(api, `points?at=${encodeURIComponent(at)}&cursor=${encodeURIComponent(next)}`);
    then += points.items.length;
    next = points.next;
  }
  check(then === items[0].value, 'as many points as open matters', `${then} ${items[0].value}`);
  await page.reload();
  await until('the same after a reload', async () => number(await figure('open')) === items[0].value);
  await page.getByRole('button', { name: '回到现在' }).click();
  await page.locator('.board:not(.past)').waitFor();
});

await step('time goes by until somebody stops it', async () => {
  await page.locator('[data-play]').click();
  await page.locator('.board.past').waitFor();
  const at = () => Date.parse(new URL(page.url()).searchParams.get('at'));
  const begun = at();
  await until('two steps', async () => at() > begun + 20 * 60_000);
  await page.getByRole('slider').focus();
  await page.keyboard.press('Space');
  check((await page.locator('[data-play]').getAttribute('aria-label')) === '播放：一天半分钟', 'the space bar stops it');
  await page.waitForTimeout(300);
  const stopped = page.url();
  await page.waitForTimeout(700);
  check(page.url() === stopped, 'and it stays there');
});

await step('what it is about, then and now, opens into its parts and its rows', async () => {
  await page.locator('[data-table=sorts]').click();
  const at = new URL(page.url()).searchParams.get('at');
  const { items } = await json(api, `measures/past?name=open&by=category&at=${encodeURIComponent(at)}`);
  const most = items[0].groups.filter((one) => one.value > 0);
  for (const one of most.slice(0, 3))
    await until(`${one.key} as of then`, async () => Number(await page.locator(`[data-sort="${one.key}"] td`).nth(1).innerText()) === one.value);
  await page.getByRole('button', { name: '回到现在' }).click();
  await page.locator('.board:not(.past)').waitFor();
  await page.locator('[data-sort] th button').first().click();
  await page.locator('[data-up]').waitFor();
  await page.locator('[data-sort] td button').first().click();
  await page.locator('aside.rows .one').first().waitFor();
  await page.keyboard.press('Escape');
  await page.locator('[data-table=areas]').click();
});

await step('the map shows points, heat and areas down to the micro-grid', async () => {
  for (const view of ['heat', 'areas', 'points']) {
    await page.locator(`[data-view=${view}]`).click();
    check((await page.locator(`[data-view=${view}]`).getAttribute('aria-pressed')) === 'true', view);
  }
  await page.locator('.tools select').first().selectOption('grid');
  await settled(page);
  check(/level=grid/.test(page.url()), 'the level stands in the address');
  check(leader.complaints.length === 0, 'nothing broke, nothing left the server', leader.complaints.join('; '));
});

await step('areas are shaded by what the figures count, no programme else', async () => {
  await page.locator('[data-view=areas]').click();
  await page.locator('.tools select').first().selectOption('township');
  const drawn = page.evaluate(() => new Promise((done) => {
    const { fillText } = CanvasRenderingContext2D.prototype;
    const said = new Set();
    CanvasRenderingContext2D.prototype.fillText = function (words, ...where) {
      said.add(words);
      return fillText.call(this, words, ...where);
    };
    setTimeout(() => done([...said]), 3000);
  }));
  await page.locator('.tools select').last().selectOption('late');
  await page.locator('.tools select').last().selectOption('open');
  const most = Math.max(...(await json(api, 'measures?name=open&by=area')).items[0].groups.map((one) => one.value));
  const figures = (await drawn).map(Number).filter(Number.isFinite);
  check(figures.length > 0 && Math.max(...figures) <= most, 'no area has more than the fullest of the league', `${figures} ${most}`);
  await page.locator('[data-view=points]').click();
});

await step('on a wall the words of the map and of the charts are as large as the page has them', async () => {
  const wall = await person(browser, { login: 'leader' });
  await wall.page.setViewportSize({ width: 3840, height: 1080 });
  await wall.page.addInitScript(() => {
    window.drawn = [];
    const { fillText } = CanvasRenderingContext2D.prototype;
    CanvasRenderingContext2D.prototype.fillText = function (words, ...where) {
      window.drawn.push([words, parseFloat(/([\d.]+)px/.exec(this.font)[1])]);
      return fillText.call(this, words, ...where);
    };
  });
  await wall.page.goto(`${BASE}/board`);
  const read = () => wall.page.evaluate(() => ({ drawn: window.drawn, root: parseFloat(getComputedStyle(document.documentElement).fontSize) }));
  const sizes = ({ drawn }, which) => drawn.filter(([words]) => which.test(words)).map(([, px]) => px);
  await until('names and hours', async () => {
    const seen = await read();
    return sizes(seen, /[镇乡]$/).length && sizes(seen, /:00$/).length;
  });
  const seen = await read();
  check(seen.root > 16 && Math.min(...sizes(seen, /[镇乡]$/)) >= 0.8 * seen.root, 'names of townships', JSON.stringify(sizes(seen, /[镇乡]$/)));
  check(Math.min(...sizes(seen, /:00$/)) >= 0.7 * seen.root, 'hours of the day', JSON.stringify(sizes(seen, /:00$/)));
  await wall.page.setViewportSize({ width: 1440, height: 900 });
  await wall.page.evaluate(() => void (window.drawn = []));
  await until('the same at a desk', async () => Math.max(0, ...sizes(await read(), /[镇乡]$/)) === 13);
  await wall.context.close();
});

await step('it fits a phone', async () => {
  const phone = await person(browser, { login: 'leader', phone: true });
  await phone.page.goto(`${BASE}/board`);
  await until('figures', async () => (await figure('open', phone.page)) !== '—');
  check(await noSideScroll(phone.page), 'without a side scroll');
  await phone.context.close();
});

await step('on a phone in the largest type the map is not covered, and the league has its names and who is late', async () => {
  const phone = await person(browser, { login: 'leader', phone: true });
  await phone.page.addInitScript(() => localStorage.setItem('wangge.size', 'larger'));
  await phone.page.goto(`${BASE}/board`);
  const league = phone.page.locator('[data-part=league]');
  await league.locator('tbody tr').first().waitFor();
  await phone.page.locator('section.map canvas').first().waitFor();
  // What is touched in a lattice over the map: the map itself, but for its own two buttons.
  const covered = await phone.page.locator('.ol-viewport').first().evaluate((map) => {
    map.scrollIntoView({ block: 'center' });
    const { left, top, width, height } = map.getBoundingClientRect();
    const lattice = Array.from({ length: 400 }, (_, n) => [left + ((n % 20) + 0.5) * (width / 20), top + (Math.floor(n / 20) + 0.5) * (height / 20)]);
    const above = lattice.map(([x, y]) => document.elementFromPoint(x, y)).filter((one) => !one?.closest('.ol-viewport'));
    return { seen: height > innerHeight / 2, over: above.filter((one) => !one?.closest('.zoom')).map((one) => one?.className), zoom: above.length };
  });
  check(covered.seen && covered.over.length === 0 && covered.zoom < 40, 'nothing lies over it', JSON.stringify(covered));
  const cut = await league.evaluate((card) => {
    const box = card.querySelector('.scroll').getBoundingClientRect();
    const out = [...card.querySelectorAll('thead th, tbody td')].filter((one) => one.getBoundingClientRect().right > box.right + 1);
    const names = [...card.querySelectorAll('tbody .name')];
    const short = names.filter((one) => one.scrollWidth > one.clientWidth + 1 || one.firstElementChild.getBoundingClientRect().width < 40);
    return { names: names.length, out: out.length, short: short.map((one) => one.textContent) };
  });
  check(cut.names > 10 && cut.short.length === 0, 'each township by its whole name', JSON.stringify(cut));
  check(cut.out === 0, 'and no column is cut off', JSON.stringify(cut));
  await phone.context.close();
});

await step('a session that ends is said at once, and signing in again goes on', async () => {
  const wall = await person(browser, { login: 'leader' });
  await wall.page.goto(`${BASE}/board`);
  await wall.page.locator('.live.live').waitFor();
  const dot = () => wall.page.locator('.stream').evaluate((one) => getComputedStyle(one, '::before').backgroundColor);
  const green = await dot();
  await wall.api.delete(`${BASE}/api/v1/session`, { headers: { 'X-Wangge': '1' } });
  await wall.page.getByRole('dialog').waitFor();
  check((await dot()) !== green, 'what is not live is not green');
  await wall.page.locator('input[name=password]').fill(process.env.SAMPLE_PASSWORD ?? 'wangge-sample');
  await wall.page.locator('form.sign-in button[type=submit]').click();
  await wall.page.getByRole('dialog').waitFor({ state: 'detached' });
  await wall.page.locator('.live.live').waitFor();
  check(!(await wall.page.getByText('请先登录').count()), 'nothing asks for it still');
  await wall.context.close();
});

/** A live stream of so many changes, which then breaks off. */
function events(from, count, matters) {
  return Array.from({ length: count }, (_, n) => {
    const one = matters[(from + n) % matters.length];
    const change = { ...one, seq: from + n, verb: 'answer', at: new Date().toISOString(), version: n, light: 'open', open: n % 7 > 0, lng: one.lng + Math.random() / 1e3 };
    return `id: ${from + n}\nevent: record\ndata: ${JSON.stringify(change)}\n\n`;
  }).join('');
}

await step('a wall bears thousands of live events without growing', async () => {
  const wall = await person(browser, { login: 'leader' });
  const { items } = await json(wall.api, 'points');
  let sent = 1_000_000;
  const EVENTS = 2000;
  await wall.page.route('**/api/v1/stream**', (route) => {
    sent += EVENTS;
    return route.fulfill({ contentType: 'text/event-stream', body: events(sent, EVENTS, items) });
  });
  // The stream breaks after each load; a wall would wait longer and longer between tries.
  await wall.page.addInitScript(() => (Math.random = () => 0));
  const devtools = await wall.context.newCDPSession(wall.page);
  await devtools.send('Performance.enable');
  const size = async () => {
    await devtools.send('HeapProfiler.collectGarbage');
    const { metrics } = await devtools.send('Performance.getMetrics');
    return Object.fromEntries(metrics.map((one) => [one.name, one.value]));
  };
  const after = async (count) => {
    await until(`${count} events`, async () => sent - 1_000_000 >= count, 20_000);
    await wall.page.waitForTimeout(700);
    return size();
  };
  await wall.page.goto(`${BASE}/board?kiosk&turn=1`);
  const early = await after(3 * EVENTS);
  const late = await after(6 * EVENTS);
  check(!(await wall.page.locator('.menu').count()), 'a kiosk has no menu');
  check(late.Nodes < early.Nodes * 1.2 + 200, 'as many nodes', `${early.Nodes} ${late.Nodes}`);
  check(late.JSEventListeners < early.JSEventListeners * 1.2 + 50, 'as many listeners', `${early.JSEventListeners} ${late.JSEventListeners}`);
  check(late.JSHeapUsedSize < early.JSHeapUsedSize + 6e6, 'as much memory', `${early.JSHeapUsedSize} ${late.JSHeapUsedSize}`);
  console.log(`# ${sent - 1_000_000} events: nodes ${early.Nodes} to ${late.Nodes}, heap ${Math.round(early.JSHeapUsedSize / 1e5) / 10} to ${Math.round(late.JSHeapUsedSize / 1e5) / 10} MB`);
  await wall.context.close();
});

await step('it comes back by itself after a lost network', async () => {
  await page.locator('.live.live').waitFor();
  await leader.context.setOffline(true);
  await page.evaluate(() => window.dispatchEvent(new Event('offline')));
  await leader.context.setOffline(false);
  await page.locator('.live.live').waitFor();
  await until('figures', async () => (await figure('open')) !== '—');
});
await stop();
