// The desk: everything by the keyboard, many at once, a list that stands still, the hotline, two people on one matter.
import { BASE, check, gridPoint, json, person, post, start, step } from './lib.mjs';

const { browser, stop } = await start();
const at = await gridPoint(browser);
const mark = Date.now().toString(36);
const PHONE = `137${String(Date.now()).slice(-8)}`;
const place = { lng: at.lng, lat: at.lat };
const [clerk, worker, verifier] = await Promise.all(['clerk', 'worker', 'verifier'].map((login) => person(browser, { login })));
const { page } = clerk;
const report = (words, fields = {}) =>
  post(clerk.api, 'records', { kind: 'incident', place, fields: { description: `${words} ${mark}`, ...fields } });
const record = (id) => json(clerk.api, `records/${id}`);
const keys = async (...all) => {
  for (const key of all) await page.keyboard.press(key);
};
const rows = () => page.locator('.row-line');
/** Does something that shows another list, and waits until that has come. */
const listed = (act) => Promise.all([page.waitForResponse((one) => /\/records\?(?!.*\bq=)/.test(one.url()) && one.ok()), act()]);
const list = async (query) => {
  await page.goto(`${BASE}/desk?${query}`);
  await rows().first().waitFor();
  await page.locator('.live.live').waitFor();
};

// Enough for a list that can be scrolled: one that fits its box cannot be held still.
for (let n = 0; n < 40; n++) await report(`第 ${n} 件`);

