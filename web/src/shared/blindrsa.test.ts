import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { blind, finalize, fromHex, inverse, isSigned, numberHex, randomBytes } from './blindrsa';

const vector = JSON.parse(
  readFileSync(new URL('../../../test/vectors/rfc9474.json', import.meta.url), 'utf8'),
) as Record<string, string>;
const number = (name: string) => BigInt(`0x${vector[name]}`);
const key = { n: number('n'), e: number('e') };
const prepared = fromHex(vector.prepared);

describe('blind signatures', () => {
  it('blinds as RFC 9474 does', async () => {
    const r = inverse(number('inv'), key.n);
    const made = await blind(prepared, key, r, fromHex(vector.salt));
    expect(numberHex(made.blinded, key)).toBe(vector.blinded);
    expect(made.inverse).toBe(number('inv'));
  });
  it('makes the RFC’s signature of the blind one', async () => {
    const signature = await finalize(prepared, key, number('blind_signature'), number('inv'));
    expect(numberHex(signature, key)).toBe(vector.signature);
    expect(await isSigned(randomBytes(32), key, signature)).toBe(false);
  });
  it('takes no signature of something else', async () => {
    await expect(finalize(prepared, key, number('blind_signature') + 1n, number('inv'))).rejects.toThrow();
  });
  it('is another one each time', async () => {
    const [one, two] = await Promise.all([blind(prepared, key), blind(prepared, key)]);
    expect(one.blinded).not.toBe(two.blinded);
  });
});
