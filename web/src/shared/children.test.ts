import { expect, test } from 'vitest';
import { fromRows } from './children';
import { parseCsv } from './csv';
import { payloadOf } from './form';
import type { Kind } from './types';

test('a spreadsheet, however it was saved', () => {
  expect(parseCsv('\uFEFF问题,类型\r\n"堆放, 杂物",垃圾\r\n\r\n')).toEqual([
    ['问题', '类型'],
    ['堆放, 杂物', '垃圾'],
  ]);
  expect(parseCsv('a\tb\n1\t"x ""y"""\n')).toEqual([
    ['a', 'b'],
    ['1', 'x "y"'],
  ]);
  expect(parseCsv('')).toEqual([]);
});

const kind = {
  kind: 'spot',
  place: 'required',
  schema: {
    required: ['what'],
    properties: {
      what: { type: 'string', 'x-type': 'text', 'x-title': { zh: '问题', en: 'What is wrong' } },
      problem: {
        type: 'string',
        'x-type': 'code',
        'x-title': { zh: '类型', en: 'Sort' },
        'x-codes': [{ code: 'rubbish', title: { zh: '垃圾杂物', en: 'Rubbish' } }],
      },
    },
  },
  flow: {
    states: [],
    transitions: [{ name: 'check', raises: true, from: [], to: 'found', needs: [], takes: [] }],
  },
} as unknown as Kind;

test('columns by either title, codes by their words, places by their numbers', () => {
  const [good, lost, empty] = fromRows(
    kind,
    parseCsv('问题,Sort,经度,纬度\n堆放,垃圾杂物,118.9,28.9\n堆放,Rubbish,,\n,rubbish,118.9,28.9\n'),
  );
  expect(good.fields).toEqual({ what: '堆放', problem: 'rubbish' });
  expect(good.place).toMatchObject({ lng: 118.9, lat: 28.9 });
  expect(good.state).toBe('ready');
  expect(lost.why).toBe('noPlace');
  expect(empty.why).toBe('complaint:what:required');
  expect(new Set([good.id, lost.id, empty.id]).size).toBe(3);
});

test('what is inherited need not be said', () => {
  const [one] = fromRows({ ...kind, inherits: ['place'] }, parseCsv('问题\n堆放\n'));
  expect(one.state).toBe('ready');
});

test('a checklist without a fault is an answer, a point is two numbers', () => {
  const list = { type: 'array', 'x-type': 'code', 'x-checklist': true } as const;
  const point = { 'x-type': 'point' } as const;
  const fields = [
    { name: 'faults', schema: list, required: true },
    { name: 'at', schema: point, required: false },
  ];
  expect(payloadOf(fields, { faults: [], at: { lng: 1, lat: 2 } })).toEqual({ faults: [], at: [1, 2] });
});
