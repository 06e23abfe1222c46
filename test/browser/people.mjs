// Who comes in: a resident makes an account, and the administrator takes somebody on.
import { BASE, check, fillReport, gridPoint, json, move, noSideScroll, person, photo, post, send, start, step } from './lib.mjs';

const { browser, stop } = await start();
const at = await gridPoint(browser);
const mark = Date.now().toString(36);
const digits = String(Date.now()).slice(-8);
const SECRET = 'horse battery staple';
const wrong = (page, name) => page.locator(`[name="${name}"][aria-invalid=true]`).count();

await step('a resident registers, and keeps what was reported before', async () => {
  const words = `路灯忽明忽暗 ${mark}`;
  const { page, context, complaints, api } = await person(browser, { phone: true, at });
  await fillReport(page, `${words} 匿名`);
  await page.getByRole('button', { name: '提交' }).click();
  await page.getByText('已收到').waitFor();
  await page.goto(`${BASE}/sign-in`);
  await page.getByRole('link', { name: '注册' }).click();
  check(await noSideScroll(page), 'the form fits the phone');
  const submit = page.getByRole('button', { name: '注册并登录' });
  await page.locator('[name=login]').fill('12345');
  await page.locator('[name=password]').fill('short');
  await submit.click();
  for (const name of ['login', 'name', 'password'])
    check((await wrong(page, name)) === 1, `what is wrong is said at its field: ${name}`);
  await page.locator('[name=login]').fill(`138${digits}`);
  await page.locator('[name=name]').fill('王小明');
  await page.locator('[name=password]').fill('1111111111');
  await submit.click();
  await page.locator('.wrong', { hasText: '太常见' }).waitFor();
  check((await wrong(page, 'password')) === 1, 'also what only the server can tell');
  await page.locator('[name=password]').fill(SECRET);
  await submit.click();
  await page.waitForURL(/\/mine$/);
  check((await json(api, 'me')).name === '王小明', 'and is signed in');
  await page.locator('.matter', { hasText: `${words} 匿名` }).click();
  await page.locator('[data-move="supplement"]').waitFor();
  check(true, 'what was reported before there was an account can still be added to');

  await fillReport(page, `${words} 实名`);
  await page.getByRole('button', { name: '提交' }).click();
  await page.getByText('已收到').waitFor();
  const id = page.url().split('/').pop();
  await page.goto(`${BASE}/m/${id}`);
  await move(page, 'supplement');
  await page.locator('form.move textarea[name=note]').fill('旁边一盏也不亮');
  await page.setInputFiles('form.move input[type=file]', photo('more.png', 80));
  await page.locator('form.move .strip img').waitFor();
  await send(page);
  const record = await json(api, `records/${id}`);
  check(record.state === 'reported' && record.fields.photos.length === 2, 'and can add to the own one: the photos join', JSON.stringify([record.state, record.fields, record.files]));
  await page.locator('.story .note', { hasText: '旁边一盏也不亮' }).waitFor();
  check(complaints.length === 0, 'nothing broke', complaints.join('; '));
  await context.close();

  const again = await person(browser, { phone: true });
  await again.page.goto(`${BASE}/sign-in?new=1`);
  await again.page.locator('[name=login]').fill(`138${digits}`);
  await again.page.locator('[name=name]').fill('王小明');
  await again.page.locator('[name=password]').fill(SECRET);
  await again.page.getByRole('button', { name: '注册并登录' }).click();
  await again.page.locator('.wrong').waitFor();
  check((await wrong(again.page, 'login')) === 1, 'a number has one account, and the field says so');
  await again.context.close();
});

const login = `new-${mark}`;
const admin = await person(browser, { login: 'admin' });

/** Walks the tree of areas down to the grid. */
async function pickArea(box, code) {
  await box.getByRole('button', { name: /^区域: / }).click();
  for (const length of [9, 12]) {
    const { name } = await json(admin.api, `areas/${code.slice(0, length)}`);
    await box.getByRole('button', { name: `查看 ${name} 的下级`, exact: true }).click();
  }
  const { name } = await json(admin.api, `areas/${code}`);
  await box.getByRole('button', { name, exact: true }).click();
}

