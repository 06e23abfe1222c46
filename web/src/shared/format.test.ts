import { describe, expect, it } from 'vitest';
import {
  codePath,
  dayText,
  dueWords,
  exactTime,
  figureWords,
  limitWords,
  lineOf,
  money,
  spanWords,
  timeWords,
} from './format';
import type { Kind } from './types';

const now = Date.parse('2026-11-21T14:00:00+08:00');

describe('times', () => {
  it('says near days in words and the others as dates', () => {
    expect(timeWords('2026-11-21T14:20:00+08:00', 'zh', now)).toBe('今天 14:20');
    expect(timeWords('2026-11-20T23:59:00+08:00', 'zh', now)).toBe('昨天 23:59');
    expect(timeWords('2026-11-22T00:00:00+08:00', 'en', now)).toBe('tomorrow 00:00');
    expect(timeWords('2026-11-30T18:00:00+08:00', 'zh', now)).toBe('11月30日 18:00');
    expect(timeWords('2025-01-02T08:05:00+08:00', 'zh', now)).toBe('2025年1月2日 08:05');
    expect(timeWords('2025-01-02T08:05:00+08:00', 'en', now)).toBe('2 Jan 2025 08:05');
    expect(timeWords(null, 'zh', now)).toBe('');
  });

  it("reads the district's clock wherever the browser is", () => {
    expect(timeWords('2026-11-20T17:00:00Z', 'zh', now)).toBe('今天 01:00');
    expect(exactTime('2026-11-20T17:00:00Z')).toBe('2026-11-21 01:00:00');
    expect(dayText(0, Date.parse('2026-11-20T17:00:00Z'))).toBe('2026-11-21');
  });

  it('gives time left in the two units that matter', () => {
    expect(spanWords(25 * 60_000, 'zh')).toBe('25分钟');
    expect(spanWords((3 * 60 + 20) * 60_000, 'zh')).toBe('3小时20分钟');
    expect(spanWords(76 * 3_600_000, 'en')).toBe('3 d 4 h');
    expect(dueWords('2026-11-21T16:10:00+08:00', 'zh', now)).toBe('余 2小时10分钟');
    expect(dueWords('2026-11-21T11:50:00+08:00', 'en', now)).toBe('2 h 10 min late');
  });

  it('reads limits', () => {
    expect(limitWords('4wh', 'zh')).toBe('4个工作小时');
    expect(limitWords('5wd', 'en')).toBe('5 working days');
    expect(limitWords('20m', 'zh')).toBe('20分钟');
  });
});

describe('values', () => {
  const codes = [
    { code: '01', parent: null, title: { zh: '公用设施', en: 'Public' } },
    { code: '0102', parent: '01', title: { zh: '路灯', en: 'Lamp' } },
  ];
  const kind = {
    line: '{category} · {description}',
    schema: {
      properties: { category: { 'x-type': 'code', 'x-codes': codes }, description: { 'x-type': 'text' } },
    },
  } as unknown as Kind;

  it('shows where a code stands', () => expect(codePath(codes, '0102', 'zh')).toBe('公用设施 / 路灯'));
  it('fills the line and leaves out what is not known', () => {
    expect(lineOf(kind, { title: '', fields: { category: '0102', description: '不亮' } }, 'zh')).toBe(
      '路灯 · 不亮',
    );
    expect(lineOf(kind, { title: '', fields: { description: '不亮' } }, 'zh')).toBe('不亮');
    expect(lineOf(kind, { title: '原题', fields: {} }, 'zh')).toBe('原题');
  });
  it('writes money from fen', () => {
    expect(money(123456789)).toBe('1,234,567.89');
    expect(money(-5)).toBe('-0.05');
  });
  it('writes figures', () => {
    expect(figureWords({ type: 'ratio', unit: '%', value: 0.8216 }, 'zh')).toBe('82.2%');
    expect(figureWords({ type: 'count', value: null }, 'zh')).toBe('—');
  });
});
