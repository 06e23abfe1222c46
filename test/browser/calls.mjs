// A live link between the commander's desk and a phone in the field: two real browsers with cameras that are none.
import { ownServer } from './own.mjs';

const server = await ownServer();
process.env.BASE_URL = server.base;
const { BASE, check, gridPoint, json, noSideScroll, person, post, start, step } = await import('./lib.mjs');
const { browser, stop } = await start(['--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream=device-count=2']);
const at = await gridPoint(browser);
const [commander, dept] = await Promise.all([
  person(browser, { login: 'commander' }),
  person(browser, { login: 'dept', phone: true, at }),
]);
const orgOf = async (name) => (await json(commander.api, `orgs?q=${encodeURIComponent(name)}`)).items.find((one) => one.name === name).id;
const RAILWAY = '铁路轨道交通建设管理中心';
const order = await post(commander.api, 'records', {
  kind: 'order',
  area: at.area.slice(0, 12),
  fields: { what: '看看现场' },
  parties: [{ role: 'lead', org: await orgOf(RAILWAY) }],
});
const { page } = commander;
const phone = dept.page;
const stage = (of) => of.locator('[data-part=call]');
const phase = (of, name, ms = 20_000) => of.locator(`[data-part=call][data-phase=${name}]`).waitFor({ timeout: ms });
const ring = phone.locator('[data-part=call-ring]');
const callButton = page.locator(`[data-unit="${RAILWAY}"] [data-act=call]`);
const told = async () =>
  (await json(commander.api, `records/${order.id}/log`)).items.flatMap((one) => one.changes.filter((c) => c.field === 'call').map((c) => c.after));
/** How bright the film is, 0 to 255, and whether it moves. */
const film = (of, which) =>
  of.locator(`video.${which}`).evaluate(async (element) => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 32, height: 24 });
    const context = canvas.getContext('2d', { willReadFrequently: true });
    const look = () => {
      context.drawImage(element, 0, 0, 32, 24);
      return context.getImageData(0, 0, 32, 24).data.reduce((sum, value, n) => sum + (n % 4 === 3 ? 0 : value), 0) / (32 * 24 * 3);
    };
    const before = element.currentTime;
    await new Promise((done) => setTimeout(done, 700));
    const tracks = element.srcObject?.getTracks() ?? [];
    return {
      bright: look(), moves: element.currentTime > before, wide: element.videoWidth,
      kinds: tracks.map((one) => one.kind).sort().join(), camera: tracks.find((one) => one.kind === 'video')?.label ?? '',
    };
  });

