import { query, tellSignedOut } from './api';
import type { LiveEvent } from './liveEvent';

/** Reads server-sent events from text that arrives in any pieces. Pure, so it can be tested. */
export class EventReader {
  private rest = '';
  private event = '';
  private data: string[] = [];
  lastId = '';

  constructor(private readonly emit: (event: string, data: string) => void) {}

  feed(text: string): void {
    const lines = (this.rest + text).split('\n');
    this.rest = lines.pop() ?? '';
    lines.forEach((line) => this.line(line.replace(/\r$/, '')));
  }

  private line(line: string): void {
    if (line === '') {
      if (this.data.length) this.emit(this.event || 'message', this.data.join('\n'));
      this.event = '';
      this.data = [];
      return;
    }
    const colon = line.indexOf(':');
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (name === 'event') this.event = value;
    else if (name === 'data') this.data.push(value);
    else if (name === 'id') this.lastId = value;
  }
}

export type StreamState = 'connecting' | 'live' | 'lost';

export interface Listener {
  record?: (event: LiveEvent) => void;
  /** It rings for whoever listens. */
  ring?: (event: LiveEvent) => void;
  /** The backlog was too long or the connection was away: read everything again. */
  reload?: () => void;
  state?: (state: StreamState) => void;
}

/**
 * One live stream, resumed with Last-Event-ID after every break. fetch() is used rather than
 * EventSource because the latter gives up after an HTTP error and cannot send headers.
 */
export class LiveStream {
  private readonly listeners = new Set<Listener>();
  private abort = new AbortController();
  private lastId = '';
  private failures = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  state: StreamState = 'connecting';

  constructor(private readonly filter: { area?: string; kind?: string } = {}) {}

  listen(listener: Listener): () => void {
    this.listeners.add(listener);
    listener.state?.(this.state);
    if (this.listeners.size === 1) this.open();
    return () => {
      this.listeners.delete(listener);
      if (this.listeners.size === 0) this.close();
    };
  }

  /** Who asks has changed (signed in or out): what one may see has too. */
  restart(): void {
    if (this.listeners.size === 0) return;
    this.close();
    this.lastId = '';
    this.open();
  }

  private close(): void {
    clearTimeout(this.timer);
    this.abort.abort();
  }

  private tell(state: StreamState): void {
    if (state === this.state) return;
    this.state = state;
    this.listeners.forEach((listener) => listener.state?.(state));
  }

  private async open(): Promise<void> {
    this.abort = new AbortController();
    const { signal } = this.abort;
    try {
      const answer = await fetch(`/api/v1/stream${query(this.filter)}`, { headers: this.headers(), signal });
      // It ends with the session: a screen that only listens would not ask for a minute.
      if (answer.status === 401) tellSignedOut();
      if (!answer.ok || !answer.body) throw new Error(`stream ${answer.status}`);
      const away = this.failures > 0 && !this.lastId;
      this.failures = 0;
      this.tell('live');
      if (away) this.listeners.forEach((listener) => listener.reload?.());
      await this.read(answer.body);
    } catch {
      if (signal.aborted) return;
    }
    if (signal.aborted) return;
    this.failures += 1;
    this.tell('lost');
    const delay = Math.min(1000 * 2 ** Math.min(this.failures - 1, 5), 20_000) * (0.75 + Math.random() / 2);
    this.timer = setTimeout(() => this.open(), delay);
  }

  private headers(): Record<string, string> {
    const all: Record<string, string> = { Accept: 'text/event-stream' };
    if (this.lastId) all['Last-Event-ID'] = this.lastId;
    return all;
  }

  private async read(body: ReadableStream<Uint8Array>): Promise<void> {
    const reader = new EventReader((event, data) => this.dispatch(event, data));
    const decoder = new TextDecoder();
    const source = body.getReader();
    for (;;) {
      const { done, value } = await source.read();
      if (done) return;
      reader.feed(decoder.decode(value, { stream: true }));
      if (reader.lastId) this.lastId = reader.lastId;
    }
  }

  private dispatch(event: string, data: string): void {
    if (event === 'reload') {
      this.listeners.forEach((listener) => listener.reload?.());
      return;
    }
    if (event !== 'record' && event !== 'ring') return;
    try {
      const parsed = JSON.parse(data) as LiveEvent;
      this.listeners.forEach((listener) => listener[event]?.(parsed));
    } catch {
      // A line that is no JSON cannot be shown; the next refresh has the truth.
    }
  }
}

let shared: LiveStream | undefined;
/** The page's one stream: a browser opens few connections to a server at a time. */
export function liveStream(): LiveStream {
  shared ??= new LiveStream();
  return shared;
}
