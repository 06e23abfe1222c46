import type { Appraisal, Figure, RankedUnit } from '@/shared/appraisal';
import type { Draft } from '@/shared/children';
import type { GroupFigure } from '@/shared/league';
import type { Statement } from '@/shared/ledger';
import type { Kind, Matter, Title } from '@/shared/types';
import type { Reach } from '@/shared/ui/reach';
import { account, clocks, kind, lines, matters } from './sample';

/** A matter with everything that can hang on one, and what belongs to it: all made up. */
const two = (zh: string, en: string): Title => ({ zh, en });
const HOUR = 3_600_000;
const at = (hours: number) => new Date(Date.now() + hours * HOUR).toISOString();

export const files = { before: 'sample-before', after: 'sample-after', voice: 'sample-voice' };

export const wholeKind: Kind = {
  ...kind,
  kind: 'sample_whole',
  title: two('维修', 'Repair'),
  line: '{what}',
  accounts: true,
  pay: { amount: 'cost', move: 'answer', by: 'payer' },
  children: [kind.kind],
  parties: [
    { role: 'payer', title: two('下单人', 'Ordered by'), is: ['account'], many: false },
    { role: 'lead', title: two('师傅', 'Mender'), is: ['account', 'org'], many: false },
  ],
  schema: {
    properties: {
      ...kind.schema.properties,
      before: { 'x-type': 'file', 'x-title': two('修前', 'Before') },
      after: { 'x-type': 'file', 'x-title': two('修后', 'After'), 'x-after': 'before' },
      cause: { 'x-type': 'record', 'x-title': two('起因', 'Cause') },
    },
  },
  flow: {
    states: kind.flow.states,
    transitions: kind.flow.transitions.map((one) =>
      one.name === 'answer'
        ? {
            ...one,
            from: ['handling'],
            to: 'closed',
            needs: ['note'],
            takes: ['cost', 'rating'],
            parties: [{ role: 'lead', how: 'ask' }],
          }
        : one,
    ),
  },
};

export const whole: Matter = {
  ...matters[1],
  id: 'sample-whole',
  kind: wholeKind.kind,
  number: '衢江-2026-000130',
  fields: { what: '楼道灯换新', category: '0102', phone: '138****8000', cost: 4800, cause: 'sample-cause' },
  place: { address: '临江苑 2 幢', lng: 118.955, lat: 28.971 },
  parties: [
    { role: 'payer', account: null, org: null, name: '李*', since: at(-20) },
    { role: 'lead', account: 'a1', org: null, name: '张*', since: at(-2) },
  ],
  clocks: clocks.slice(0, 2),
  children: 3,
  children_open: 1,
  allowed: ['answer', 'note', 'link', 'reveal'],
  links: [{ type: 'related', id: matters[0].id, number: matters[0].number, title: '路灯不亮', state: '' }],
};
/** Its pictures are shown apart, with the claim by which the sample gives them out. */
export const pictured: Matter = {
  ...whole,
  fields: { ...whole.fields, before: files.before, after: files.after },
};

export const drafts: Draft[] = [
  { id: '1', label: '井盖松动 · 临江路 18 号', fields: {}, state: 'ready' },
  { id: '2', label: '路灯不亮', fields: {}, state: 'wrong', why: 'noPlace' },
  { id: '3', label: '违法停车 · 老街', fields: {}, state: 'done' },
];

export const statement: Statement = {
  ...account,
  ...{ of: null, name: null, as_of: at(0), opening: 200_000, in: 30_050, out: 48_000, lines: lines.length },
  ...{ published: true, items: lines, next: null },
};

const group = (key: string, name: string, value: number, n: number) => ({
  ...{ key, value, n },
  title: two(name, name),
});
/** The month's table, and the month before's: who has moved. */
export const league = (before: boolean): GroupFigure => ({
  ...{ type: 'share', unit: '%', value: 0.914, n: 128, title: two('整改完成率', 'Places mended') },
  groups: [
    group('330803001', '樟潭街道', before ? 0.88 : 0.972, 60),
    group('330803002', '浮石街道', before ? 0.95 : 0.91, 44),
    group('330803101', '莲花镇', before ? 0.9 : 0.825, 24),
  ],
});

const indicator = (code: string, title: Title, weight: string) => ({
  ...{ code, title, weight, normal: 'target' as const, lower_is_better: false },
  ...{ full: '0.980000', zero: '0.600000', floor: 0, none: 'spread' as const, span: 'month' as const },
  measure: { name: code, title, unit: '%', share: true },
});
const measured = (item: string, value: string, points: string): Figure => ({
  ...{ item, value, share: points, points, how: 'measured', rows: '' },
});
const unit = (area: string, name: string, total: string, place: number, last: number): RankedUnit => ({
  ...{ id: null, area, name, total, place, shared: false, last_total: total, last_place: last },
  figures: [measured('closing', '0.962000', total), measured('ratings', '0.910000', total)],
});
export const appraisal: Appraisal = {
  record: {
    ...{ id: 'sample-appraisal', kind: 'appraisal', number: '衢江-2026-000372', state: 'announced' },
    ...{ state_title: two('公示中', 'Open to objections'), area: '330803' },
  },
  title: two('六维评价', 'Appraisal'),
  ...{ month: '2026-10', from: '2026-10-01', to: '2026-10-31', ranked: true, public: false, before: null },
  rule: {
    ...{ weights_from: 2026, places: 2 },
    dimensions: [
      {
        ...{ code: 'handling', title: two('处置质效', 'Handling'), weight: '60.00' },
        indicators: [indicator('closing', two('按期结案率', 'Closed on time'), '60.00')],
      },
      {
        ...{ code: 'people', title: two('群众评价', 'What people say'), weight: '40.00' },
        indicators: [indicator('ratings', two('满意率', 'Satisfied'), '40.00')],
      },
    ],
  },
  units: [
    unit('330803001', '樟潭街道', '97.68', 1, 3),
    unit('330803002', '浮石街道', '95.10', 2, 1),
    unit('330803101', '莲花镇', '88.40', 3, 2),
  ],
};

export const reach: Reach = {
  ...{
    quiet_from: '22:00',
    quiet_to: '07:00',
    wants: ['notify:mail'],
    ways: ['mail', 'sms'],
    push_key: null,
  },
  ...{ mail: 'li@example.cn', mail_ok: false, phone: '138****8000', devices: [], version: 1 },
};
export const tokens = [
  { id: 't1', name: '热线对接', created_at: at(-200), used_at: at(-1), until: at(2000), over: false },
  { id: 't2', name: '旧报表', created_at: at(-9000), used_at: null, until: at(-20), over: true },
];

/** A shape on the map, and a day of figures for the chart. */
export const streets = {
  type: 'FeatureCollection' as const,
  features: [
    ['330803001001', '临江社区', 118.945],
    ['330803001002', '新屋里社区', 118.957],
  ].map(([code, name, west]) => ({
    type: 'Feature' as const,
    properties: { code: String(code), name: String(name), level: 'community' },
    geometry: {
      type: 'Polygon',
      coordinates: [
        [
          [Number(west), 28.966],
          [Number(west) + 0.012, 28.966],
          [Number(west) + 0.012, 28.976],
          [Number(west), 28.976],
          [Number(west), 28.966],
        ],
      ],
    },
  })),
};
