import { describe, expect, it } from 'vitest';
import { ApiError } from './api';
import { complaintOf, formComplaint, mayHelp } from './errors';

const t = (key: string) => key;
const refused = new ApiError(422, 'input.invalid', 'x', '提交的内容有误，请看各字段的说明', [
  { field: 'kind', code: 'input.kind', message: '没有类型“nope”' },
]);

describe('what went wrong', () => {
  it('is what is said of the field where no field shows it', () => {
    expect(complaintOf(refused, t)).toBe('没有类型“nope”');
    expect(complaintOf(new ApiError(404, 'x', 'x', ''), t)).toBe('error.notFound');
  });
  it('is said below a form where none of its lines shows it', () => {
    expect(formComplaint(refused, t, [{ name: 'title' }])).toBe('没有类型“nope”');
    expect(formComplaint(refused, t, [{ name: 'kind' }])).toBe('提交的内容有误，请看各字段的说明');
  });
  it('is tried again only if that may help', () => {
    expect(mayHelp(refused)).toBe(false);
    expect(mayHelp(new ApiError(404, 'x', 'x', ''))).toBe(false);
    for (const status of [0, 401, 429, 500, 503])
      expect(mayHelp(new ApiError(status, 'x', 'x', ''))).toBe(true);
    expect(mayHelp(new Error('a bug'))).toBe(true);
  });
});
