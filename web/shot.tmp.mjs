import { chromium } from 'playwright-core';
const B = process.env.BASE_URL,
  OUT = process.env.OUT ?? '/tmp/fix/shots';
const b = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
});
const log = (p, n) => {
  p.on('console', (m) => {
    if (['error', 'warning'].includes(m.type())) console.log(n, m.type(), m.text().slice(0, 300));
  });
  p.on('pageerror', (e) => console.log(n, 'PAGEERROR', e.message, e.stack?.slice(0, 400)));
};
const phone = async (login) => {
  const c = await b.newContext({
    viewport: { width: 360, height: 780 },
    deviceScaleFactor: 2,
    isMobile: true,
    hasTouch: true,
    locale: 'zh-CN',
    geolocation: { longitude: 118.95, latitude: 28.98 },
    permissions: ['geolocation'],
    serviceWorkers: 'block',
  });
  const p = await c.newPage();
  log(p, 'phone');
  if (login) await c.request.post(B + '/api/v1/session', { data: { login, password: 'wangge-sample' } });
  return p;
};
const desk = async (login, w = 1440, h = 900) => {
  const c = await b.newContext({
    viewport: { width: w, height: h },
    locale: 'zh-CN',
    serviceWorkers: 'block',
  });
  const p = await c.newPage();
  log(p, 'desk');
  if (login) await c.request.post(B + '/api/v1/session', { data: { login, password: 'wangge-sample' } });
  return p;
};
const which = process.argv.slice(2);
const on = (n) => !which.length || which.includes(n);
const s = (p, n) => p.screenshot({ path: `${OUT}/${n}.png` });
if (on('r')) {
  const p = await phone();
  await p.goto(B + '/');
  await p.waitForTimeout(800);
  await s(p, 'r-home');
  await p.goto(B + '/report');
  await p.waitForTimeout(500);
  await s(p, 'r-1');
  await p.setInputFiles('input[type=file]', '/tmp/fix/lamp.jpg');
  await p.waitForTimeout(800);
  await s(p, 'r-1b');
  await p.getByRole('button', { name: '下一步' }).click();
  await p.waitForTimeout(1500);
  await s(p, 'r-2');
  await p.getByRole('button', { name: '用我现在的位置' }).click();
  await p.waitForTimeout(1500);
  await s(p, 'r-2b');
  await p.getByRole('button', { name: '下一步' }).click();
  await p.waitForTimeout(500);
  await p.locator('textarea').fill('路灯不亮，晚上走路看不清');
  await s(p, 'r-3');
  await p.getByRole('button', { name: '提交' }).click();
  await p.waitForTimeout(800);
  await s(p, 'r-done');
  await p.goto(B + '/sign-in');
  await p.waitForTimeout(300);
  await s(p, 'r-signin');
  const q = await phone('resident2');
  await q.goto(B + '/mine');
  await q.waitForTimeout(800);
  await s(q, 'r-mine');
  await q.locator('a[href^="/m/"]').first().click();
  await q.waitForTimeout(1000);
  await s(q, 'r-matter');
  const z = await phone('resident2');
  await z.addInitScript(() => {
    localStorage.setItem('wangge.size', 'larger');
  });
  await z.goto(B + '/');
  await z.waitForTimeout(800);
  await s(z, 'r-home-large');
  console.log('overflow', await z.evaluate(() => document.documentElement.scrollWidth));
  const d = await phone('resident2');
  await d.addInitScript(() => {
    localStorage.setItem('wangge.theme', 'dark');
    localStorage.setItem('wangge.language', 'en');
  });
  await d.goto(B + '/');
  await d.waitForTimeout(800);
  await s(d, 'r-home-dark');
}
if (on('w')) {
  const p = await phone('worker');
  await p.goto(B + '/work');
  await p.waitForTimeout(1200);
  await s(p, 'w-list');
  await p.locator('a[href*="/m/"]').first().click();
  await p.waitForTimeout(1000);
  await s(p, 'w-matter');
  await p.locator('[data-move]').first().click();
  await p.waitForTimeout(400);
  await s(p, 'w-answer');
  await p.goto(B + '/work/map');
  await p.waitForTimeout(1800);
  await s(p, 'w-map');
  await p.goto(B + '/work/report');
  await p.waitForTimeout(1200);
  await s(p, 'w-report');
}
if (on('d')) {
  const p = await desk('clerk');
  await p.goto(B + '/desk');
  await p.waitForTimeout(1200);
  await s(p, 'd-empty');
  await p.keyboard.press('j');
  await p.waitForTimeout(900);
  await s(p, 'd-record');
  await p.keyboard.press('a');
  await p.waitForTimeout(600);
  await s(p, 'd-accept');
  await p.keyboard.press('Escape');
  await p.keyboard.press('Escape');
  await p.keyboard.press('n');
  await p.waitForTimeout(600);
  await s(p, 'd-new');
  await p.keyboard.press('Escape');
  await p.keyboard.press('?');
  await p.waitForTimeout(300);
  await s(p, 'd-keys');
}
if (on('b')) {
  const p = await desk('leader', 1920, 1080);
  await p.goto(B + '/board');
  await p.waitForTimeout(3000);
  await s(p, 'b-light');
  const q = await desk('clerk', 1920, 1080);
  await q.addInitScript(() => localStorage.setItem('wangge.theme', 'dark'));
  await q.goto(B + '/board');
  await q.waitForTimeout(3000);
  await s(q, 'b-dark');
}
if (on('a')) {
  const p = await desk('admin', 1440, 900);
  for (const n of ['', 'accounts', 'orgs', 'areas', 'packs']) {
    await p.goto(B + '/admin/' + n);
    await p.waitForTimeout(900);
    await s(p, 'a-' + (n || 'district'));
  }
}
await b.close();
