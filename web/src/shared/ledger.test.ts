import { describe, expect, it } from 'vitest';
import { amountWords, changeWords, progress, statementPath, type Account } from './ledger';

const title = { zh: '', en: '' };
const account = (balance: number, tier: number | null, next: number | null): Account => ({
  ledger: 'carbon',
  account: 'member',
  title,
  unit: title,
  money: false,
  balance,
  tier: tier === null ? null : { name: 't', title, from: tier },
  next_tier: next === null ? null : { name: 'n', title, from: next },
});

describe('amounts', () => {
  it('are written with their unit', () => {
    expect(amountWords({ money: true }, 10035050)).toBe('100,350.50');
    expect(amountWords({ money: false }, 12122)).toBe('12,122');
    expect(amountWords({ money: false }, 100)).toBe('100');
  });
  it('say what came and what went', () => {
    expect(changeWords({ money: true }, 5)).toBe('+0.05');
    expect(changeWords({ money: false }, -3000)).toBe('−3,000');
  });
});

describe('progress', () => {
  it('is from this tier to the next', () => {
    expect(progress(account(6500, 3000, 10000))).toBe(0.5);
    expect(progress(account(0, null, 3000))).toBe(0);
    expect(progress(account(12122, 10000, null))).toBe(1);
  });
});

describe('statement', () => {
  it('asks for the end of a day where the district is', () => {
    expect(statementPath({ ledger: 'fund', account: 'cash', of: 'x', day: '2022-05-01' }, '+08:00')).toBe(
      'ledgers/fund/cash?of=x&as_of=2022-05-01T23%3A59%3A59.999%2B08%3A00',
    );
  });
});