await step('the administrator takes a worker on', async () => {
  const { page } = admin;
  await page.goto(`${BASE}/admin/accounts`);
  await page.getByRole('button', { name: '添加账号' }).click();
  const form = page.locator('form.form');
  await form.locator('button[type=submit]').click();
  check((await wrong(page, 'login')) === 1 && (await wrong(page, 'role')) === 1, 'what is missing is said at its field');
  await form.locator('[name=name]').fill(`新网格员${mark}`);
  await form.locator('[name=login]').fill(login);
  await form.locator('[name=password]').fill(SECRET);
  await form.locator('[name=role]').selectOption('grid_worker');
  await pickArea(form, at.area);
  await form.locator('button[type=submit]').click();
  await form.waitFor({ state: 'detached' });
  await page.locator('tr.detail', { hasText: '网格员' }).waitFor();
  check(admin.complaints.length === 0, 'nothing broke', admin.complaints.join('; '));
});

await step('who can sign in and sees the grid', async () => {
  const words = `网格里的井盖 ${mark}`;
  const resident = await person(browser, { login: 'resident' });
  await post(resident.api, 'records', { kind: 'incident', place: { lng: at.lng, lat: at.lat }, fields: { description: words } });
  const worker = await person(browser, { phone: true, at });
  await worker.page.goto(`${BASE}/work`);
  await worker.page.locator('[name=login]').fill(login);
  await worker.page.locator('[name=password]').fill(SECRET);
  await worker.page.locator('form.sign-in button[type=submit]').click();
  await worker.page.getByText('我的网格').first().click();
  await worker.page.locator('.matter', { hasText: words }).first().waitFor();
  check(worker.complaints.length === 0, 'nothing broke', worker.complaints.join('; '));
  await resident.context.close();
  await worker.context.close();
});

await step('a token is shown once; a post is ended only when asked twice', async () => {
  const { page } = admin;
  const detail = page.locator('tr.detail');
  await detail.locator('[name=token-name]').fill('对接');
  await detail.getByRole('button', { name: '签发令牌' }).click();
  const token = await detail.locator('code').innerText();
  const context = await browser.newContext({ extraHTTPHeaders: { Authorization: `Bearer ${token}` } });
  const me = await json(context.request, 'me');
  check(me.posts[0]?.role === 'grid_worker', 'it opens the interface', JSON.stringify(me));
  await detail.locator('.tokens', { hasText: '对接' }).waitFor();
  await page.reload();
  check((await page.locator('code').count()) === 0, 'and is not shown again');
  await page.getByRole('searchbox').fill(login);
  await page.getByRole('button', { name: `管理 新网格员${mark}` }).press('Enter');
  await detail.getByRole('button', { name: /^撤销 / }).press('Enter');
  await page.keyboard.press('Escape');
  check((await json(context.request, 'me')).posts.length === 1, 'nothing is ended by one key');
  await detail.getByRole('button', { name: /^撤销 / }).press('Enter');
  await page.keyboard.press('Enter');
  await detail.getByText('目前没有岗位').waitFor();
  check((await json(context.request, 'me')).posts.length === 0, 'the second ends it');
  await detail.getByRole('button', { name: '停用', exact: true }).click();
  await detail.getByRole('button', { name: '停用', exact: true }).click();
  await detail.getByRole('button', { name: '启用', exact: true }).waitFor();
  const answer = await admin.api.post(`${BASE}/api/v1/session`, { data: { login, password: SECRET }, headers: { 'X-Wangge': '1' } });
  check(answer.status() === 401, 'who is disabled cannot sign in', String(answer.status()));
  await context.close();
});

await step('a token is taken back, and the audit tells of it', async () => {
  const { page } = admin;
  const detail = page.locator('tr.detail');
  await detail.getByRole('button', { name: '收回 对接' }).press('Enter');
  await page.keyboard.press('Enter');
  await detail.locator('.tokens').waitFor({ state: 'detached' });
  await detail.getByText('以前和将来的岗位').click();
  await detail.locator('details', { hasText: '网格员' }).waitFor();
  await page.goto(`${BASE}/admin/audit?q=${login}`);
  await page.locator('tr', { hasText: '给予岗位' }).waitFor();
  await page.locator('[name=verb]').selectOption('token.revoke');
  await page.locator('tr', { hasText: '建立账号' }).waitFor({ state: 'detached' });
  const line = page.locator('tbody tr');
  check((await line.count()) === 1 && /管理员.*收回令牌.*对接/s.test(await line.innerText()), 'who took it back stands there', await line.first().innerText());
  await page.getByRole('searchbox').fill('没有这个人');
  await page.getByText('没有符合条件的记录').waitFor();
  check(/verb=token.revoke/.test(page.url()), 'the search can be sent to a colleague', page.url());
});

