import { claims } from './claims';
import type { Page } from './types';
import { uuid7 } from './uuid7';

/** A problem document (RFC 9457), or what stands for one when the network failed. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly key: string,
    title: string,
    readonly detail: string,
    readonly errors: { field: string; code: string; message: string }[] = [],
  ) {
    super(detail || title);
  }

  /** No answer came, or a later try may succeed: the same command id may be sent again. */
  get passing(): boolean {
    return this.status === 0 || this.status === 502 || this.status === 503 || this.status === 504;
  }
}

/** The id for the next try: a refusal ends the command, an answer that was lost does not; it may have been carried out. */
export function idAfter(problem: unknown, id: string): string {
  return problem instanceof ApiError && problem.passing ? id : uuid7();
}

interface Options {
  method?: string;
  body?: unknown;
  form?: FormData;
  /** Shown instead of the one that goes with the path. */
  claim?: string;
  signal?: AbortSignal;
  /** Tries in all; only for reads and for writes that carry their id. */
  tries?: number;
  timeoutMs?: number;
}

let language = 'zh';
export function setApiLanguage(value: string): void {
  language = value;
}

const signedOut = new Set<() => void>();
export function onSignedOut(listener: () => void): void {
  signedOut.add(listener);
}
/** The server no longer knows who asks. */
export function tellSignedOut(): void {
  signedOut.forEach((listener) => listener());
}

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function headers(path: string, options: Options): Record<string, string> {
  const all: Record<string, string> = {
    Accept: 'application/json',
    'Accept-Language': language === 'en' ? 'en' : 'zh-CN',
    'X-Wangge': '1',
  };
  const claim = options.claim ?? claims.shown(path);
  if (claim) all['X-Wangge-Claim'] = claim;
  if (options.body !== undefined) all['Content-Type'] = 'application/json';
  return all;
}

async function failure(answer: Response): Promise<ApiError> {
  let problem: { type?: string; title?: string; detail?: string; errors?: ApiError['errors'] } = {};
  try {
    problem = await answer.json();
  } catch {
    // A proxy's page, not ours: the status alone has to do.
  }
  return new ApiError(
    answer.status,
    problem.type ?? `http.${answer.status}`,
    problem.title ?? answer.statusText,
    problem.detail ?? problem.title ?? '',
    problem.errors ?? [],
  );
}

/**
 * With a signal that also ends after a while; by hand, for browsers inside apps are often years old. Afterwards
 * nothing hangs on `signal`: the one of a wall lives for days.
 */
async function within<T>(
  ms: number,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const control = new AbortController();
  const end = () => control.abort();
  const timer = setTimeout(end, ms);
  if (signal?.aborted) end();
  signal?.addEventListener('abort', end);
  try {
    return await work(control.signal);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', end);
  }
}

async function refused(path: string, answer: Response): Promise<ApiError> {
  const problem = await failure(answer);
  if (answer.status === 401 && !path.startsWith('session')) tellSignedOut();
  if (answer.status === 503) await wait(Math.min(Number(answer.headers.get('Retry-After')) || 1, 10) * 1000);
  return problem;
}

/** Asks, and reads the answer; one that breaks off, or that something between here and the server wrote, is none. */
async function ask<T>(path: string, options: Options, read: (answer: Response) => Promise<T>): Promise<T> {
  const where = path.startsWith('/') ? path : `/api/v1/${path}`;
  const asked: RequestInit = {
    method: options.method ?? 'GET',
    headers: headers(path, options),
    body: options.form ?? (options.body === undefined ? undefined : JSON.stringify(options.body)),
    credentials: 'same-origin',
  };
  try {
    return await within(
      options.timeoutMs ?? (options.form ? 120_000 : 20_000),
      options.signal,
      async (signal) => {
        const answer = await fetch(where, { ...asked, signal });
        if (!answer.ok) throw await refused(path, answer);
        return await read(answer);
      },
    );
  } catch (cause) {
    if (cause instanceof ApiError || options.signal?.aborted) throw cause;
    throw new ApiError(0, 'network', 'network', '');
  }
}