await step('one touch beside the unit, and its phone rings with who and what', async () => {
  await phone.goto(`${BASE}/work`);
  const alarm = phone.getByRole('alertdialog');
  await alarm.locator('[data-move=acknowledge]').click();
  await page.goto(`${BASE}/command/${order.id}`);
  await callButton.click();
  await ring.waitFor();
  await phase(page, 'ringing');
  const words = await ring.innerText();
  check(words.includes('看看现场') && words.includes(order.number), 'what it is about', words);
  check(await noSideScroll(phone), 'it fits the phone');
});
await step('accepted, both see and hear one another', async () => {
  await ring.locator('[data-answer=accept]').click();
  await Promise.all([phase(page, 'talking'), phase(phone, 'talking')]);
  for (const [who, of] of [['the commander', page], ['the phone', phone]]) {
    await of.waitForFunction(() => document.querySelector('video.theirs')?.videoWidth > 0);
    const seen = await film(of, 'theirs');
    check(seen.kinds === 'audio,video' && seen.moves && seen.bright > 20, `${who} has a film with sound`, JSON.stringify(seen));
  }
  check(await noSideScroll(phone), 'it fits the phone');
  check(await page.locator('.thread').isVisible(), 'beside it the operation goes on');
});
await step('muted, uncovered, another camera', async () => {
  await stage(phone).locator('[data-call=cover]').click();
  await page.waitForTimeout(1500);
  const dark = await film(page, 'theirs');
  check(dark.bright < 20, 'a covered camera shows nothing', JSON.stringify(dark));
  await stage(phone).locator('[data-call=cover]').click();
  const before = await film(phone, 'mine');
  await stage(phone).locator('[data-call=switch]').click();
  await phone.waitForFunction((old) => {
    const track = document.querySelector('video.mine')?.srcObject?.getVideoTracks()[0];
    return track && track.label !== old && track.readyState === 'live';
  }, before.camera);
  await page.waitForTimeout(1500);
  const after = await film(page, 'theirs');
  check(after.moves && after.bright > 20, 'and the other side sees on', JSON.stringify(after));
  await stage(phone).locator('[data-call=mute]').click();
  check((await stage(phone).locator('[data-call=mute]').getAttribute('aria-pressed')) === 'true', 'muted says so');
  await stage(phone).locator('[data-call=mute]').click();
});
await step('a touch keeps the picture with the order, for all', async () => {
  await stage(page).locator('[data-call=picture]').click();
  const said = page.locator('[data-verb=say]', { hasText: '视频通话画面' });
  await said.locator('.strip img').waitFor();
  const { files } = await json(commander.api, `records/${order.id}`);
  check(files.length === 1, 'as one photo', JSON.stringify(files));
});
await step('made small, the page beneath can be worked with', async () => {
  await stage(phone).getByRole('button', { name: '缩小' }).click();
  await phone.locator('[data-move=set_out]').first().click();
  await page.locator(`[data-unit="${RAILWAY}"] [data-step=set_out][data-on=true]`).waitFor();
  await stage(phone).getByRole('button', { name: '放大' }).click();
});
await step('the server away for a moment: picture and sound go on, and the screen says so', async () => {
  await dept.context.setOffline(true);
  await stage(phone).getByText('与服务器的联系中断').waitFor();
  check((await film(phone, 'theirs')).moves, 'the film goes on');
  await dept.context.setOffline(false);
  await stage(phone).getByText('与服务器的联系中断').waitFor({ state: 'detached' });
});
await step('hung up, both know, and the history says for how long', async () => {
  await stage(page).locator('[data-call=end]').click();
  await phase(phone, 'over');
  await page.locator('[data-verb=call_end]', { hasText: `与${RAILWAY}通话` }).waitFor();
  const [, last] = await told();
  check(last.outcome === 'ended' && last.seconds > 3, 'seconds', JSON.stringify(last));
  await stage(phone).waitFor({ state: 'detached' });
  const live = await phone.evaluate(() => document.querySelectorAll('video').length);
  check(live === 0, 'no camera stays on');
});
await step('declined, or taken back before an answer', async () => {
  await stage(page).waitFor({ state: 'detached' });
  await callButton.click();
  await ring.locator('[data-answer=decline]').click();
  await stage(page).getByText('对方拒绝了').waitFor();
  await stage(page).locator('[data-call=close]').click();
  await callButton.click();
  await ring.waitFor();
  await stage(page).locator('[data-call=end]').click();
  await ring.waitFor({ state: 'detached' });
  await stage(page).getByText('已取消').waitFor();
  await stage(page).locator('[data-call=close]').click();
  check((await told()).filter((one) => one.outcome).map((one) => one.outcome).join() === 'ended,declined,cancelled', 'all of it is told');
});
await step('the phone calls, too', async () => {
  await phone.goto(`${BASE}/work/m/${order.id}`);
  await phone.locator('dd', { hasText: '指挥长' }).first().waitFor({ timeout: 2000 }).catch(() => undefined);
  await phone.locator('[data-act=call]').first().click();
  await page.locator('[data-part=call-ring] [data-answer=accept]').click();
  await Promise.all([phase(page, 'talking'), phase(phone, 'talking')]);
});
await step('a phone that dies: first it says that it reconnects, then that the link is lost', async () => {
  await phone.goto('chrome://crash').catch(() => undefined);
  await phase(page, 'broken', 30_000);
  await stage(page).getByText('连接中断').waitFor();
  await stage(page).getByText('连接已断开').waitFor({ timeout: 70_000 });
  const last = (await told()).at(-1);
  check(last.outcome === 'lost', 'so the history says', JSON.stringify(last));
});
check([commander, dept].every((one) => one.complaints.length === 0), 'nothing broke', [commander, dept].flatMap((one) => one.complaints).join('; '));
await stop();
await server.kill();
server.remove();
