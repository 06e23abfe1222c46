import { expect, test } from 'vitest';
import { inARow } from './public';

test('what is the same one after another counts as one, the last of it', () => {
  const same = (one: string, other: string) => one[0] === other[0];
  expect(inARow(['a1', 'b1', 'b2', 'b3', 'a2', 'b4'], same)).toEqual([
    ['a1', 1],
    ['b3', 3],
    ['a2', 1],
    ['b4', 1],
  ]);
  expect(inARow([], same)).toEqual([]);
});
