import { expect, test } from 'vitest';
import { sentences } from './speech';

test('a page is read sentence by sentence, and numbers to call figure by figure', () => {
  expect(sentences('已收到\n编号 衢江-2026-000123。有生命危险，请先拨打 120！')).toEqual([
    '已收到',
    '编号 衢江-2026-000123',
    '有生命危险，请先拨打 1 2 0',
  ]);
  expect(sentences('12345')).toEqual(['1 2 3 4 5']);
});

test('what is no word is not read, nor what is too long for anybody', () => {
  expect(sentences('·\n—\n好')).toEqual(['好']);
  expect(sentences('很长。'.repeat(2000)).length).toBe(1000);
});
