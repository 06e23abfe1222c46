import { describe, expect, it } from 'vitest';
import type { Kind, LiveEvent, Matter } from '@/shared/types';
import { fromQuery, listPath, mayFit, toQuery } from './filter';
import { mergeHead } from './list';

const rows = (...ids: string[]) => ids.map((id) => ({ id, version: 1 }) as Matter);
const ids = (items: Matter[]) => items.map((one) => one.id).join('');
const kind = {
  kind: 'incident',
  flow: {
    states: [
      { name: 'reported', final: false },
      { name: 'closed', final: true },
    ],
    transitions: [],
  },
} as unknown as Kind;

describe('mergeHead', () => {
  it('puts the new in front and keeps what is further down', () => {
    expect(ids(mergeHead(rows('c', 'b', 'a'), { items: rows('d', 'c'), next: 'x' }, () => false))).toBe(
      'dcba',
    );
  });
  it('takes out what has left the view', () => {
    expect(
      ids(mergeHead(rows('c', 'b', 'a'), { items: rows('d', 'c'), next: 'x' }, (id) => id === 'b')),
    ).toBe('dca');
  });
  it('believes a page that is the whole list', () => {
    expect(ids(mergeHead(rows('c', 'b', 'a'), { items: rows('d', 'a'), next: null }, () => false))).toBe(
      'da',
    );
  });
});

describe('filter', () => {
  it('survives the address', () => {
    const filter = fromQuery({ view: 'state:reported', q: '路灯', area: '330803001' }, 'incident');
    expect(fromQuery(toQuery(filter, 'incident'), 'incident')).toEqual(filter);
    expect(toQuery(fromQuery({}, 'incident'), 'incident')).toEqual({});
  });
  it('asks the list for the view', () => {
    expect(listPath(fromQuery({ view: 'state:reported' }, 'incident'), kind)).toBe(
      'records?kind=incident&state=reported&sort=-created&limit=50',
    );
  });
  it('opens the rows of a figure', () => {
    const filter = fromQuery(
      { rows: '/api/v1/records?kind=incident&measure=received&from=2026-11-01' },
      'incident',
    );
    expect(listPath(filter, kind)).toBe('records?kind=incident&measure=received&from=2026-11-01&limit=50');
  });
  it('knows which events concern it', () => {
    const event = {
      kind: 'incident',
      state: 'reported',
      open: true,
      late: false,
      area: '330803001',
    } as LiveEvent;
    expect(mayFit(fromQuery({ view: 'state:reported' }, 'incident'), kind, event)).toBe(true);
    expect(mayFit(fromQuery({ view: 'late' }, 'incident'), kind, event)).toBe(false);
    expect(mayFit(fromQuery({ area: '330803103' }, 'incident'), kind, event)).toBe(false);
  });
});
