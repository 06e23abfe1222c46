import { describe, expect, it } from 'vitest';
import { byWork, ofWork } from './usual';

const list = [
  { kind: 'incident', title: { zh: '事件', en: 'Matter' }, work: 'none' },
  { kind: 'account', title: { zh: '账户', en: 'Account' }, work: 'sees' },
  { kind: 'house', title: { zh: '房屋', en: 'House' }, work: 'moves', register: true },
  { kind: 'loan', title: { zh: '贷款', en: 'Loan' }, work: 'moves' },
] as const;

describe('the kinds of one desk', () => {
  it('begin with those one moves, and say what is only seen', () => {
    const groups = byWork([...list]).map(({ work, kinds }) => [work, kinds.map((one) => one.kind)]);
    expect(groups).toEqual([
      ['moves', ['house', 'loan']],
      ['sees', ['account']],
      ['none', ['incident']],
    ]);
  });
  it('have the work before the registers', () => {
    expect(ofWork([...list])).toEqual(['loan', 'house']);
    expect(ofWork([list[0], list[1]])).toEqual(['account']);
    expect(ofWork([list[0]])).toEqual([]);
  });
});