await step('who was here stands in a list of its own', async () => {
  const guest = await person(browser);
  const name = `guest-${mark}`;
  await post(admin.api, 'accounts', { login: name, name: '来过的人', password: SECRET });
  const sign = (password) => guest.api.post(`${BASE}/api/v1/session`, { data: { login: name, password } });
  await sign('not the password');
  await sign(SECRET);
  const { page } = admin;
  await page.goto(`${BASE}/admin/audit`);
  await page.locator('[data-of=sign_ins]').click();
  await page.getByRole('searchbox').fill(name);
  await page.locator('tbody tr').nth(1).waitFor();
  await page.locator('tbody tr').nth(2).waitFor({ state: 'detached' });
  const lines = await page.locator('tbody tr').allInnerTexts();
  check(lines.length === 2 && lines[0].includes('登录') && lines[1].includes('登录被拒') && lines.every((one) => one.includes('127.0.0.1')), 'the newest first, with the address', lines.join(' | '));
  await page.locator('[name=outcome]').selectOption('refused');
  await page.locator('[data-outcome=in]').waitFor({ state: 'detached' });
  check(/of=sign_ins/.test(page.url()) && /outcome=refused/.test(page.url()), 'and can be sent to a colleague', page.url());
  await guest.context.close();
});

await step('whoever looks at personal details is seen', async () => {
  const clerk = await person(browser, { login: 'clerk' });
  const { id, number } = await post(clerk.api, 'records', {
    kind: 'incident', place: { lng: at.lng, lat: at.lat }, fields: { description: `来电 ${mark}`, caller: '13957001234' },
  });
  await post(clerk.api, `records/${id}/reveal`, { fields: ['caller'], note: `回电核实 ${mark}` });
  const { page } = admin;
  await page.goto(`${BASE}/admin/audit`);
  await page.getByRole('button', { name: '查看个人信息' }).click();
  const line = page.locator('tr', { hasText: `回电核实 ${mark}` });
  await line.getByText('来电号码').waitFor();
  const words = await line.innerText();
  check(words.includes(number) && words.includes('来电号码') && !words.includes('13957001234'), 'with the matter, the field and why', words);
  check(admin.complaints.length === 0, 'nothing broke', admin.complaints.join('; '));
  await clerk.context.close();
});

await step('somebody changes the own password in the menu', async () => {
  const name = `own-${mark}`;
  await post(admin.api, 'accounts', { login: name, name: '改密码的人', password: SECRET });
  const one = await person(browser, { phone: true });
  const { page } = one;
  const enter = async (password) => {
    await page.goto(`${BASE}/sign-in`);
    await page.locator('[name=login]').fill(name);
    await page.locator('form [name=password]').fill(password);
    await page.locator('form.sign-in button[type=submit]').click();
    await page.waitForURL(/\/mine$/);
  };
  await enter(SECRET);
  await page.getByRole('button', { name: /改密码的人/ }).click();
  await page.getByRole('button', { name: '密码与令牌' }).click();
  const form = page.locator('.menu form');
  await form.locator('[name=old]').fill('not the present one');
  await form.locator('[name=password]').fill(`${SECRET} two`);
  await form.locator('[name=again]').fill(`${SECRET} three`);
  await form.locator('button[type=submit]').click();
  check((await wrong(page, 'again')) === 1, 'two that differ are said at once');
  await form.locator('[name=again]').fill(`${SECRET} two`);
  await form.locator('button[type=submit]').click();
  await form.locator('.wrong', { hasText: '现在的密码不对' }).waitFor();
  check(await noSideScroll(page), 'the panel fits the phone');
  await form.locator('[name=old]').fill(SECRET);
  await form.locator('button[type=submit]').dblclick();
  await page.getByText('密码已修改').waitFor();
  check((await json(one.api, 'me')).name === '改密码的人', 'this session goes on');
  await one.context.clearCookies();
  await enter(`${SECRET} two`);
  check(one.complaints.length === 0, 'nothing broke', one.complaints.join('; '));
  await one.context.close();
});

