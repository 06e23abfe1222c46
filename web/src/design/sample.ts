import { ApiError } from '@/shared/api';
import type { FormField } from '@/shared/form';
import type { Clock, CodeItem, Entry, Kind, LightNow, Matter } from '@/shared/types';

/** What the page of components shows: everything made up, nothing asked of the server. */
const HOUR = 3_600_000;
const from = Date.now();
const at = (hours: number) => new Date(from + hours * HOUR).toISOString();
const two = (zh: string, en: string) => ({ zh, en });

export const codes: CodeItem[] = [
  { code: '01', title: two('公用设施', 'Public facilities') },
  { code: '0101', parent: '01', title: two('井盖缺失破损', 'Manhole cover missing') },
  { code: '0102', parent: '01', title: two('路灯不亮', 'Street light out') },
  { code: '05', title: two('市容与街面秩序', 'Street scene') },
  { code: '0501', parent: '05', title: two('暴露垃圾', 'Rubbish left open') },
  { code: '0505', parent: '05', title: two('违法停车', 'Illegal parking') },
  { code: '0509', parent: '05', title: two('非机动车乱停', 'Bicycles in the way') },
];
const levels: CodeItem[] = [
  { code: 'easy', title: two('简易', 'Easy') },
  { code: 'complex', title: two('复杂', 'Complex') },
  { code: 'many', title: two('多头', 'Many-headed') },
];

export const fields: FormField[] = [
  {
    name: 'what',
    required: true,
    schema: { 'x-type': 'text', maxLength: 2000, 'x-title': two('情况', 'What is the matter') },
  },
  {
    name: 'category',
    required: true,
    schema: { 'x-type': 'code', 'x-codes': codes, 'x-title': two('类别', 'Category') },
  },
  {
    name: 'level',
    required: false,
    schema: { 'x-type': 'code', 'x-codes': levels, 'x-title': two('级别', 'Level') },
  },
  {
    name: 'phone',
    required: false,
    schema: { 'x-type': 'phone', 'x-privacy': 'personal', 'x-title': two('联系电话', 'Telephone') },
  },
  {
    name: 'cost',
    required: false,
    schema: { 'x-type': 'money', minimum: 0, 'x-title': two('费用（元）', 'Cost (yuan)') },
  },
  { name: 'day', required: false, schema: { 'x-type': 'date', 'x-title': two('日期', 'Day') } },
  {
    name: 'rating',
    required: false,
    schema: { 'x-type': 'rating', maximum: 5, 'x-title': two('满意度', 'Rating') },
  },
];

const state = (name: string, zh: string, en: string, light: 'new' | 'open' | 'paused' | 'done') => ({
  name,
  title: two(zh, en),
  light,
  final: light === 'done',
});
const move = (name: string, zh: string, en: string) => ({
  name,
  title: two(zh, en),
  raises: name === 'report',
  from: [],
  to: null,
  needs: [],
  takes: ['category'],
  parties: [],
});
export const kind: Kind = {
  kind: 'sample',
  title: two('事件', 'Incident'),
  pack: 'sample',
  place: 'required',
  line: '{category} · {what}',
  schema: { properties: Object.fromEntries(fields.map(({ name, schema }) => [name, schema])) },
  flow: {
    states: [
      state('reported', '已上报', 'Reported', 'new'),
      state('handling', '处置中', 'Being handled', 'open'),
      state('suspended', '已挂起', 'Suspended', 'paused'),
      state('closed', '已结案', 'Closed', 'done'),
    ],
    transitions: [
      move('report', '上报', 'Report'),
      move('accept', '立案', 'Accept'),
      move('dispatch', '派遣', 'Dispatch'),
      move('answer', '反馈', 'Report back'),
    ],
  },
  parties: [],
  clocks: [{ name: 'resolve', title: two('处置时限', 'Time to resolve') }],
  measures: [],
};

export const lights: LightNow[] = ['green', 'amber', 'red', 'grey', 'none'];
const STATES = ['handling', 'handling', 'handling', 'suspended', 'reported'];
const DUE = [6, 1, -3, 4, null];

export const matters: Matter[] = lights.map((light, n) => ({
  id: `00000000-0000-7000-8000-00000000000${n}`,
  kind: 'sample',
  number: `衢江-2026-00012${n}`,
  title: '',
  state: STATES[n],
  light: light === 'grey' ? 'paused' : 'open',
  light_now: light,
  open: true,
  late: light === 'red',
  version: 1,
  area: '',
  area_name: '临江社区 · 第3网格',
  place: null,
  fields: {
    category: codes[n + 1].code,
    what: ['晚上走路看不清', '堆了三天', '堵住楼道口', '等配件', '盖子松动'][n],
  },
  due_at: DUE[n] === null ? null : at(DUE[n] ?? 0),
  created_at: at(-30),
  updated_at: at(-n),
}));
matters.push({
  ...matters[0],
  id: '00000000-0000-7000-8000-000000000009',
  state: 'closed',
  light: 'done',
  open: false,
});

const clock = (part: Partial<Clock>): Clock => ({
  name: 'resolve',
  state: 'running',
  limit: '8wh',
  started_at: at(-20),
  ...part,
});
export const clocks: Clock[] = [
  clock({ due_at: at(6), warn_at: at(4) }),
  clock({ due_at: at(1), warn_at: at(-1) }),
  clock({ due_at: at(-3), breached_at: at(-3) }),
  clock({ state: 'paused', pauses: [{ from: at(-5), to: null, until: at(20), reason: '等配件' }] }),
  clock({ state: 'stopped', stopped_at: at(-1) }),
];

const said = (seq: number, part: Partial<Entry>): Entry => ({
  seq,
  at: at(-10 + seq),
  actor: { id: '1', name: '张*' },
  actor_kind: 'person',
  verb: 'report',
  from: null,
  to: 'reported',
  ...part,
});
export const log: Entry[] = [
  said(1, {}),
  said(2, {
    verb: 'accept',
    from: 'reported',
    to: 'handling',
    changes: [{ field: 'category', before: null, after: '0102' }],
  }),
  said(3, { verb: 'answer', from: 'handling', to: 'closed', note: '灯泡已更换，亮了。' }),
];

export const offline = new ApiError(0, 'network', 'network', '');
export const refused = new ApiError(422, 'input', '', '请写明在什么地方 say where it is');
export const denied = new ApiError(403, 'forbidden', '', '');
