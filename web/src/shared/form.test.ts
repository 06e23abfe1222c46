import { describe, expect, it } from 'vitest';
import { citizenId, creditCode, phone, plate } from './checks';
import {
  assignKeys,
  changedOf,
  complaintsOf,
  fieldsForMove,
  fieldsForRaise,
  isMany,
  payloadOf,
} from './form';
import type { Kind, Transition } from './types';

const move = (name: string, more: Partial<Transition> = {}): Transition => ({
  name,
  title: { zh: name, en: name },
  raises: false,
  from: ['reported'],
  to: 'accepted',
  needs: [],
  takes: [],
  parties: [],
  ...more,
});
const accept = move('accept', { needs: ['field:category', 'note'], takes: ['source', 'category'] });
const kind = {
  schema: {
    required: ['description'],
    properties: {
      description: { type: 'string', maxLength: 5, 'x-type': 'text' },
      category: { type: 'string', 'x-type': 'code' },
      source: { type: 'string', 'x-type': 'code' },
      caller: { type: 'string', 'x-type': 'phone', 'x-privacy': 'personal' },
      rating: { type: 'integer', minimum: 1, maximum: 5, 'x-type': 'rating' },
    },
  },
  flow: { states: [], transitions: [move('report', { raises: true, from: [] }), accept] },
} as unknown as Kind;

describe('what a form asks', () => {
  it('asks what a move needs, then what it takes, each once', () => {
    expect(fieldsForMove(kind, accept).map(({ name, required }) => [name, required])).toEqual([
      ['category', true],
      ['source', false],
    ]);
  });
  it('asks everything but the rating when one is raised', () => {
    expect(fieldsForRaise(kind).map((field) => field.name)).toEqual([
      'description',
      'category',
      'source',
      'caller',
    ]);
  });
});

describe('what is wrong with it', () => {
  const fields = fieldsForRaise(kind);
  it('complains at the field', () => {
    expect(complaintsOf(fields, { description: ' ', caller: '123' })).toEqual({ caller: 'phone' });
    expect(complaintsOf(fields, {})).toEqual({ description: 'required' });
    expect(complaintsOf(fields, { description: '六个汉字太长' })).toEqual({ description: 'long' });
  });
  it('sends only what was filled in', () => {
    expect(payloadOf(fields, { description: ' 灯 ', category: '', caller: undefined })).toEqual({
      description: '灯',
    });
  });
  it('judges and sends each value of a list, a line each', () => {
    const schema = {
      type: 'array',
      maxItems: 3,
      items: { type: 'string', maxLength: 4 },
      'x-type': 'text',
    } as const;
    const fields = [{ name: 'candidates', schema, required: true }];
    expect(complaintsOf(fields, { candidates: ['王芳', '一二三四五'] })).toEqual({ candidates: 'long' });
    expect(complaintsOf(fields, { candidates: [] })).toEqual({ candidates: 'required' });
    expect(payloadOf(fields, { candidates: [' 王芳 ', ' ', '李强'] })).toEqual({
      candidates: ['王芳', '李强'],
    });
  });
  it('tells a list of points from a point', () => {
    const point = { type: 'array', items: { type: 'number' }, 'x-type': 'point' } as const;
    expect(isMany(point)).toBe(false);
    expect(isMany({ ...point, items: { type: 'array', items: { type: 'number' } } })).toBe(true);
  });
  it('sends only what was changed, and never a mask', () => {
    const before = { description: '灯', category: '01', caller: '138****8000' };
    expect(changedOf(fields, { description: '灯', category: null }, before)).toEqual({ category: null });
    expect(changedOf(fields, { ...before, caller: '13800138000' }, before)).toEqual({
      caller: '13800138000',
    });
  });
});

describe('checks', () => {
  it('knows citizen ids', () => {
    expect(citizenId('34052419800101001X')).toBe(true);
    expect(citizenId('11010519491231002X')).toBe(true);
    expect(citizenId('340524198001010011')).toBe(false);
    expect(citizenId('11010519491331002X')).toBe(false);
  });
  it('knows credit codes', () => {
    expect(creditCode('91350100M000100Y43')).toBe(true);
    expect(creditCode('91350100M000100Y44')).toBe(false);
  });
  it('asks for an e-mail address where one is meant', () => {
    const mail = (text: string) =>
      complaintsOf(
        [{ name: 'mail', required: false, schema: { 'x-type': 'text', format: 'email', maxLength: 200 } }],
        { mail: text },
      ).mail;
    expect(['zhang@example.cn', ' zhang@example.cn ', ''].map(mail)).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(['zhang', 'zhang@', 'zhang@example', 'a b@example.cn'].map(mail)).toEqual(Array(4).fill('mail'));
  });
  it('knows phones and plates', () => {
    expect([phone('13800138000'), phone('0570-3021234'), phone('1380013800')]).toEqual([true, true, false]);
    expect([plate('浙H12345'), plate('浙HD12345'), plate('H12345')]).toEqual([true, true, false]);
  });
});

describe('keys', () => {
  it('gives the usual letters and never one twice', () => {
    const keys = assignKeys(['accept', 'reject', 'return', 'acknowledge', 'custom']);
    expect(keys.accept).toBe('a');
    expect(keys.reject).toBe('r');
    expect(keys.acknowledge).toBe('c');
    expect(new Set(Object.values(keys)).size).toBe(5);
    expect(Object.values(keys)).not.toContain('k');
  });
});
