import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { suggest, urgent } from './suggest';
import type { CodeItem } from './types';

/** The codes of the pack that residents report with. */
const csv = readFileSync(
  fileURLToPath(new URL('../../../packs/incident/codes/category.csv', import.meta.url)),
  'utf8',
);
const codes: CodeItem[] = csv
  .trim()
  .split('\n')
  .slice(1)
  .map((line) => line.split(','))
  .map(([code, parent, zh, en, words]) => ({ code, parent: parent || null, title: { zh, en }, words }));
const best = (typed: string) => suggest(codes, typed)[0]?.title.zh;

describe('what is it, going by what people type', () => {
  it.each([
    ['路灯坏了，晚上看不清', '路灯不亮'],
    ['楼下井盖没了', '井盖缺失破损'],
    ['垃圾桶满了没人清', '垃圾箱'],
    ['门口有车乱停堵路', '违法停车'],
    ['楼道里电瓶车充电', '电动车违规充电'],
    ['半夜工地施工', '夜间施工噪音'],
    ['大树倒了压到车', '树木倒伏'],
    ['小区停水了', '停水停电停气'],
    ['河水发黑发臭', '河道污染'],
    ['老板拖欠工资', '劳资纠纷'],
    ['The street lamp is dark', '路灯不亮'],
    ['a big pothole in the road', '路面破损'],
  ])('%s → %s', (typed, title) => expect(best(typed)).toBe(title));

  it('suggests nothing for what says nothing, and only what has nothing below it', () => {
    expect(suggest(codes, '')).toEqual([]);
    expect(suggest(codes, '嗯')).toEqual([]);
    expect(suggest(codes, '公用设施').every((code) => code.parent)).toBe(true);
    expect(suggest(codes, '垃圾', 2).length).toBeLessThanOrEqual(2);
  });
});

it.each([
  ['楼上着火了', '119'],
  ['闻到煤气味', '119'],
  ['有人晕倒在路边', '120'],
  ['两个人在打架', '110'],
  ['Somebody is unconscious', '120'],
  ['路灯不亮', undefined],
  ['垃圾没人清', undefined],
])('%s: call %s', (typed, number) => expect(urgent(typed)).toBe(number));
