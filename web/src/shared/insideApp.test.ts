import { expect, test } from 'vitest';
import { insideApp } from './insideApp';

test("the browsers inside apps are known, a phone's own is none of them", () => {
  const phone = 'Mozilla/5.0 (Linux; Android 12) AppleWebKit/537.36 Chrome/107.0 Mobile Safari/537.36';
  expect(insideApp(phone)).toBe(false);
  for (const app of [
    'XWEB/5061 MicroMessenger/8.0.49',
    'AliApp(DingTalk/7.0.30)',
    'AlipayClient/10.3',
    'dtdreamweb',
  ])
    expect(insideApp(`${phone} ${app}`)).toBe(true);
});
