/** How notices leave: GET /channels and what came of each. */
export const TYPES = ['push', 'sms', 'mail', 'dingtalk', 'wecom', 'feishu', 'webhook'] as const;
export type ChannelType = (typeof TYPES)[number];
export const SORTS = ['ring', 'notify', 'ask', 'mention'] as const;

export interface Channel {
  id: string;
  type: ChannelType;
  title: string;
  active: boolean;
  what: string[];
  kinds: string[];
  org: string | null;
  org_name: string | null;
  detail: boolean;
  per_minute: number;
  sender: string;
  login: string;
  header: string;
  body: string;
  expects: string;
  place: string;
  has_secret: boolean;
  version: number;
  ok_at: string | null;
  fail_at: string | null;
  failures: number;
  fail: string | null;
  waiting: number;
}

export interface Sending {
  id: string;
  what: string;
  name: string | null;
  record: string | null;
  at: string;
  state: 'waiting' | 'sending' | 'sent' | 'failed' | 'dropped';
  tries: number;
  next_at: string | null;
  done_at: string | null;
  fail: string | null;
}

/** What the groups' robots, gateways and mail servers each need beside an address. */
export const NEEDS: Record<
  ChannelType,
  { url: boolean; secret: boolean; sender: boolean; sms?: boolean; mail?: boolean }
> = {
  push: { url: false, secret: false, sender: true },
  sms: { url: true, secret: true, sender: false, sms: true },
  mail: { url: true, secret: true, sender: true, mail: true },
  dingtalk: { url: true, secret: true, sender: false },
  wecom: { url: true, secret: false, sender: false },
  feishu: { url: true, secret: true, sender: false },
  webhook: { url: true, secret: true, sender: false },
};

/** What they allow a minute, as their documents say. */
export const RATES: Partial<Record<ChannelType, number>> = { dingtalk: 20, wecom: 20, feishu: 100 };

/** "http 503 busy": a word of ours, a number, what they said. */
export function failParts(fail: string): { word: string; number: string; said: string } {
  const [word, number = '', ...said] = fail.split(' ');
  return { word, number: number === '0' ? '' : number, said: said.join(' ') };
}

export const sortOf = (what: string): string => what.split(':')[0];

export function emptyChannel(type: ChannelType, title: string): Omit<Channel, 'id'> {
  return {
    type,
    title,
    active: true,
    what: type === 'sms' ? ['ring'] : [...SORTS],
    kinds: [],
    org: null,
    org_name: null,
    detail: false,
    per_minute: RATES[type] ?? 0,
    sender: type === 'push' ? 'mailto:' : '',
    login: '',
    header: '',
    body: '',
    expects: '',
    place: '',
    has_secret: false,
    version: 0,
    ok_at: null,
    fail_at: null,
    failures: 0,
    fail: null,
    waiting: 0,
  };
}
