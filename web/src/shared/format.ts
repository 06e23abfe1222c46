import type { Clock, CodeItem, FieldSchema, FieldValue, Kind, Matter, Title } from './types';

export type Lang = 'zh' | 'en';

/** The district's clock, in minutes east of UTC: everybody reads the district's time. */
let offsetMin = 480;
export function setOffset(minutes: number): void {
  offsetMin = minutes;
}
/** +08:00, as the server reads it. */
export function offsetText(): string {
  const sign = offsetMin < 0 ? '-' : '+';
  const two = (n: number) => String(Math.trunc(n)).padStart(2, '0');
  return `${sign}${two(Math.abs(offsetMin) / 60)}:${two(Math.abs(offsetMin) % 60)}`;
}

export function titleOf(title: string | Title | null | undefined, lang: Lang): string {
  if (!title) return '';
  if (typeof title === 'string') return title;
  return (lang === 'en' ? title.en || title.zh : title.zh || title.en) ?? '';
}

interface Parts {
  year: number;
  month: number;
  day: number;
  weekday: number;
  time: string;
  dayNumber: number;
}

function parts(ms: number): Parts {
  const local = new Date(ms + offsetMin * 60_000);
  return {
    year: local.getUTCFullYear(),
    month: local.getUTCMonth() + 1,
    day: local.getUTCDate(),
    weekday: local.getUTCDay(),
    time: local.toISOString().slice(11, 16),
    dayNumber: Math.floor((ms + offsetMin * 60_000) / 86_400_000),
  };
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const NEAR: Record<Lang, Record<string, string>> = {
  zh: { '-1': '昨天', '0': '今天', '1': '明天', '2': '后天' },
  en: { '-1': 'yesterday', '0': 'today', '1': 'tomorrow' },
};

/** Near days are words, the rest dates; the year only when it is another one. */
export function timeWords(at: string | null | undefined, lang: Lang, now = Date.now()): string {
  if (!at) return '';
  const then = parts(Date.parse(at));
  const today = parts(now);
  const near = NEAR[lang][String(then.dayNumber - today.dayNumber)];
  if (near) return `${near} ${then.time}`;
  const year = then.year === today.year ? '' : lang === 'zh' ? `${then.year}年` : ` ${then.year}`;
  if (lang === 'zh') return `${year}${then.month}月${then.day}日 ${then.time}`;
  return `${then.day} ${MONTHS[then.month - 1]}${year} ${then.time}`;
}

export function exactTime(at: string | null | undefined): string {
  if (!at) return '';
  const ms = Date.parse(at);
  const local = new Date(ms + offsetMin * 60_000).toISOString();
  return `${local.slice(0, 10)} ${local.slice(11, 19)}`;
}

/** As exact as people write it: without its seconds. */
export const minuteTime = (at: string | null | undefined): string => exactTime(at).slice(0, 16);

/** YYYY-MM-DD of the district's day, `days` from today. */
export function dayText(days = 0, now = Date.now()): string {
  return new Date(now + offsetMin * 60_000 + days * 86_400_000).toISOString().slice(0, 10);
}

const SPAN: Record<Lang, [string, string, string, string]> = {
  zh: ['不到1分钟', '分钟', '小时', '天'],
  en: ['under a minute', ' min', ' h', ' d'],
};

/** The two largest units that matter: 3天4小时, 2小时10分钟, 25分钟. */
export function spanWords(ms: number, lang: Lang): string {
  const [none, minute, hour, day] = SPAN[lang];
  const minutes = Math.floor(Math.abs(ms) / 60_000);
  if (minutes < 1) return none;
  const join = lang === 'zh' ? '' : ' ';
  const d = Math.floor(minutes / 1440);
  const h = Math.floor((minutes % 1440) / 60);
  const m = minutes % 60;
  if (d > 0) return [`${d}${day}`, h ? `${h}${hour}` : ''].filter(Boolean).join(join);
  if (h > 0) return [`${h}${hour}`, m ? `${m}${minute}` : ''].filter(Boolean).join(join);
  return `${m}${minute}`;
}

/** 余 3小时20分钟 / 逾 2小时10分钟. Empty without a due time. */
export function dueWords(due: string | null | undefined, lang: Lang, now = Date.now()): string {
  if (!due) return '';
  const left = Date.parse(due) - now;
  const span = spanWords(left, lang);
  if (lang === 'zh') return left >= 0 ? `余 ${span}` : `逾 ${span}`;
  return left >= 0 ? `${span} left` : `${span} late`;
}

const LIMIT: Record<Lang, Record<string, string>> = {
  zh: { m: '分钟', h: '小时', d: '天', w: '周', wh: '个工作小时', wd: '个工作日', s: '秒' },
  en: { m: ' min', h: ' h', d: ' days', w: ' weeks', wh: ' working hours', wd: ' working days', s: ' s' },
};

export function limitWords(limit: string | undefined, lang: Lang): string {
  const match = /^(\d+(?:\.\d+)?)(wh|wd|[smhdw])$/.exec(limit ?? '');
  return match ? `${match[1]}${LIMIT[lang][match[2]]}` : (limit ?? '');
}

export function clockDue(clock: Clock): string | null {
  return clock.state === 'running' ? (clock.due_at ?? null) : null;
}

/** 市政 / 照明: the code's title after those it stands under. */
export function codePath(codes: CodeItem[] | undefined, code: unknown, lang: Lang): string {
  const names: string[] = [];
  let at = codes?.find((item) => item.code === code);
  for (let depth = 0; at && depth < 8; depth++) {
    names.unshift(titleOf(at.title, lang));
    const parent: string | null | undefined = at.parent;
    at = parent ? codes?.find((item) => item.code === parent) : undefined;
  }
  return names.length ? names.join(' / ') : String(code ?? '');
}

export function money(fen: number): string {
  const sign = fen < 0 ? '-' : '';
  const digits = String(Math.abs(Math.trunc(fen))).padStart(3, '0');
  return `${sign}${digits.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, ',')}.${digits.slice(-2)}`;
}

/** What stands between the parts of a list. */
const comma = (lang: Lang) => (lang === 'zh' ? '、' : ', ');

export function fieldWords(schema: FieldSchema | undefined, value: FieldValue, lang: Lang): string {
  if (value === null || value === undefined || value === '') return '—';
  if (Array.isArray(value) && schema?.['x-type'] !== 'code')
    return value.map((v) => plain(v)).join(comma(lang));
  switch (schema?.['x-type']) {
    case 'code':
      return [value]
        .flat()
        .map((code) => codePath(schema['x-codes'], code, lang))
        .join(comma(lang));
    case 'bool':
      return lang === 'zh' ? (value ? '是' : '否') : value ? 'yes' : 'no';
    case 'money':
      return `¥${money(Number(value))}`;
    case 'time':
      return timeWords(String(value), lang);
    case 'rating':
      return `${'★'.repeat(Number(value))}${'☆'.repeat(Math.max(0, (schema.maximum ?? 5) - Number(value)))}`;
    default:
      return plain(value);
  }
}

function plain(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const named = value as { name?: string; number?: string; lng?: number; lat?: number };
  if (named.name ?? named.number) return named.name ?? named.number ?? '';
  if (named.lng !== undefined) return `${named.lng}, ${named.lat}`;
  return JSON.stringify(value);
}

/** A matter's one line: the server's title, or the kind's pattern filled with what is known. */
export function lineOf(kind: Kind | undefined, matter: Pick<Matter, 'title' | 'fields'>, lang: Lang): string {
  if (!kind?.line || !matter.fields) return titleOf(matter.title, lang);
  const text = kind.line.replace(/\{(\w+)\}/g, (_all, name: string) => {
    const schema = kind.schema.properties[name];
    const value = matter.fields[name];
    if (value === null || value === undefined || value === '') return '';
    if (schema?.['x-type'] !== 'code') return fieldWords(schema, value, lang);
    const item = schema['x-codes']?.find((one) => one.code === value);
    return item ? titleOf(item.title, lang) : String(value);
  });
  const clean = text.replace(/^[\s·|,，-]+|[\s·|,，-]+$/g, '');
  return clean || titleOf(matter.title, lang);
}

/** Has it come to its end? What is not at work is not over: a shop that trades, a point that collects. */
export function isOver(kind: Kind | undefined, matter: Pick<Matter, 'state' | 'light' | 'open'>): boolean {
  if (matter.open || matter.light === 'new') return false;
  return (
    matter.light === 'done' || (kind?.flow.states.find((one) => one.name === matter.state)?.final ?? true)
  );
}

export function figureWords(
  figure: { type: string; unit?: string; value: number | null },
  lang: Lang,
): string {
  if (figure.value === null || figure.value === undefined) return '—';
  if (figure.type === 'ratio' || figure.unit === '%') return `${(figure.value * 100).toFixed(1)}%`;
  const digits = Number.isInteger(figure.value) ? 0 : 1;
  return figure.value.toLocaleString(lang === 'zh' ? 'zh-CN' : 'en', { maximumFractionDigits: digits });
}
