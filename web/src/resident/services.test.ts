import { describe, expect, it } from 'vitest';
import { menuOf, priceOf } from './services';

const prices = [
  ['A', '0'],
  ['F', '1000'],
  ['F1', '3000'],
];

describe('the menu', () => {
  it('takes the price of the row that fits best', () => {
    expect(priceOf(prices, 'F1')).toBe(3000);
    expect(priceOf(prices, 'F2')).toBe(1000);
    expect(priceOf(prices, 'A1')).toBe(0);
    expect(priceOf(prices, 'Z')).toBe(0);
  });
  it('puts what is below a group into it', () => {
    const title = { zh: '甲', en: 'A' };
    const groups = menuOf(
      [
        { code: 'F', parent: null, title },
        { code: 'F1', parent: 'F', title, words: '水龙头' },
        { code: 'A', parent: null, title },
      ],
      prices,
    );
    expect(groups.map((one) => [one.code, one.items.length])).toEqual([
      ['F', 1],
      ['A', 0],
    ]);
    expect(groups[0].items[0].price).toBe(3000);
  });
});
