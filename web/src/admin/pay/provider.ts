/** A payment provider, as administrators set it up. Its key is never among it. */
export interface Provider {
  name: string;
  title: string;
  active: boolean;
  scheme: 'hmac' | 'rsa';
  url: string;
  public_key: string;
  has_secret: boolean;
  version: number;
}

/** What it told us, and what became of it: outcome is empty when it was taken. */
export interface ProviderCall {
  at: string;
  outcome: string;
  order: string | null;
  amount: number;
  reference: string;
}

/** Money that came and that no matter could take. */
export interface StrayOrder {
  id: string;
  record: string;
  provider: string;
  amount: number;
  reference: string;
  why: string;
  paid_at: string;
}

/** What the server keeps of one, sent back with what has changed. */
export function settingOf(one: Provider, over: Record<string, unknown> = {}): Record<string, unknown> {
  const { title, active, scheme, url, public_key, version } = one;
  return { title, active, scheme, url, public_key, version, ...over };
}

/** 256 bits from the browser's own source, as text one can paste anywhere. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return [...bytes].map((one) => one.toString(16).padStart(2, '0')).join('');
}

/** Where the provider has to call. */
export function notifyAddress(name: string): string {
  return `${location.origin}/api/v1/payments/${name}/notify`;
}

const KNOWN = ['signature', 'order', 'amount', 'twice', 'status'];

/** The key of the words for an outcome. */
export function outcomeKey(outcome: string): string {
  if (!outcome) return 'pay.outcome.taken';
  const [area, what] = outcome.split('.');
  return area === 'payment' && KNOWN.includes(what) ? `pay.outcome.${what}` : 'pay.outcome.refused';
}
