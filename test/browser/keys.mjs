// Short, for every run: a resident reports without a pointer and without sight. The other walks: access.mjs.
import { BASE, check, gridPoint, person, start, step } from './lib.mjs';
import { focused, tabTo, tree } from './reach.mjs';

const { browser, stop } = await start();
const at = await gridPoint(browser);

await step('a report by keyboard alone, and what is read aloud of it', async () => {
  const { page, context, complaints } = await person(browser, { at, phone: true });
  await page.goto(BASE);
  await page.locator('.home').waitFor();
  await page.keyboard.press('Tab');
  check((await page.evaluate(() => document.activeElement?.className)) === 'skip', 'first comes the way past the bar');
  await page.keyboard.press('Enter');
  await tabTo(page, 'a[href="/report"]');
  await page.keyboard.press('Enter');
  await page.getByText('属于').waitFor();
  check(/我要上报/.test(await page.title()) && (await focused(page)).id === 'main', 'a page says its name, and is begun at its beginning', JSON.stringify([await page.title(), await focused(page)]));
  await tabTo(page, 'button[type=submit]');
  await page.keyboard.press('Enter');
  await page.locator('.field-error').first().waitFor();
  const wrong = await focused(page);
  check(wrong.tag === 'TEXTAREA' && wrong.about.includes('请写一句话'), 'what is missing has the focus and is said with it', JSON.stringify(wrong));
  const read = await tree(page, 'main');
  for (const line of [/textbox "是什么事/, /alert: 请写一句话/, /textbox "您的手机号/, /radio "路灯不亮"/, /button "提交"/])
    check(line.test(read), `the tree has ${line}`, read);
  await page.keyboard.type('键盘上报的路灯');
  await tabTo(page, '[role=radio]');
  await page.keyboard.press('Space');
  await tabTo(page, 'button[type=submit]');
  await page.keyboard.press('Enter');
  await page.getByText('已收到').waitFor();
  await page.waitForFunction(() => document.activeElement?.id === 'main');
  check(/heading "已收到" \[level=1\]/.test(await tree(page, 'main')), 'the answer is a heading, and where the focus is');
  check(complaints.length === 0, 'nothing broke', complaints.join('; '));
  await context.close();
});
await stop();
