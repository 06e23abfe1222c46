import { expect, test } from 'vitest';
import type { Matter } from '@/shared/types';
import { foundBy, wordsOf } from './registerStore';

const shop = {
  number: '衢江-2026-000123',
  area_name: '临江社区第一网格',
  place: { address: '信安路 12 号' },
  fields: { name: '老王面馆', keeper_name: '王*', faults: 2 },
} as unknown as Matter;

test('a shop is found by any words of it, in any order', () => {
  const words = wordsOf(shop, '老王面馆 · 无牌');
  for (const typed of ['面馆', '信安路 老王', '12 号', '000123', '第一网格 面馆'])
    expect(foundBy(typed, words), typed).toBe(true);
  for (const typed of ['饭店', '面馆 饭店', '王小明']) expect(foundBy(typed, words), typed).toBe(false);
});
test('Latin letters are found in either case', () => {
  expect(foundBy('KTV', wordsOf({ ...shop, fields: { name: 'Star Ktv' } } as unknown as Matter, ''))).toBe(
    true,
  );
});
