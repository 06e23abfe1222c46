// A meeting on paper and by its code: the agenda with the code, signing in on the phone, the minutes without it.
import { BASE, check, gridPoint, json, noSideScroll, person, post, start, step } from './lib.mjs';

const { browser, stop } = await start();
const at = await gridPoint(browser);
const mark = Date.now().toString(36);
const clerk = await person(browser, { login: 'clerk' });
const resident = await person(browser, { login: 'resident', phone: true, at });
const meeting = await post(clerk.api, 'records', {
  kind: 'assembly',
  place: { lng: at.lng, lat: at.lat },
  fields: { subject: `3 幢户主大会 ${mark}`, starts_at: '2099-01-01T19:00:00+08:00', venue: '架空层' },
});
const move = (verb, fields = {}) => post(clerk.api, `records/${meeting.id}/${verb}`, { fields });
await move('invite', { agenda: '一、听诉求；二、推选楼道长' });

await step('the agenda on paper, with the code to sign in', async () => {
  await clerk.page.goto(`${BASE}/desk/r/${meeting.id}`);
  await clerk.page.locator('[data-sheet]').click();
  await clerk.page.locator('article[data-sheet]').getByText('二、推选楼道长').waitFor();
  const picture = clerk.page.locator('article[data-sheet] img');
  await picture.waitFor();
  check(await picture.evaluate((one) => one.complete && one.naturalWidth > 0), 'the code is a picture');
});
await step('what the code opens on the phone signs in', async () => {
  await resident.page.goto(`${BASE}/door/${meeting.id}`);
  check(await noSideScroll(resident.page), 'it fits the phone');
  await resident.page.getByLabel(/门牌/).fill('3 幢 1 单元 201');
  await resident.page.locator('button[type=submit]').click();
  await resident.page.waitForURL(/\/done\//);
  const mine = (await json(resident.api, 'records?kind=attendance&party=me')).items;
  check(mine.some((one) => JSON.stringify(one.title).includes(mark) && one.state === 'signed'), 'present by their own hand');
});
await step('the code of one meeting, large; without an account one is asked to sign in, not for a form', async () => {
  await clerk.page.goto(`${BASE}/desk/r/${meeting.id}`);
  await clerk.page.locator('[data-code]').click();
  await clerk.page.getByText('扫码：到会').waitFor();
  const stranger = await person(browser, { phone: true });
  await stranger.page.goto(`${BASE}/door/${meeting.id}`);
  await stranger.page.getByText('请先登录').waitFor();
  check((await stranger.page.locator('form').count()) === 0, 'no form that would be refused');
  await stranger.context.close();
});
await step('a concern is raised from the phone during the meeting, and not before', async () => {
  await resident.page.goto(`${BASE}/m/${meeting.id}`);
  await resident.page.locator('[data-children]').waitFor();
  check((await resident.page.locator('[data-add=concern]').count()) === 0, 'not before it is opened');
  await move('open_meeting');
  await resident.page.reload();
  await resident.page.locator('[data-add=concern]').click();
  await resident.page.getByLabel('诉求', { exact: true }).fill(`门禁坏了 ${mark}`);
  await resident.page.locator('[data-adding] button[type=submit]').click();
  await resident.page.locator('[data-children]').getByText(`门禁坏了 ${mark}`).waitFor();
  check(await noSideScroll(resident.page), 'it fits the phone');
});
await step('what belongs to a meeting, entered beside it, is told where it is added', async () => {
  const { page } = clerk;
  await page.goto(`${BASE}/desk/new?kind=attendance`);
  await page.getByText('请打开它所属的那一件').waitFor();
  check((await page.locator('form.new').count()) === 0, 'before anything is filled in');
});
await step('candidates are typed a line each, or pasted together', async () => {
  const { page } = clerk;
  await page.goto(`${BASE}/desk/r/${meeting.id}`);
  await page.locator('[data-add=head_election]').click();
  const form = page.locator('[data-adding]');
  const lines = form.locator('[data-field=candidates] input');
  await form.locator('[data-field=subject] textarea').fill(`推选楼道长 ${mark}`);
  await lines.first().fill('王芳');
  await lines.first().press('Enter');
  await lines.nth(1).waitFor();
  await page.keyboard.type('写错了');
  await form.getByRole('button', { name: '去掉第 2 个' }).click();
  check((await lines.count()) === 1, 'what was wrong is taken out');
  const paste = (line, text) =>
    line.evaluate((input, text) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData('text/plain', text);
      input.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
    }, text);
  await paste(lines.first(), '李强\n 赵敏 \n');
  check((await lines.evaluateAll((all) => all.map((one) => one.value))).join() === '王芳,李强,赵敏', 'a line each');
  await paste(lines.nth(2), '甲\n乙\n丙\n丁\n戊\n己\n庚');
  await page.getByText('放不下，从“己”起有 2 行没有粘贴进来').waitFor();
  check((await lines.count()) === 8, 'no more than the list takes, and what was left out is said');
  for (let n = 8; n > 3; n--) await form.getByRole('button', { name: `去掉第 ${n} 个` }).click();
  await form.locator('button[type=submit]').click();
  await page.locator('[data-children]').getByText(`推选楼道长 ${mark}`).waitFor();
  const [vote] = (await json(clerk.api, `records?kind=head_election&limit=1`)).items;
  check(vote.fields.candidates.join() === '王芳,李强,赵敏', 'three to choose among');
});
await step('the minutes: who was there; the code is gone, and says so when it is scanned late', async () => {
  await move('close_meeting', { minutes: '到会 1 户。' });
  await clerk.page.goto(`${BASE}/desk/sheet/${meeting.id}`);
  await clerk.page.locator('article[data-sheet]').getByText('到会 1 户。').waitFor();
  await clerk.page.getByRole('heading', { name: '到会（1）' }).waitFor();
  check((await clerk.page.locator('article[data-sheet] img').count()) === 0, 'no code on the minutes');
  await resident.page.goto(`${BASE}/door/${meeting.id}`);
  await resident.page.getByRole('heading', { name: '到会' }).waitFor();
  check((await resident.page.locator('form').count()) === 0, 'nothing to fill in any more');
});
check(![...clerk.complaints, ...resident.complaints].length, 'no error, nothing left the server', clerk.complaints.join());
await stop();
