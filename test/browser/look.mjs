// Every face on a small phone and in the largest type: it fits, and nothing breaks. What is named and readable: access.mjs.
import { BASE, check, json, noSideScroll, person, settled, start, step } from './lib.mjs';

const { browser, stop } = await start();

const clerk = await person(browser, { login: 'clerk' });
const [record] = (await json(clerk.api, 'records?kind=incident&limit=1')).items;
const pages = [
  ['resident', true, ['/', '/report', '/report?place=', '/mine', '/poster', '/sign-in', '/sign-in?new=1']],
  ['worker', true, ['/work', '/work/report', '/work/outbox', '/work/map', '/work/scan']],
  ['clerk', false, ['/desk', `/desk/r/${record.id}`, '/desk/new', '/desk/templates']],
  ['clerk', true, ['/desk', `/desk/r/${record.id}`, '/board']],
  ['leader', false, ['/board', '/command', '/command/new']],
  ['admin', false, ['/admin', '/admin/accounts', '/admin/orgs', '/admin/packs']],
];
for (const [login, phone, paths] of pages) {
  const one = await person(browser, { login, phone });
  for (const path of paths) {
    await step(`${login} ${phone ? 'phone' : 'desk'} ${path}`, async () => {
      await one.page.goto(BASE + path);
      await settled(one.page);
      if (phone) check(await noSideScroll(one.page), `  ${path}: fits the phone`);
    });
  }
  check(one.complaints.length === 0, `${login}: nothing broke`, one.complaints.join('; '));
  await one.context.close();
}

await step('the largest type and English fit the phone too', async () => {
  const one = await person(browser, { login: 'resident', phone: true });
  await one.page.addInitScript(() => {
    localStorage.setItem('wangge.size', 'larger');
    localStorage.setItem('wangge.language', 'en');
  });
  for (const path of ['/', '/report', '/report?place=', '/mine']) {
    await one.page.goto(BASE + path);
    await settled(one.page);
    check(await noSideScroll(one.page), `  ${path}`);
  }
  check((await one.page.locator('html').getAttribute('lang')) === 'en', '  the page says which language it is in');
  await one.context.close();
});
await stop();
