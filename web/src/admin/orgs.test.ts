import { expect, it } from 'vitest';
import { countOf, found, leftWords, treeOf, type Left, type Org, type OrgNode } from './orgs';

const org = (name: string, area: string, more: Partial<Org> = {}): Org => ({
  id: name,
  name,
  area,
  area_name: `区${area}`,
  level: null,
  unit: false,
  ...more,
});
const unit = (name: string, area: string, more: Partial<Org> = {}) =>
  org(name, area, { unit: true, ...more });
const words = (nodes: OrgNode[]): string =>
  nodes.map(({ org: { name }, below }) => (below.length ? `${name}(${words(below)})` : name)).join(' ');

const all = [
  unit('中心', '330803'),
  org('水利局', '330803', { parent: '中心' }),
  org('银行', '330803'),
  unit('樟潭', '330803001'),
  org('物业', '330803001'),
  unit('临江', '330803001001'),
  org('业委会', '330803001001'),
];

it('puts each below whom it answers to', () => {
  expect(words(treeOf(all))).toBe('中心(水利局 银行 樟潭(物业 临江(业委会)))');
  expect(countOf(treeOf(all))).toBe(7);
});

it('loses nobody: without a unit above, with an unknown one, in a ring', () => {
  expect(words(treeOf([org('甲', '330803'), unit('乙', '330803001')]))).toBe('甲 乙');
  expect(words(treeOf([org('甲', '330803', { parent: 'gone' })]))).toBe('甲');
  const ring = [org('甲', '330803', { parent: '乙' }), org('乙', '330803', { parent: '甲' })];
  expect(words(treeOf(ring))).toBe('甲 乙');
});

it('finds by name, place and code, and shows below whom', () => {
  const tree = treeOf(all);
  expect(words(found(tree, '物业'))).toBe('中心(樟潭(物业))');
  expect(words(found(tree, '330803001001'))).toBe('中心(樟潭(临江(业委会)))');
  expect(found(tree, '没有')).toEqual([]);
});

it('puts nothing that is there below what has ended', () => {
  const ended = '2026-11-23T10:00:00+08:00';
  const some = [
    unit('中心', '330803'),
    org('旧局', '330803', { parent: '中心', ended }),
    org('老科', '330803', { parent: '旧局', ended }),
    org('队', '330803', { parent: '旧局' }),
    unit('旧街道', '330803001', { ended }),
    unit('新街道', '330803001'),
    org('物业', '330803001'),
  ];
  expect(words(treeOf(some))).toBe('中心(旧局(老科) 队 旧街道 新街道(物业))');
});

it('says in numbers what is left, and nothing of what is not', () => {
  const none = { posts: 0, parts: 0, owned: 0, duties: 0, plans: 0, channels: 0, saved: 0, accounts: 0 };
  const left: Left = { ...none, below: 0, rules: 0 };
  const t = (key: string, { n }: { n: number }) => `${n} ${key.split('.').pop()}`;
  expect(leftWords(left, t, '、')).toBe('');
  expect(leftWords({ ...left, parts: 3, owned: 1, rules: 2 }, t, '、')).toBe('3 parts、1 owned、2 rules');
});
