// A month's ranking: read by anybody on a phone once it is published, how a place came about, other weights tried by
// keys; at the desk a figure opens into its rows and a correction into its record. Run apart (tools/run_tests.py --deep).
import { ownServer } from './own.mjs';

const server = await ownServer({ lived: true });
process.env.BASE_URL = server.base;
const { BASE, check, json, noSideScroll, person, post, settled, start, step } = await import('./lib.mjs');
const { broken, unrolled } = await import('./reach.mjs');

const PHONE = { width: 390, height: 844 };

const { browser, stop } = await start();
const LOOK = process.env.LOOK;
const picture = async (page, name) => LOOK && (await page.screenshot({ path: `${LOOK}/${name}.png` }));
const TOWN = '330803103';
const [nobody, town, verifier] = await Promise.all([
  person(browser, { phone: true }),
  person(browser, { login: 'town' }),
  person(browser, { login: 'verifier' }),
]);
const { page } = nobody;

await step('a published ranking is found among what is public', async () => {
  await page.goto(`${BASE}/public/appraisal`);
  await page.locator('a[href^="/public/appraisal/"]').first().click();
  await page.getByRole('link', { name: '考核排名' }).click();
  await page.locator('[data-place]').first().waitFor();
  const places = await page.locator('[data-place]').evaluateAll((rows) => rows.map((row) => Number(row.dataset.place)));
  check(places.length > 10 && places.every((place, i) => i === 0 || place >= places[i - 1]), 'everybody in order', places);
  check(await noSideScroll(page), 'the table fits the phone');
  await unrolled(page, PHONE);
  const wrong = await broken(page);
  check(wrong.length === 0, 'it can be read by everybody', wrong);
  await page.setViewportSize(PHONE);
  await picture(page, 'public');
});

await step('a unit opens into how its points came about', async () => {
  await page.locator(`[data-unit="${TOWN}"] button`).click();
  await page.locator('[data-item]').first().waitFor();
  check((await page.locator('[data-item]').count()) === 12, 'all twelve indicators');
  check((await page.locator('[data-open]').count()) === 0, 'without an account no figure opens');
  check(await noSideScroll(page), 'the formula fits the phone');
});

await step('other weights, by keys alone, and back', async () => {
  await page.getByRole('link', { name: '换个权重看看' }).click();
  const points = () => page.locator('[data-tried] td:nth-child(4)').allInnerTexts();
  const before = await points();
  await page.locator('[data-weight="people"]').focus();
  for (let i = 0; i < 40; i++) await page.keyboard.press('ArrowRight');
  check(String(await points()) !== String(before), 'points follow at once');
  await picture(page, 'try');
  await page.getByRole('button', { name: '恢复现行权重' }).click();
  check(String(await points()) === String(before), 'and are what is published again');
  check(await noSideScroll(page), 'the sliders fit the phone');
  await unrolled(page, PHONE);
  const wrong = await broken(page);
  check(wrong.length === 0, 'it can be used by everybody', wrong);
});

await step('an objection that is upheld shows beside the figure it corrects', async () => {
  const months = (await json(town.api, 'records?kind=appraisal&state=announced')).items;
  const unit = (await json(town.api, `records?kind=appraisal_unit&parent=${months[0].id}&area=${TOWN}`)).items[0];
  const made = (await json(verifier.api, `records?kind=appraisal_objection&parent=${unit.id}`)).items[0];
  if (made.state === 'raised')
    await post(verifier.api, `records/${made.id}/uphold`, { fields: { corrected: 95, reason: '漏计属实' } });
  await town.page.goto(`${BASE}/desk/appraisal/${months[0].id}?view=how&unit=${TOWN}`);
  await town.page.locator('[data-item="survey"] .note').waitFor();
  await picture(town.page, 'desk');
  await town.page.locator('[data-open="survey"]').click();
  await town.page.getByText('漏计属实').first().waitFor();
});

await step('a measured figure opens into its rows', async () => {
  const months = (await json(town.api, 'records?kind=appraisal')).items;
  await town.page.goto(`${BASE}/desk/appraisal/${months[0].id}?view=how&unit=${TOWN}`);
  await town.page.locator('[data-open="limits_missed"]').click();
  await settled(town.page);
  check(town.page.url().includes('measure%3Dbreaches'), 'the list behind it', town.page.url());
});

await server.kill('SIGKILL');
server.remove();
await stop();
