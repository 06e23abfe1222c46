import { describe, expect, it } from 'vitest';
import type { Kind, LiveEvent, Matter } from '@/shared/types';
import { fromQuery, fromText, knownView, listPath, mayFit, toQuery, toText } from './filter';
import { append, cursorBefore, EMPTY, place, prepend, type Stretch } from './window';

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

describe('a stretch of a list', () => {
  const at = (rows: Matter[], more: Partial<Stretch> = {}): Stretch => ({ ...EMPTY, rows, ...more });
  const id = (n: number) => `0193${String(n).padStart(4, '0')}-0000-7000-8000-000000000000`;
  const numbered = (...ns: number[]) => ns.map((n) => ({ id: id(n), version: 1, due_at: null }) as Matter);
  const order = (one: Stretch) => one.rows.map((row) => Number(row.id.slice(4, 8)));

  it('grows below and lets go above, and remembers how much', () => {
    const grown = append(at(numbered(9, 8, 7)), numbered(7, 6, 5), 'x', 4);
    expect(order(grown)).toEqual([8, 7, 6, 5]);
    expect([grown.base, grown.above, grown.next]).toEqual([1, true, 'x']);
  });
  it('grows above from a page read the other way, and lets go below', () => {
    const grown = prepend(
      at(numbered(6, 5, 4), { base: 2, above: true }),
      numbered(7, 8),
      true,
      '-created',
      4,
    );
    expect(order(grown)).toEqual([8, 7, 6, 5]);
    expect([grown.base, grown.above, grown.next]).toEqual([0, true, id(5)]);
  });
  it('puts a new row where it belongs, in any order', () => {
    expect(order(place(at(numbered(9, 7)), numbered(8)[0], '-created'))).toEqual([9, 8, 7]);
    expect(order(place(at(numbered(7, 9)), numbered(8)[0], 'created'))).toEqual([7, 8, 9]);
    expect(order(place(at(numbered(9)), numbered(10)[0], '-created'))).toEqual([10, 9]);
  });
  it('leaves to its page what lies beyond', () => {
    expect(order(place(at(numbered(9, 7), { above: true }), numbered(10)[0], '-created'))).toEqual([9, 7]);
    expect(order(place(at(numbered(9, 7), { next: 'x' }), numbered(3)[0], '-created'))).toEqual([9, 7]);
  });
  it('asks for one row by the cursor right before it', () => {
    const [row] = numbered(8);
    expect(cursorBefore(row, '-created')).toBe('01930008-0000-7000-8000-000000000001');
    expect(cursorBefore(row, 'created')).toBe('01930008-0000-7000-7fff-ffffffffffff');
    expect(cursorBefore({ ...row, due_at: '2026-11-22T08:00:00+08:00' }, 'due')).toMatch(/^1795305600000:0:/);
  });
});

describe('filter', () => {
  it('survives the address', () => {
    const filter = fromQuery({ view: 'state:reported', q: '路灯', area: '330803001' }, 'incident');
    expect(fromQuery(toQuery(filter, 'incident'), 'incident')).toEqual(filter);
    expect(toQuery(fromQuery({}, 'incident'), 'incident')).toEqual({});
  });
  it('shows no more than was asked for when the address asks for what there is not', () => {
    expect(knownView(fromQuery({ view: 'state:reported' }, 'incident'), kind).view).toBe('state:reported');
    expect(knownView(fromQuery({ view: 'state:gone' }, 'incident'), kind).view).toBe('open');
    expect(fromQuery({ rows: 'nonsense' }, 'incident')).toMatchObject({ rows: '', view: 'open' });
    expect(knownView(fromQuery({ rows: 'records?late=1' }, 'incident'), kind).view).toBe('rows');
  });
  it('survives being kept as a view', () => {
    const filter = fromQuery({ view: 'late', area: '330803001', where: "level == 'easy'" }, 'incident');
    expect(fromText(toText(filter), 'incident')).toEqual(filter);
  });
  it('asks the list for the view', () => {
    expect(listPath(fromQuery({ view: 'state:reported' }, 'incident'), kind)).toBe(
      'records?kind=incident&state=reported&sort=-created&limit=50',
    );
  });
  it('shows what is due soon by when it is due', () => {
    expect(listPath(fromQuery({ view: 'soon' }, 'incident'), kind)).toBe(
      'records?kind=incident&soon=1&open=1&sort=due&limit=50',
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
    expect(mayFit(fromQuery({ view: 'soon' }, 'incident'), kind, { ...event, late: true })).toBe(false);
    expect(mayFit(fromQuery({ area: '330803103' }, 'incident'), kind, event)).toBe(false);
  });
});
