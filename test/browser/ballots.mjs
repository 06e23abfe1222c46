// A secret vote on the phone, from the question to the receipt; the desk sees turnout, counts paper, declares.
import { BASE, check, gridPoint, json, noSideScroll, person, post, start, step } from './lib.mjs';

const { browser, stop } = await start();
const shots = process.env.SHOTS;
const at = await gridPoint(browser);
const mark = Date.now().toString(36);
const clerk = await person(browser, { login: 'clerk' });
const resident = await person(browser, { login: 'resident', phone: true, at });
const { page } = resident;
const desk = clerk.page;
const shot = async (where, name) => shots && (await where.screenshot({ path: `${shots}/${name}.png`, fullPage: true }));

const election = await post(clerk.api, 'records', {
  kind: 'head_election',
  place: { lng: at.lng, lat: at.lat },
  fields: { subject: `推选 5 幢 1 单元楼道长 ${mark}`, candidates: ['徐师傅', '郦美英', '蔡师傅'], closes_at: '2099-01-01T20:00:00+08:00' },
});
const roll = ['no,name,login,label', '1,李辉,resident,5 幢 1 单元 101', '2,李辉,resident,5 幢 1 单元 102'];
for (let no = 3; no <= 5; no += 1) roll.push(`${no},住户${no},,5 幢 1 单元 ${no}01`);

await step('the roll is made at the desk', async () => {
  await desk.goto(`${BASE}/desk/r/${election.id}`);
  await desk.getByRole('link', { name: '投票：名册、投票率、结果' }).click();
  await desk.locator('input[type=file]').setInputFiles({
    name: 'roll.csv', mimeType: 'text/csv', buffer: Buffer.from(`${roll.join('\n')}\n`),
  });
  await desk.getByRole('button', { name: '导入 5 行' }).click();
  await desk.getByRole('heading', { name: '名册（5 号）' }).waitFor();
  await post(clerk.api, `records/${election.id}/open_vote`, {});
});
await step('a vote waits on the phone, and is cast in three touches', async () => {
  await page.goto(`${BASE}/mine`);
  await page.locator('.waiting', { hasText: mark }).click();
  await page.getByRole('radio', { name: '郦美英' }).click();
  await shot(page, 'phone-choice');
  check(await noSideScroll(page), 'it fits the phone');
  await page.getByRole('button', { name: '下一步' }).click();
  await page.getByText('留下的记录里查不到您投了谁').waitFor();
  await shot(page, 'phone-review');
  await page.getByRole('button', { name: '投票', exact: true }).click();
  await page.getByText('已投票').waitFor();
  await page.getByRole('button', { name: '查我的票' }).click();
  await page.getByText('您的票在票箱里').waitFor();
  await shot(page, 'phone-receipt');
});
await step('another number of the same hand, after the page was left in the middle', async () => {
  await page.getByRole('radio', { name: '102' }).click();
  await page.getByRole('radio', { name: '徐师傅' }).click();
  await page.getByRole('button', { name: '下一步' }).click();
  await page.getByText('留下的记录里查不到您投了谁').waitFor();
  await page.reload(); // the token stays on the phone
  await page.getByRole('radio', { name: '102' }).click();
  await page.getByRole('radio', { name: '徐师傅' }).click();
  await page.getByRole('button', { name: '下一步' }).click();
  await page.getByRole('button', { name: '投票', exact: true }).click();
  await page.getByText('已投票').waitFor();
});
await step('paper at the desk, turnout against the quorum', async () => {
  await desk.reload();
  await desk.getByText('还差 1，须达 3').waitFor();
  await shot(desk, 'desk-short');
  await desk.getByRole('button', { name: '发纸票 3', exact: true }).click();
  await desk.getByText('已达到 3').waitFor();
  await shot(desk, 'desk-open');
});
await step('two count, the result is declared and read', async () => {
  await post(clerk.api, `records/${election.id}/close_vote`, {});
  const leader = await person(browser, { login: 'leader' });
  const counted = (counts) =>
    leader.api.post(`${BASE}/api/v1/ballots/${election.id}/counts`, { data: { place: '', counts }, headers: { 'X-Wangge': '1' } });
  await counted([1, 0, 0, 0, 1]);
  await desk.reload();
  await desk.locator('.verdict.pending').waitFor();
  check((await desk.locator('.checks').count()) === 0, 'nothing is called invalid while paper lies uncounted');
  for (const [label, n] of [['徐师傅', 0], ['郦美英', 1], ['蔡师傅', 0], ['废票', 0], ['箱内总数', 1]])
    await desk.getByLabel(label, { exact: true }).fill(String(n));
  await desk.getByRole('button', { name: '提交我的点票' }).click();
  await desk.getByText('两人点的数不一致').waitFor();
  check((await desk.locator('.apart .differs').count()) === 2, 'what differs is marked');
  check(!(await desk.getByRole('button', { name: '宣布结果' }).count()), 'and nothing is declared');
  await shot(desk, 'desk-apart');
  await counted([0, 1, 0, 0, 1]);
  await desk.getByText('两人一致').waitFor(); // by itself
  await shot(desk, 'desk-count');
  await desk.getByRole('button', { name: '宣布结果' }).click();
  await desk.getByRole('button', { name: '宣布结果' }).click();
  await desk.getByText('结果已宣布').waitFor();
  await desk.locator('.verdict.elected', { hasText: '郦美英' }).waitFor();
  await shot(desk, 'desk-result');
  check((await json(clerk.api, `ballots/${election.id}`)).result.options[1].heads === 2, 'two for her');
});
await step('the voter finds the vote in the published list', async () => {
  await page.reload();
  await page.getByRole('button', { name: '查我的票' }).click();
  await page.getByText('您的票在公布的清单里：郦美英').waitFor();
  await shot(page, 'phone-result');
});
await stop();
