// A roll at the desk, by keyboard: corrected, struck, added to, a vote given to a neighbour, paper typed in by two people.
import { BASE, check, gridPoint, json, noSideScroll, person, post, start, step } from './lib.mjs';

const { browser, stop } = await start();
const shots = process.env.SHOTS;
const at = await gridPoint(browser);
const mark = Date.now().toString(36);
const clerk = await person(browser, { login: 'clerk' });
const leader = await person(browser, { login: 'leader' });
const resident = await person(browser, { login: 'resident', phone: true, at });
const desk = clerk.page;
const shot = async (where, name) => shots && (await where.screenshot({ path: `${shots}/${name}.png`, fullPage: true }));
const line = (no) => desk.locator('.line').filter({ has: desk.getByRole('button', { name: `办理 ${no}`, exact: true }) });

const vote = await post(clerk.api, 'records', {
  kind: 'decision',
  place: { lng: at.lng, lat: at.lat },
  fields: { question: `更换电梯曳引机 ${mark}`, closes_at: '2099-01-01T20:00:00+08:00' },
});
const roll = ['编号,姓名,账号,房号,人数,面积', '1,李辉,resident,1-101,1,89.5', '2,王芳,,1-102,1,60', '3,赵强,,1-103,1,120', '4,孙丽,,1-104,1,75'];
await clerk.api.put(`${BASE}/api/v1/ballots/${vote.id}/roll`, { data: { csv: `${roll.join('\n')}\n` }, headers: { 'X-Wangge': '1' } });

await step('a number is corrected by keyboard, with the reason', async () => {
  await desk.goto(`${BASE}/desk/ballot/${vote.id}`);
  const act = desk.getByRole('button', { name: '办理 2', exact: true });
  await act.focus();
  await desk.keyboard.press('Enter');
  const form = line(2).locator('form').first();
  await form.getByLabel('面积（㎡）').fill('60.255');
  await form.getByLabel('原因').fill('不动产证面积有误');
  await form.getByLabel('原因').press('Enter');
  await form.getByText('面积写成 89.56').waitFor();
  await shot(desk, 'roll-correct');
  await form.getByLabel('面积（㎡）').fill('60.25');
  await form.getByLabel('原因').press('Enter');
  await desk.getByText('第 2 号已更正').waitFor();
  await line(2).getByText('60.25 ㎡').waitFor();
});
await step('one is added, one is struck off', async () => {
  await desk.getByRole('button', { name: '添加一号' }).click();
  await desk.getByLabel('姓名', { exact: true }).fill('周全');
  await desk.getByLabel('房号或住址').fill('1-105');
  await desk.getByLabel('原因').fill('漏登');
  await desk.getByRole('button', { name: '保存更正' }).click();
  await desk.getByRole('heading', { name: '名册（5 号）' }).waitFor();
  await desk.getByRole('button', { name: '办理 4', exact: true }).click();
  await line(4).getByLabel('原因').fill('已转让');
  await line(4).getByRole('button', { name: '从名册划去' }).click();
  await line(4).getByRole('button', { name: '从名册划去' }).click();
  await desk.getByRole('heading', { name: '名册（4 号）' }).waitFor();
  check((await json(clerk.api, `ballots/${vote.id}`)).roll.area === 8950 + 6025 + 12000, 'the roll amounts to what is on it');
});
await step('a vote is given to a neighbour, and no more than one to each', async () => {
  await desk.getByRole('button', { name: '办理 3', exact: true }).click();
  await line(3).getByLabel('委托给第几号').fill('1');
  await line(3).getByLabel('凭据').fill('书面委托书');
  await line(3).getByRole('button', { name: '委托', exact: true }).click();
  await desk.locator('.line').getByText('已委托第 1 号投票').waitFor();
  await desk.getByRole('button', { name: '办理 2', exact: true }).click();
  await line(2).getByLabel('委托给第几号').fill('1');
  await line(2).getByLabel('凭据').fill('书面委托书');
  await line(2).getByRole('button', { name: '委托', exact: true }).click();
  await line(2).getByText('不得超过 1 人').waitFor();
});
await step('on the phone one gives and takes back for oneself', async () => {
  const { page } = resident;
  await page.goto(`${BASE}/ballot/${vote.id}`);
  await page.getByText('委托邻居代投').click();
  await page.getByLabel('委托给第几号').fill('2');
  await page.getByRole('button', { name: '委托', exact: true }).click();
  await page.getByText('委托不能转手').last().waitFor();
  await shot(page, 'roll-phone');
  check(await noSideScroll(page), 'it fits the phone');
});
await step('paper is typed in at the desk', async () => {
  await post(clerk.api, `records/${vote.id}/open_vote`, {});
  await desk.reload();
  await desk.getByRole('button', { name: '办理 2', exact: true }).click();
  await line(2).getByRole('radio', { name: '不同意' }).check();
  await shot(desk, 'roll-paper');
  await line(2).getByRole('button', { name: '录入' }).click();
  await desk.getByText('第 2 号的纸票已计入').waitFor();
  await desk.getByText('网上 0 号，纸票 1 号').waitFor();
  await desk.getByRole('heading', { name: '按小时' }).waitFor();
  await shot(desk, 'roll-open');
});

// Owners' votes want two people.
const owners = await post(clerk.api, 'records', {
  kind: 'owners_vote',
  place: { lng: at.lng, lat: at.lat },
  fields: { question: `外墙 ${mark}`, matter: '5', opens_at: '2099-01-01T08:00:00+08:00', closes_at: '2099-02-01T08:00:00+08:00' },
});
await step('who has no right to the roll sees none of it', async () => {
  await resident.page.goto(`${BASE}/ballot/${owners.id}`);
  await resident.page.getByText('您不在这次投票的名册上').waitFor({ state: 'detached' });
  check((await json(leader.api, `ballots/${owners.id}`)).typed_twice === true, 'paper is typed twice there');
  await resident.page.getByRole('link', { name: '看这件事的经过，提异议' }).click();
  await resident.page.getByRole('heading', { level: 1 }).waitFor();
});
for (const one of [clerk, leader, resident]) check(one.complaints.length === 0, 'nothing left the server', one.complaints.join('; '));
await stop();
