import { describe, expect, it } from 'vitest';
import type { Kind, Transition } from '@/shared/types';
import { mainMove, movesAfter } from './next';

const move = (name: string, more: Partial<Transition>): Transition => ({
  name,
  title: { zh: name, en: name },
  raises: false,
  from: ['issued', 'on_the_way'],
  to: null,
  needs: [],
  takes: [],
  parties: [],
  ...more,
});
const order = {
  flow: {
    states: ['issued', 'on_the_way', 'there'].map((name) => ({ name, light: 'green' })),
    transitions: [
      move('go', { to: 'on_the_way', each: true, after: ['none', 'issued'] }),
      move('arrive', { to: 'there', each: true, after: ['on_the_way'] }),
      move('say', {}),
    ],
  },
} as unknown as Kind;

describe('what may be done while steps wait for a network', () => {
  it('is what the server offered, without a step', () => {
    expect(movesAfter(order, undefined, ['go', 'say'])).toEqual(['go', 'say']);
  });

  it('is the next step after one, and what is no step', () => {
    expect(movesAfter(order, 'on_the_way', ['go', 'say'])).toEqual(['arrive', 'say']);
    expect(mainMove(order, movesAfter(order, 'on_the_way', []))?.name).toBe('arrive');
  });

  it('ends with the last step', () => {
    expect(mainMove(order, movesAfter(order, 'there', ['go', 'say']))).toBeUndefined();
  });
});
