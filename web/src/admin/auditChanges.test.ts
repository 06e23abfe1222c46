import { expect, it } from 'vitest';
import { changesOf } from './auditChanges';

it('sets before and after side by side, without ids', () => {
  const detail = {
    before: { name: '路灯所', parent_id: null, parent: null },
    after: { name: '照明中心', parent_id: '018f', parent: '城管局' },
  };
  expect(changesOf(detail)).toEqual([
    ['name', '路灯所', '照明中心'],
    ['parent', '—', '城管局'],
  ]);
});

it('leaves lines of other shapes alone', () => {
  expect(changesOf({ name: '甲' })).toEqual([]);
  expect(changesOf({ before: '早', after: '晚' })).toEqual([]);
});