const once = <T>(path: string, options: Options) =>
  ask(path, options, async (answer) => (answer.status === 204 ? undefined : await answer.json()) as T);

/** The device knows that it has none: asking again soon would only keep the person waiting. */
const withoutNetwork = () => typeof navigator !== 'undefined' && navigator.onLine === false;

async function call<T>(path: string, options: Options = {}): Promise<T> {
  const tries = options.tries ?? 1;
  for (let n = 1; ; n++) {
    try {
      return await once<T>(path, options);
    } catch (problem) {
      if (!(problem instanceof ApiError) || !problem.passing || n >= tries || withoutNetwork()) throw problem;
      await wait(300 * n * n);
    }
  }
}

export const api = {
  get: <T>(path: string, signal?: AbortSignal) => call<T>(path, { signal, tries: 3 }),
  /** `body.id` makes the command idempotent, so a lost answer is simply asked for again. */
  post: <T>(path: string, body: object, tries = 'id' in body ? 3 : 1, timeoutMs?: number) =>
    call<T>(path, { method: 'POST', body, tries, timeoutMs }),
  put: <T>(path: string, body: object) => call<T>(path, { method: 'PUT', body, tries: 2 }),
  delete: (path: string) => call<void>(path, { method: 'DELETE' }),
  /** A file's bytes, for whoever needs a claim to see it: one in an address would be written down on the way. */
  bytes: (path: string, claim: string) => ask(path, { claim }, (answer) => answer.blob()),
  /** A form with a file, and what the server makes of it. */
  send: <T>(path: string, form: FormData) => call<T>(path, { method: 'POST', form }),
  /** A file made for us: its bytes. */
  made: (path: string, body?: object) =>
    ask(path, { method: body ? 'POST' : 'GET', body, timeoutMs: 120_000 }, (answer) => answer.blob()),
  upload: async (file: Blob, name: string, claim?: string): Promise<UploadedFile> =>
    (await api.uploadAll([{ blob: file, name }], claim))[0],
  /** Several files in one request share one claim: an anonymous report can carry only one. */
  uploadAll: async (files: { blob: Blob; name: string }[], claim?: string): Promise<UploadedFile[]> => {
    const form = new FormData();
    files.forEach(({ blob, name }) => form.append('file', blob, name));
    const answer = await call<{ items: UploadedFile[]; claim?: string }>('files', {
      method: 'POST',
      form,
      claim,
      tries: 2,
    });
    if (answer.claim && !claim) claims.keep(answer.claim);
    return answer.items.map((item) => ({ ...item, claim: answer.claim }));
  },
};

/**
 * At least `enough` of a list, if there are as many: a page may be short, even empty, and still have a next
 * one, since the server looks through so many rows a page and not further.
 */
export async function listed<T>(
  path: string,
  enough: number,
  cursor?: string | null,
  signal?: AbortSignal,
): Promise<Page<T>> {
  const PAGES = 20;
  const items: T[] = [];
  let next: string | null = cursor ?? null;
  for (let n = 0; n < PAGES; n++) {
    const glue = path.includes('?') ? '&' : '?';
    const page: Page<T> = await api.get<Page<T>>(
      next ? `${path}${glue}cursor=${encodeURIComponent(next)}` : path,
      signal,
    );
    items.push(...page.items);
    next = page.next;
    if (!next || items.length >= enough) break;
  }
  return { items, next };
}

export interface UploadedFile {
  id: string;
  claim?: string;
  size?: number;
  type?: string;
}

export function query(params: Record<string, string | number | boolean | undefined | null>): string {
  const all = new URLSearchParams();
  for (const [key, value] of Object.entries(params)) {
    if (value !== undefined && value !== null && value !== '' && value !== false) {
      all.set(key, value === true ? '1' : String(value));
    }
  }
  const text = all.toString();
  return text ? `?${text}` : '';
}
