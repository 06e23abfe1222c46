import { describe, expect, it } from 'vitest';
import { uuid7 } from './uuid7';

describe('uuid7', () => {
  it('has the version, the variant and the time', () => {
    const at = Date.now() + 60_000;
    const id = uuid7(at);
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(parseInt(id.replace('-', '').slice(0, 12), 16)).toBe(at);
  });

  it('keeps the order within one millisecond and when the clock steps back', () => {
    const at = Date.now() + 120_000;
    const ids = Array.from({ length: 5000 }, (_, n) => uuid7(at - (n > 4000 ? 500 : 0)));
    expect([...ids].sort()).toEqual(ids);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
