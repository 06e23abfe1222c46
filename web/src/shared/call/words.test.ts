import { describe, expect, it } from 'vitest';
import type { Entry, Party } from '../types';
import { callWords } from './words';

const t = (key: string, values?: Record<string, unknown>) =>
  `${key.replace('call.', '')}${values ? ` ${Object.values(values).join(' ')}` : ''}`;
const parties = [{ role: 'co', account: null, org: 'o1', name: '交警大队' }] as Party[];
const entry = (after: unknown, field = 'call') =>
  ({ changes: [{ field, before: null, after }] }) as unknown as Entry;

describe('what the history says of a call', () => {
  it('names whom it was for', () => {
    expect(callWords(entry({ to: 'o1' }), parties, t)).toBe('told.begin 交警大队 span 0 0');
    expect(callWords(entry({ to: 'gone' }), parties, t)).toContain('somebody');
  });
  it('says how it ended and for how long it went', () => {
    const end = { to: 'o1', outcome: 'ended', seconds: 192 };
    expect(callWords(entry(end), parties, t)).toBe('told.ended 交警大队 span 3 12');
  });
  it('says nothing of what is no call', () => {
    expect(callWords(entry('x', 'state'), parties, t)).toBe('');
    expect(callWords({} as Entry, parties, t)).toBe('');
  });
});
