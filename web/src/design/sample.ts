import { ApiError } from '@/shared/api';
import type { Ballot, BallotResult } from '@/shared/ballot';
import type { FormField } from '@/shared/form';
import type { Account, StatementLine } from '@/shared/ledger';
import type { Told } from '@/shared/story';
import type { TrackPoint } from '@/shared/track';
import type { Clock, CodeItem, Entry, FieldSchema, Kind, LightNow, Matter, Party } from '@/shared/types';

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
    name: 'witnesses',
    required: false,
    schema: {
      type: 'array',
      maxItems: 5,
      items: { type: 'string', maxLength: 20 },
      'x-type': 'text',
      'x-title': two('在场的人', 'Who was there'),
    },
  },
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
  version: seq,
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

export const parties: Party[] = [
  { role: 'owner', account: null, org: 'o1', name: '临江社区', since: at(-20) },
  { role: 'holder', account: 'a1', org: null, name: '张*', since: at(-2) },
];
export const held: Matter = { ...matters[0], parties };
export const changes: Told[] = [
  { field: 'category', name: '类别 Category', before: '井盖缺失破损', after: '路灯不亮' },
  { field: 'level', name: '级别 Level', before: null, after: '简易' },
];
export const checklist: FieldSchema = {
  'x-type': 'code',
  'x-codes': codes.filter((one) => one.code > '05'),
};
export const track: TrackPoint[] = [
  [118.95, 28.97],
  [118.952, 28.972],
  [118.955, 28.971],
];

const rule = {
  name: 'common',
  title: two('三分之二参与，过半数同意', 'Two thirds take part, more than half agree'),
  article: two('民法典第二百七十八条', 'Civil Code, article 278'),
  quorum_heads: '2/3',
  quorum_area: '2/3',
  yes_heads: '>1/2',
  yes_area: '>1/2',
  of_roll: false,
};
const M2 = 100;
const answers = (yes: number, no: number) => [
  { no: 1, ...two('同意', 'Yes'), heads: yes, area: yes * 90 * M2 },
  { no: 2, ...two('不同意', 'No'), heads: no, area: no * 90 * M2 },
];
const result = (yes: number, no: number): BallotResult => {
  const part = { heads: yes + no, area: (yes + no) * 90 * M2 };
  const roll = { heads: 30, area: 30 * 90 * M2 };
  const checks = (['heads', 'area'] as const).flatMap((of) => {
    const have = of === 'heads' ? yes : yes * 90 * M2;
    return [
      {
        what: `quorum_${of}` as const,
        share: '2/3',
        have: part[of],
        of: roll[of],
        holds: part[of] * 3 >= roll[of] * 2,
      },
      { what: `yes_${of}` as const, share: '>1/2', have, of: part[of], holds: have * 2 > part[of] },
    ];
  });
  return {
    ...{ rule, roll, part, checks, options: answers(yes, no), valid: true, drawn: false, agreed: true },
    ...{ passed: checks.every((one) => one.holds), online: yes, paper: no, spoilt: 0, blank: 0, digest: '' },
  };
};
export const won = result(18, 6);
export const lost = result(9, 13);
export const ballot: Ballot = {
  ...{
    id: '',
    kind: 'vote',
    title: '更换两部电梯曳引机',
    state: 'counted',
    state_title: two('已计票', 'Counted'),
  },
  ...{ phase: 'count', secret: false, paper_only: false, choose: false, stand: false, typed_twice: false },
  ...{
    seats: 0,
    proxies: 0,
    closes_at: at(-1),
    runs: false,
    watches: false,
    options: answers(0, 0),
    mine: [],
    key: null,
    rule,
  },
  ...{ numbers: 30, roll: won.roll, turnout: { ...won.part, online: 18, paper: 6 }, result: won },
};

export const account: Account = {
  ...{ ledger: 'estate', account: 'fund', title: two('公共资金', 'Common fund'), unit: two('元', 'yuan') },
  ...{ money: true, balance: 182_050, tier: null, next_tier: null },
};
const line = (
  n: number,
  amount: number,
  balance: number,
  why: { zh: string; en: string },
): StatementLine => ({
  ...{ seq: n, n, at: at(-n * 30), booked_at: at(-n * 30), amount, balance, counter: false, why, rule: null },
  ...{ pack: null, version: 1, inputs: {}, other: two('临江苑 2 幢', 'Building 2'), note: '' },
  record: { id: null, kind: null, number: `衢江-2026-00013${n}`, title: null, files: n === 1 ? ['f'] : [] },
});
export const lines: StatementLine[] = [
  line(1, -48_000, 182_050, two('修楼道灯', 'Stairwell lamps')),
  line(2, 30_050, 230_050, two('停车费', 'Parking fees')),
];
