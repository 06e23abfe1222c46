import { describe, expect, it } from 'vitest';
import { positionsOf } from './streets';

describe('streets', () => {
  it('counts each position from the one before', () => {
    const [first, second] = positionsOf([118950000, 29010000, -50000, 20000]);
    expect(first[0]).toBeCloseTo(118.95, 7);
    expect(first[1]).toBeCloseTo(29.01, 7);
    expect(second[0]).toBeCloseTo(118.9, 7);
    expect(second[1]).toBeCloseTo(29.03, 7);
  });
  it('leaves a number without its other half alone', () => {
    expect(positionsOf([1, 2, 3])).toHaveLength(1);
  });
});
