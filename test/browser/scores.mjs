// Judges on their phones, the hall's screen and the organiser's desk, on one arena contest. Run apart from the other stories
// (tools/run_tests.py --deep). LOOK=DIR keeps pictures.
import { randomBytes } from 'node:crypto';
import { BASE, check, json, noSideScroll, person, post, settled, start, step } from './lib.mjs';

const { browser, stop } = await start();
const LOOK = process.env.LOOK;
const picture = async (page, name) => LOOK && (await page.screenshot({ path: `${LOOK}/${name}.png` }));

/** A UUIDv7. */
function id() {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(Date.now(), 0, 6);
  bytes[6] = (bytes[6] & 0x0f) | 0x70;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

const TOWN = '330803103';
const VILLAGE = '330803103243';
const town = await person(browser, { login: 'town' });
const judges = {};
for (const login of ['village', 'worker', 'verifier', 'dept']) judges[login] = await person(browser, { login, phone: true });
const accounts = await Promise.all(Object.values(judges).map(async (one) => (await json(one.api, 'me')).id));
const arena = await post(town.api, 'records', {
  id: id(), kind: 'arena', area: TOWN, fields: { subject: '莲花镇“互看互学互比”擂台赛', season: 'summer' },
});
const others = (await json(town.api, `areas?parent=${TOWN}`)).items.filter((one) => one.code !== VILLAGE).slice(0, 6);
const shows = [];
for (const [i, area] of [{ code: VILLAGE, name: '耿山村' }, ...others].entries())
  shows.push(await post(town.api, 'records', {
    id: id(), kind: 'arena_show', parent: arena.id, area: area.code, fields: { village: area.name, turn: i + 1 },
  }));
const move = (api, record, name, body = {}) => post(api, `records/${record}/${name}`, { id: id(), ...body });
await move(town.api, arena.id, 'appoint', { parties: accounts.map((account) => ({ role: 'judge', account })) });
await move(town.api, arena.id, 'open');

const worker = judges.worker;
await step('a judge is told on the day’s page, and gives points by steps', async () => {
  await worker.page.goto(`${BASE}/work`);
  await worker.page.locator('[data-part="judge-line"]').click();
  await worker.page.locator('[data-criterion="route"]').waitFor();
  await picture(worker.page, 'phone-empty');
  check(await worker.page.locator('[data-act="hand"]').isDisabled(), 'nothing is handed in half filled');
  for (const one of ['route', 'highlights', 'governance', 'impression'])
    await worker.page.locator(`[data-criterion="${one}"] button`).last().click();
  await worker.page.locator('[data-criterion="route"] button').last().click();
  await picture(worker.page, 'phone-filled');
  check(await noSideScroll(worker.page), 'it fits the phone');
  await worker.page.locator('[data-act="hand"]').click();
  await worker.page.locator('h1', { hasText: others[0].name }).waitFor();
  const table = await json(worker.api, `records/${arena.id}/scores`);
  check(table.entries[0].mine?.values.route === 17, 'the sheet has arrived as it was set');
});

await step('without a signal nothing is lost, and it goes when there is one', async () => {
  await worker.context.setOffline(true);
  for (const one of ['route', 'highlights', 'governance', 'impression'])
    await worker.page.locator(`[data-criterion="${one}"] button`).first().click();
  await worker.page.locator('[data-act="hand"]').click();
  await worker.page.locator('h1', { hasText: others[1].name }).waitFor();
  check((await worker.page.locator('.dot.pending').count()) === 1, 'it is shown as kept, not as sent');
  await picture(worker.page, 'phone-offline');
  await worker.context.setOffline(false);
  await worker.page.locator('.dot.given').nth(1).waitFor();
  const table = await json(worker.api, `records/${arena.id}/scores`);
  check(table.entries[1].mine?.values.governance === 23, 'it arrived once there was a signal');
});

await step('one’s own village is left out', async () => {
  const page = judges.village.page;
  await page.goto(`${BASE}/work/judge/${arena.id}`);
  await page.locator('.dot.own').click();
  check((await page.locator('[data-criterion]').count()) === 0, 'there is nothing to score');
  await picture(page, 'phone-own');
});

let n = 0;
for (const [login, judge] of Object.entries(judges))
  for (const show of shows) {
    const mine = (await json(judge.api, `records/${arena.id}/scores`)).entries.find((one) => one.id === show.id);
    if (mine.own || mine.mine || (login === 'dept' && show === shows[6])) continue;
    n += 1;
    const low = login === 'verifier' && show === shows[3] ? 9 : 0;
    await post(judge.api, 'records', {
      id: id(), kind: 'arena_sheet', parent: show.id,
      fields: { route: 13 + (n % 6) - low, highlights: 20 + (n % 7), governance: 22 + (n % 5) - low, impression: 14 + (n % 4) },
    });
  }

const desk = await person(browser, { login: 'town' });
await step('the desk shows who has not scored and which sheet stands out', async () => {
  await desk.page.goto(`${BASE}/desk/scores/${arena.id}`);
  await desk.page.locator('[data-judge]').first().waitFor();
  check((await desk.page.locator('[data-part="state"]').textContent()).includes('1 位'), 'one judge is behind');
  check((await desk.page.locator('.outlying').count()) === 1, 'one sheet stands out');
  await picture(desk.page, 'desk');
});

const hall = await person(browser, { login: 'town' });
await step('the hall sees places, and the last one as it comes in', async () => {
  await hall.page.goto(`${BASE}/board/scores/${arena.id}`);
  await hall.page.locator('.entry').first().waitFor();
  await settled(hall.page);
  await picture(hall.page, 'hall');
  const fields = { route: 20, highlights: 30, governance: 30, impression: 20 };
  await post(judges.dept.api, 'records', { id: id(), kind: 'arena_sheet', parent: shows[6].id, fields });
  await hall.page.locator('.latest').waitFor();
  await hall.page.setViewportSize({ width: 3840, height: 1080 });
  await hall.page.waitForTimeout(900);
  await picture(hall.page, 'hall-wide');
});

await step('the result is published from the desk', async () => {
  await desk.page.locator('[data-move="publish"]').first().click();
  const send = desk.page.locator('form button[type="submit"]');
  if (await send.count()) await send.first().click();
  await desk.page.locator('[data-entry] strong').first().waitFor();
  await desk.page.waitForTimeout(600);
  check((await json(town.api, `records/${arena.id}/scores`)).settled, 'there is a result');
  await picture(desk.page, 'desk-after');
});
await hall.page.setViewportSize({ width: 1440, height: 900 });
await hall.page.waitForTimeout(900);
await picture(hall.page, 'hall-final');
for (const one of [worker, desk, hall, ...Object.values(judges)]) check(!one.complaints.length, 'no complaints', one.complaints.join('\n'));
await stop();