await step('the palette opens a view by its name, the g-keys by a letter', async () => {
  await list('view=all');
  await keys('Control+k');
  await page.getByRole('combobox', { name: '命令' }).fill('已超期');
  await page.getByRole('option', { name: /已超期/ }).first().waitFor();
  await listed(() => keys('Enter'));
  await page.waitForURL(/view=late/);
  await listed(() => keys('g', 'a'));
  await page.waitForURL(/view=all/);
  await rows().nth(8).waitFor(); // of all there is a screenful, of what is late there is not
  await keys('j');
  await page.waitForURL(/\/r\//);
  await page.goBack();
  await page.waitForURL(/\/desk\/?\?/);
});

await step('what comes in does not move what one reads, and says how much there is', async () => {
  await list('view=all');
  await page.locator('.box').hover();
  await page.locator('.box').evaluate((box) => box.scrollTo(0, 1500));
  await page.waitForTimeout(300);
  const top = () =>
    page.evaluate(() => {
      const box = document.querySelector('.box').getBoundingClientRect();
      const row = [...document.querySelectorAll('.row-line')].map((one) => [one.dataset.id, one.getBoundingClientRect().top - box.top]);
      return row.filter(([, y]) => y >= 0).sort((a, b) => a[1] - b[1])[0].join(' ');
    });
  const before = await top();
  await report('水管漏水 插入');
  await page.locator('.unseen').waitFor();
  check((await top()) === before, 'the same row stands at the same place', `${before} / ${await top()}`);
  await page.locator('.unseen').click();
  await rows().filter({ hasText: `插入 ${mark}` }).waitFor();
});

await step('many at once: looked at first, then done, then taken back', async () => {
  const me = (await json(worker.api, 'me')).id;
  const ids = [];
  for (const n of [1, 2]) {
    const { id } = await report(`树枝断落 批量${n}`);
    await post(clerk.api, `records/${id}/accept`, { fields: { category: '0107', level: 'easy' } });
    await post(clerk.api, `records/${id}/dispatch`, { parties: [{ role: 'lead', account: me }] });
    await post(worker.api, `records/${id}/acknowledge`, {});
    ids.push(id);
  }
  await list('view=state:handling');
  await rows().filter({ hasText: `批量2 ${mark}` }).waitFor();
  await keys('j', 'x', 'j', 'x', 'B');
  await page.locator('[data-bulk=suspend]').click();
  await page.locator('.bulk textarea[name=note]').fill('等材料到货');
  await page.locator('.bulk input[name=until]').fill('2027-01-04T12:00');
  await page.locator('.bulk form button[type=submit]').click();
  await page.locator('[data-run]').waitFor();
  check((await record(ids[0])).state === 'handling', 'the look has changed nothing');
  await page.locator('[data-run]').click();
  await page.locator('[data-undo]').waitFor();
  const states = async () => (await Promise.all(ids.map(record))).map((one) => one.state).join();
  check((await states()) === 'suspended,suspended', 'both are done', await states());
  await rows().filter({ hasText: '已离开此视图' }).first().waitFor();
  await page.locator('[data-undo]').click();
  await page.locator('[data-undo]').waitFor({ state: 'detached' });
  check((await states()) === 'handling,handling', 'and taken back', await states());
});

await step('the mouse chooses as in every list: Shift from the open one to here, Ctrl one more or less', async () => {
  await list('view=open');
  await rows().nth(0).click();
  await page.locator('[data-move]').first().waitFor();
  await rows().nth(2).click({ modifiers: ['Shift'] });
  await page.getByRole('button', { name: '已选 3 件' }).waitFor();
  await rows().nth(1).click({ modifiers: ['Control'] });
  await page.getByRole('button', { name: '已选 2 件' }).waitFor();
  check((await page.evaluate(() => String(getSelection()))) === '', 'and no words are marked');
  await page.getByRole('button', { name: '取消选择' }).click();
});

await step('an import says at its line what it lacks, until that is chosen, and begins once', async () => {
  await page.goto(`${BASE}/desk/import?kind=incident`);
  await page.setInputFiles('input[type=file]', { name: 'in.csv', mimeType: 'text/csv', buffer: Buffer.from('甲,乙\n1,路灯不亮\n') });
  await page.getByRole('button', { name: '上传' }).dblclick();
  await page.locator('[data-check]').click();
  const line = page.locator('tr', { hasText: '情况' });
  await line.locator('.field-error', { hasText: '请选一列' }).waitFor();
  await line.locator('select').selectOption({ label: '乙' });
  await line.locator('.field-error').waitFor({ state: 'detached' });
  await page.locator('[data-run]').dblclick();
  await page.getByRole('heading', { name: '导入完毕' }).waitFor();
  check((await page.locator('p.field-error').count()) === 0, 'nothing is refused for being asked twice');
});

await step('a view is kept on the server and can be gone back to', async () => {
  await list(`view=open&q=${encodeURIComponent(mark)}`);
  await keys('S');
  await page.locator('.save input[name=title]').fill(`今天的 ${mark}`);
  await page.locator('.save button[type=submit]').click();
  await page.locator('.save').waitFor({ state: 'detached' });
  await keys('g', 'a');
  await page.waitForURL(/view=all/);
  await page.locator(`[data-saved="今天的 ${mark}"]`).click();
  await page.waitForURL((url) => url.searchParams.get('q') === mark);
  const { items } = await json(clerk.api, 'saved?what=view');
  check(items.some((one) => one.title === `今天的 ${mark}`), 'the server has it');
});

await step('the hotline: who rings, what it may be, where it is; filed with Ctrl-Enter', async () => {
  await report('下水道堵了', { caller: PHONE });
  await list('view=open');
  await keys('n');
  await page.locator('[data-field=caller] input').fill(PHONE);
  await page.locator('[data-caller]').first().waitFor();
  await page.locator('[data-field=description] textarea').fill(`临江社区门口路灯不亮，晚上走路看不清 热线${mark}`);
  await page.locator('[data-suggested] button', { hasText: '路灯不亮' }).click();
  await page.locator('[data-places] button', { hasText: '临江社区' }).click();
  await page.reload();
  check(/热线/.test(await page.locator('[data-field=description] textarea').inputValue()), 'a reload loses nothing');
  await page.locator('[data-field=description] textarea').press('Control+Enter');
  await page.waitForURL(/\/r\//);
  const filed = await record(page.url().match(/r\/([0-9a-f-]{36})/)[1]);
  check(filed.fields.category === '0102' && filed.area.length === 12, 'with the category and the place', JSON.stringify([filed.fields, filed.area]));
});

await step('a call is parked for another, and is as it was when it is taken up again', async () => {
  await page.goto(`${BASE}/desk/new?view=open`);
  const caller = page.locator('[data-field=caller] input');
  const story = page.locator('[data-field=description] textarea');
  await caller.fill('13800001111');
  await story.fill(`楼道灯坏了 搁置${mark}`);
  await story.press('Alt+p');
  await page.locator('[data-parked]').waitFor();
  check((await story.inputValue()) === '' && (await caller.inputValue()) === '', 'the form is free for the next');
  await caller.fill('13800002222');
  await story.fill(`污水外溢 第二个${mark}`);
  await page.reload();
  await page.locator('[data-parked]').waitFor();
  check((await page.locator('[data-parked]').count()) === 1, 'it waits through a reload');
  await story.press('Alt+r');
  await page.locator('[data-parked]', { hasText: '13800002222' }).waitFor();
  check((await story.inputValue()) === `楼道灯坏了 搁置${mark}`, 'what was typed is there', await story.inputValue());
  await page.locator('[data-places] button, [data-field=category] button').first().waitFor();
  await page.locator('[data-parked] button').nth(1).click();
  await page.locator('[data-parked] button.danger').click();
  await page.locator('[data-parked]').waitFor({ state: 'detached' });
  await caller.fill('');
  await story.fill('');
});

await step('beside each view stands how much is in it, and follows', async () => {
  await list('view=soon');
  const shown = (view) => page.locator(`[data-count="${view}"]`).innerText();
  const told = async () => Object.fromEntries((await json(clerk.api, 'counts?kind=incident')).items.map((one) => [one.view, `${one.n}${one.more ? '+' : ''}`]));
  const same = async () => {
    const now = await told();
    return (await Promise.all(Object.keys(now).map(async (view) => (await shown(view)) === now[view]))).every(Boolean);
  };
  check(await same(), 'the figures are the server’s');
  const before = await told();
  const { id } = await report('井盖缺失 计数');
  await post(clerk.api, `records/${id}/reject`, { note: '不属于受理范围' });
  await report('井盖缺失 计数');
  for (let n = 0; n < 40 && !(await same()); n++) await page.waitForTimeout(200);
  check(await same(), 'and follow what happens', `${JSON.stringify(before)} ${JSON.stringify(await told())}`);
});

await step('what only stands below something else is not offered by itself', async () => {
  await page.goto(`${BASE}/desk/?kind=inspection`);
  await page.locator('.views select').first().waitFor();
  await page.locator('.list .rows, .list .standing').first().waitFor();
  check((await page.locator('[data-create]').count()) === 0, 'no button makes one');
  await page.keyboard.press('n');
  await page.getByText('不单独登记').waitFor();
  await page.goto(`${BASE}/desk/?kind=shop`);
  await page.locator('[data-create]').waitFor();
});

await step('two people on one matter: each sees the other, and nothing written is lost', async () => {
  const { id } = await report('电线垂落 两人');
  await page.goto(`${BASE}/desk/r/${id}?view=all`);
  await page.locator('[data-move=reject]').click();
  const note = page.locator('form.move textarea[name=note]');
  await note.fill(`不属于受理范围 ${mark}`);
  await verifier.page.goto(`${BASE}/desk/r/${id}?view=all`);
  await verifier.page.locator('[data-present] .writing').waitFor();
  await post(clerk.api, `records/${id}/escalate`, { note: '请镇里协调' });
  await page.locator('[data-news]').waitFor();
  check(/升级/.test(await page.locator('[data-news]').innerText()), 'what happened meanwhile is told');
  check((await note.inputValue()).includes(mark), 'what was written is still there');
  await clerk.context.setOffline(true);
  await page.locator('.offline').waitFor();
  await clerk.context.setOffline(false);
  await page.locator('.offline').waitFor({ state: 'detached' });
  await post(clerk.api, `records/${id}/accept`, { fields: { category: '0107', level: 'easy' } });
  await page.locator('.lost').waitFor();
  check((await page.locator('.lost').innerText()).includes(mark), 'even when it can no longer be done');
});

await step('a move lost before anything was written speaks of no words', async () => {
  const { id } = await report('电线垂落 空白');
  await page.goto(`${BASE}/desk/r/${id}?view=all`);
  await page.locator('[data-move=reject]').click();
  await page.locator('form.move').waitFor();
  await post(clerk.api, `records/${id}/accept`, { fields: { category: '0107', level: 'easy' } });
  await page.locator('.lost').waitFor();
  const told = await page.locator('.lost').innerText();
  check(/别人先办了/.test(told) && !/写的内容/.test(told), 'nothing was written', told);
});

await step('a note mentions a colleague, who is told', async () => {
  const { id } = await report('路面塌陷 留言');
  const { name, posts } = await json(verifier.api, 'me');
  await page.goto(`${BASE}/desk/r/${id}?view=all`);
  await page.locator('[data-move]').first().waitFor();
  await page.locator('.box').focus();
  await keys('f');
  const note = page.locator('form.move textarea[name=note]');
  await note.pressSequentially(`请看一下 @${name.slice(0, 2)}`);
  const unit = posts.map((one) => one.org_name ?? one.area_name).find(Boolean);
  await page.getByRole('option', { name: `${name} ${unit}` }).first().click();
  await note.press('Control+Enter');
  await page.locator('form.move').waitFor({ state: 'detached' });
  await page.locator('.entry.note').waitFor();
  const { items } = await json(verifier.api, 'notices');
  check(items.some((one) => one.what === 'mention' && one.record.id === id), 'the notice has arrived');
});

await step('what is opened counts as read, the rest can be read at once', async () => {
  const { account } = await json(verifier.api, 'me').then((me) => ({ account: me.id }));
  const told = [];
  for (const words of ['提醒甲', '提醒乙', '提醒丙']) {
    told.push(await report(`路面塌陷 ${words}`));
    await post(clerk.api, `records/${told.at(-1).id}/note`, { note: words, mentions: [account] });
  }
  const unread = async () => (await json(verifier.api, 'notices')).items.map((one) => one.record.id);
  const page = await verifier.context.newPage();
  await page.goto(`${BASE}/desk/r/${told[0].id}?view=all`);
  await page.getByRole('heading', { name: '提醒甲' }).waitFor();
  for (let n = 0; n < 50 && (await unread()).includes(told[0].id); n++) await page.waitForTimeout(100);
  const left = await unread();
  check(!left.includes(told[0].id) && left.includes(told[1].id), 'opened is read, the others are not');
  await page.getByRole('button', { name: '提醒' }).click();
  await page.locator('[data-notice=mention]', { hasText: '提醒丙' }).waitFor();
  await verifier.context.setOffline(true);
  await page.getByRole('button', { name: '全部已读' }).click();
  await page.locator('.panel [role=alert]').waitFor();
  check((await page.locator('[data-notice]').count()) > 1, 'without a network nothing counts as read, and that is said');
  await verifier.context.setOffline(false);
  await page.getByRole('button', { name: '全部已读' }).click();
  await page.getByText('没有未读的提醒').waitFor();
  check((await unread()).length === 0, 'all are read');
  await page.close();
});

await step('a mention of who may not see the matter is said at the note', async () => {
  const { id, area } = await report('路面塌陷 提到');
  const { items } = await json(clerk.api, 'accounts?limit=200');
  const { name } = items.find((one) => one.posts.every((of) => !area.startsWith(of.area)));
  await page.goto(`${BASE}/desk/r/${id}?view=all`);
  await page.locator('[data-move]').first().waitFor();
  await page.locator('.box').focus();
  await keys('f');
  const note = page.locator('form.move textarea[name=note]');
  await note.pressSequentially(`请看一下 @${name}`);
  await page.getByRole('option', { name }).first().click();
  await note.press('Control+Enter');
  await page.locator('form.move .field-error', { hasText: `${name}看不到这件事项` }).waitFor();
  check(await note.evaluate((at) => at === document.activeElement), 'and the hands are there');
  await page.locator('form.move').getByRole('button', { name: '取消' }).click();
});

await step('two that are the same stand beside each other and become one', async () => {
  const [one, two] = [await report('井盖缺失 甲'), await report('井盖缺失 乙')];
  await page.goto(`${BASE}/desk/r/${one.id}?view=all&beside=${two.id}`);
  await page.locator(`[data-keep="${one.id}"]`).click();
  await page.locator('[data-merge]').click();
  await page.waitForURL((url) => !url.searchParams.get('beside'));
  const gone = await record(two.id);
  check(gone.duplicate_of === one.id && !gone.open, 'the other points at it', JSON.stringify([gone.duplicate_of, gone.state]));
});

await step('what is searched is said, and the hands are in the list; Esc forgets it', async () => {
  await report('井圈松动');
  await list('view=state:reported');
  await keys('/');
  await page.keyboard.type('井圈松动');
  await keys('Enter');
  await page.locator('[data-searched]', { hasText: '已上报' }).waitFor();
  await rows().nth(1).waitFor({ state: 'detached' });
  await keys('j');
  await page.waitForURL(/\/r\//);
  await page.locator('[data-search-all]').click();
  await page.locator('[data-search-all]').waitFor({ state: 'detached' });
  check(new URL(page.url()).searchParams.get('view') === 'all', 'the same is looked for in all', page.url());
  await keys('/');
  await listed(() => keys('Escape'));
  await page.locator('[data-searched]').waitFor({ state: 'detached' });
  check((await page.locator('input[type=search]').first().inputValue()) === '', 'and the box is empty with the list whole');
});

await step('a condition that is none is said at the condition, and shows no other list', async () => {
  await list('view=all');
  await page.getByRole('button', { name: '更多筛选' }).click();
  await page.locator('.cel').fill('level === 3');
  await keys('Enter');
  await page.locator('.cel[aria-invalid=true]').waitFor();
  check(/列/.test(await page.locator('#where-wrong').innerText()), 'where it is wrong');
  check((await rows().count()) === 0, 'no rows of the list before');
});

await step('the help of keys is put away with Esc, what was chosen stays', async () => {
  await list('view=all');
  await keys('j', 'x', '?');
  await page.getByRole('dialog', { name: '快捷键' }).waitFor();
  await keys('Escape');
  await page.getByRole('dialog', { name: '快捷键' }).waitFor({ state: 'detached' });
  check((await page.locator('[data-bulk-open]').count()) === 1, 'one is chosen still');
});

await step('many at once: what is missing is said at its field, which has the focus', async () => {
  await list('view=state:reported');
  await keys('j', 'x', 'B');
  await page.locator('[data-bulk=reject]').click();
  await page.locator('.bulk form button[type=submit]').click();
  await page.locator('.bulk textarea[name=note][aria-invalid=true]').waitFor();
  check(await page.evaluate(() => document.activeElement?.getAttribute('name') === 'note'), 'the note has the focus');
});

await step('with templates, too, a note is written at once', async () => {
  const saved = `saved/${crypto.randomUUID()}`;
  await clerk.api.put(`${BASE}/api/v1/${saved}`, { data: { what: 'template', title: '致谢', text: '谢谢', about: '' }, headers: { 'X-Wangge': '1' } });
  const { id } = await report('路灯不亮 致谢');
  await page.goto(`${BASE}/desk/r/${id}?view=all`);
  await page.locator('[data-move]').first().waitFor();
  await page.locator('.box').focus();
  await keys('f');
  await page.locator('form.move [data-templates]').waitFor();
  check(await page.evaluate(() => document.activeElement?.getAttribute('name') === 'note'), 'the note has the focus');
  await clerk.api.delete(`${BASE}/api/v1/${saved}`, { headers: { 'X-Wangge': '1' } });
});

await step('a duplicate names what it repeats', async () => {
  const [one, two] = [await report('路灯不亮 原件'), await report('路灯不亮 重复')];
  await post(clerk.api, `records/${two.id}/duplicate`, { other: one.id, note: '重复' });
  await page.goto(`${BASE}/desk/r/${two.id}?view=all`);
  await page.locator('.link', { hasText: `原件 ${mark}` }).waitFor();
  check((await page.locator('.link').first().innerText()).includes((await record(one.id)).number), 'with its number');
  await page.getByRole('button', { name: '更多', exact: true }).click();
  await page.locator('[data-move=separate]').click();
  await page.locator('form.move textarea[name=note]').fill('是隔壁那盏');
  await page.locator('form.move button[type=submit]').click();
  await page.locator('[data-move=accept]').waitFor();
  const back = await record(two.id);
  check(back.state === 'reported' && back.duplicate_of === null, 'and what was none is to be accepted again', JSON.stringify([back.state, back.duplicate_of]));
});

await step('a complaint goes as soon as its field is changed', async () => {
  await page.goto(`${BASE}/desk/new?view=open`);
  const caller = page.locator('[data-field=caller]');
  await caller.locator('input').fill('123');
  await caller.locator('input').press('Control+Enter');
  await caller.locator('.field-error').waitFor();
  await caller.locator('input').fill(PHONE);
  await caller.locator('.field-error').waitFor({ state: 'detached' });
  await caller.locator('input').fill('');
});

await step('who works with one programme only finds that on the desk', async () => {
  const admin = await person(browser, { login: 'admin' });
  const login = `bank-${mark}`;
  const password = 'lends by the carbon';
  const { id } = await post(admin.api, 'accounts', { login, name: '银行经理', password });
  await post(admin.api, 'posts', { account: id, role: 'bank_clerk', area: '330803' });
  await admin.context.close();
  const bank = await person(browser);
  await post(bank.api, 'session', { login, password });
  await bank.page.goto(`${BASE}/desk`);
  const kind = bank.page.locator('.views select');
  await bank.page.locator('.views select option:checked', { hasText: '点碳成金贷' }).waitFor({ state: 'attached' });
  check((await kind.inputValue()) === 'green_loan', 'the kind whose matters they move', await kind.inputValue());
  await bank.page.locator('[data-view="state:asked"]').click();
  await bank.page.waitForURL((url) => url.searchParams.get('kind') === 'green_loan');
  check((await bank.page.locator('.views optgroup').first().locator('option').allInnerTexts()).join() === '点碳成金贷', 'and it stands first among the kinds');
  await bank.context.close();
});

await step('on a phone the bar is two lines: what there is, and the search', async () => {
  await page.setViewportSize({ width: 360, height: 780 });
  await page.evaluate(() => localStorage.setItem('wangge.language', 'en')); // its words are the longer ones
  await page.goto(`${BASE}/desk?view=all`);
  await rows().first().waitFor();
  const tops = await page.locator('header.bar > *').evaluateAll((all) => [...new Set(all.filter((one) => one.offsetHeight).map((one) => Math.round((one.getBoundingClientRect().top + one.getBoundingClientRect().bottom) / 20)))]);
  check(tops.length === 2, 'nothing takes a line of its own beside it', tops.join());
});

for (const [name, who] of Object.entries({ clerk, verifier }))
  check(who.complaints.length === 0, `${name}: nothing broke, nothing left the server`, who.complaints.join('; '));
await stop();
