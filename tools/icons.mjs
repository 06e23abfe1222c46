// Makes the PNG icons of web/public from icon.svg: node tools/icons.mjs. Phones want them when a page is put on the home screen,
// and some take no SVG. They are kept beside it, so that building needs no browser.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const { chromium } = createRequire(new URL('../web/package.json', import.meta.url))('playwright-core');
const here = (path) => new URL(`../web/public/${path}`, import.meta.url);
const svg = readFileSync(here('icon.svg'), 'utf8');
const marks = svg.replace(/<rect[^>]*\/>/, '').replace(/^<svg[^>]*>|<\/svg>$/g, '');
const ground = '#0e5c63';

/** A launcher cuts a maskable icon to its own shape: the ground reaches the edge, the marks keep to the middle. */
const maskable = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="-12 -12 88 88"><rect x="-12" y="-12" width="88" height="88" fill="${ground}"/>${marks}</svg>`;
const square = svg.replace(/ rx="14"/, '');
/** The small sign in a phone's status bar: only what is opaque counts. */
const badge = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="12 12 40 40">${marks.replaceAll(/#[0-9a-f]{6}/g, '#fff')}</svg>`;

const icons = [
  ['icon-192.png', svg, 192],
  ['icon-512.png', svg, 512],
  ['maskable-192.png', maskable, 192],
  ['maskable-512.png', maskable, 512],
  ['apple-touch-icon.png', square, 180],
  ['badge-96.png', badge, 96],
];

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
});
const page = await browser.newPage();
for (const [name, text, size] of icons) {
  await page.setViewportSize({ width: size, height: size });
  const sized = text.replace('<svg ', `<svg width="${size}" height="${size}" `);
  await page.setContent(`<style>*{margin:0}svg{display:block}</style>${sized}`);
  writeFileSync(here(name), await page.screenshot({ omitBackground: true }));
}
await browser.close();
