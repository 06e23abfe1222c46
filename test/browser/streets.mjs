// Streets are drawn on every map: the same map with and without them is another picture, and is asked for nothing else.
import { BASE, check, gridPoint, person, settled, start, step } from './lib.mjs';

const { browser, stop } = await start();
const GRID = '330803002001001';
const FEW = 300; // pixels: what a clock, a light or an edge may change

/** How many pixels of two pictures differ plainly. */
const differing = (page, before, after) =>
  page.evaluate(
    async (pictures) => {
      const [one, other] = await Promise.all(
        pictures.map(async (base64) => {
          const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
          const image = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
          const context = new OffscreenCanvas(image.width, image.height).getContext('2d');
          context.drawImage(image, 0, 0);
          return context.getImageData(0, 0, image.width, image.height).data;
        }),
      );
      let n = 0;
      for (let at = 0; at < one.length; at += 4)
        n += [0, 1, 2].some((part) => Math.abs(one[at + part] - other[at + part]) > 24);
      return n;
    },
    [before.toString('base64'), after.toString('base64')],
  );

/** What is drawn once nothing moves any more: a slow machine glides and paints for longer. */
async function still(page) {
  let before = await page.getByRole('application').screenshot();
  for (let n = 0; n < 20; n++) {
    await page.waitForTimeout(400);
    const now = await page.getByRole('application').screenshot();
    if (now.equals(before)) return now;
    before = now;
  }
  return before;
}

/** The map of a page, near enough to the ground for streets of every width. */
async function picture(page, path, nearer) {
  await page.goto(BASE + path);
  await page.locator('[role=application] canvas').first().waitFor();
  await settled(page); // the map lies over its areas once they are read
  await page.evaluate(() => document.fonts.ready);
  for (let n = 0; n < nearer; n++) await page.getByRole('button', { name: '放大' }).click();
  await settled(page);
  return still(page);
}

const at = await gridPoint(browser);
for (const [login, path, nearer, phone] of [
  ['leader', '/board', 3, false],
  ['admin', `/admin/areas?in=${GRID.slice(0, 12)}&area=${GRID}`, 0, false],
  ['resident', '/report?place=', 0, true],
])
  await step(`${login}: ${path}`, async () => {
    const { page, context, complaints } = await person(browser, { login, phone, at });
    const bare = (route) => route.fulfill({ json: { streets: [] } });
    await page.route('**/areas/streets?*', bare);
    await picture(page, path, 0); // a phone takes its bearings
    const without = [await picture(page, path, nearer), await picture(page, path, nearer)];
    await page.unroute('**/areas/streets?*', bare);
    const asked = page.waitForResponse(/areas\/streets\?/);
    const drawn = await picture(page, path, nearer);
    check((await asked).ok(), '  the squares in sight are read');
    check((await differing(page, ...without)) < FEW, '  without streets it is the same picture twice');
    const changed = await differing(page, without[1], drawn);
    check(changed > 2 * FEW, '  with them it is another', `${changed} pixels`);
    check(complaints.length === 0, '  nothing broke', complaints.join('; '));
    await context.close();
  });
await stop();