await step('an organisation is added', async () => {
  const { page } = admin;
  await page.goto(`${BASE}/admin/orgs`);
  await page.getByRole('button', { name: '添加单位' }).click();
  const form = page.locator('form.form');
  await form.locator('[name=name]').fill(`测试物业${mark}`);
  await pickArea(form, at.area);
  await form.locator('button[type=submit]').click();
  await page.getByText(`测试物业${mark}`).first().waitFor();
  check(admin.complaints.length === 0, 'nothing broke', admin.complaints.join('; '));
});

await step('an organisation is renamed, put below another, ended and let in again, by keyboard and on a phone', async () => {
  const { page, context, complaints, api } = await person(browser, { login: 'admin', phone: true });
  const area = at.area.slice(0, 6);
  const above = await post(api, 'orgs', { name: `上级${mark}`, area });
  const { id } = await post(api, 'orgs', { name: `旧所${mark}`, area });
  const held = await post(api, 'accounts', { login: `held.${mark}`, name: '在岗的', password: SECRET });
  await post(api, 'posts', { account: held.id, role: 'handler', area, org: id });
  await page.goto(`${BASE}/admin/orgs`);
  const search = page.getByRole('searchbox');
  const row = page.locator(`[data-org="${id}"]`);
  const detail = page.locator('.detail');
  const manage = (name) => page.getByRole('button', { name: `管理 ${name}`, exact: true });
  await search.fill(mark);
  await manage(`旧所${mark}`).press('Enter');
  await detail.getByText('1 个岗位').waitFor();
  await detail.getByText('还有人在这里任职').waitFor();
  check((await detail.getByRole('button', { name: /^撤销单位/ }).count()) === 0, 'it cannot end while somebody holds a post in it');
  await detail.locator('[name=org-name]').fill(`新所${mark}`);
  await detail.getByRole('button', { name: /^上级/ }).press('Enter');
  await detail.locator('.panel input').fill(`上级${mark}`);
  await detail.locator('.option', { hasText: `上级${mark}` }).press('Enter');
  await detail.locator('button[type=submit]').dblclick();
  await page.getByText(`已保存：新所${mark}`).waitFor();
  await row.getByText(`新所${mark}`).waitFor();
  const now = await json(api, `orgs/${id}`);
  check(now.name === `新所${mark}` && now.parent === above.id, 'it has its new name and stands below the other', JSON.stringify(now));
  check((await page.locator('li', { has: page.locator(`[data-org="${above.id}"]`) }).last().locator(`[data-org="${id}"]`).count()) === 1, 'in the tree, too');
  check(await noSideScroll(page), 'and the form fits the phone');

  await post(api, 'posts/end', { account: held.id, role: 'handler', area });
  await manage(`新所${mark}`).press('Enter');
  await manage(`新所${mark}`).press('Enter');
  const end = detail.getByRole('button', { name: `撤销单位 新所${mark}` });
  await end.press('Enter');
  const sure = detail.getByRole('group', { name: /哪里都不再列出它/ });
  await page.keyboard.press('Escape');
  await sure.waitFor({ state: 'detached' });
  check((await json(api, `orgs/${id}`)).ended === null, 'Escape ends nothing');
  await end.press('Enter');
  await sure.waitFor();
  await page.keyboard.press('Enter');
  await page.getByText(`已撤销：新所${mark}`).waitFor();
  await row.waitFor({ state: 'detached' });
  const list = page.getByRole('switch', { name: '也列出已撤销的' });
  check(await list.evaluate((one) => one === document.activeElement), 'the focus stands on what brings it back');
  await page.keyboard.press('Space');
  await row.getByText(/\d{4}-\d{2}-\d{2} 撤销/).waitFor();
  check(await noSideScroll(page), 'the row with its day fits the phone');
  await manage(`新所${mark}`).press('Enter');
  await detail.getByRole('button', { name: `恢复 新所${mark}` }).press('Enter');
  await detail.getByRole('group', { name: /又可以选用/ }).waitFor();
  await page.keyboard.press('Enter');
  await page.getByText(`已恢复：新所${mark}`).waitFor();
  await detail.locator('[name=org-name]').waitFor();
  check((await json(api, `orgs?q=${mark}`)).items.some((one) => one.id === id), 'and it is offered again');
  await page.goto(`${BASE}/admin/audit`);
  await page.getByText(`名称 旧所${mark} → 新所${mark} · 上级 — → 上级${mark}`).waitFor();
  check(complaints.length === 0, 'nothing broke', complaints.join('; '));
  await context.close();
});
await stop();
