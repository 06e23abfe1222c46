/** Commands made on the phone, kept in IndexedDB until the server has answered: each is sent in the order
 * it was made, and since it carries its own id, once. */
import type { Fields } from './types';

export interface OutboxFile {
  name: string;
  blob: Blob;
  /** The id the server gave; a file already sent is not sent again. */
  uploaded?: string;
}

/** What a command is about, in words that need no network. */
export interface OutboxAbout {
  kind: string;
  title: string;
  number?: string;
}

/** The matter as it was when the command was made. */
export interface OutboxBase {
  version: number;
  state: string;
  fields: Fields;
}

export interface OutboxItem {
  /** UUIDv7: the command's id and the order in the box. */
  id: string;
  /** `records`, `records/{id}/{move}` or `notices/{id}/read`. */
  path: string;
  /** How the person knows it. */
  label: string;
  body: Record<string, unknown>;
  files: OutboxFile[];
  /** A field of the record the pictures also go into; only the evidence list where it is empty. */
  field?: string;
  /** What that field holds already: it is sent whole. */
  kept?: string[];
  /** That field holds one, not a list. */
  single?: boolean;
  about?: OutboxAbout;
  /** Sent with its version: whoever changed the matter meanwhile is not overwritten unseen. */
  base?: OutboxBase;
  at: number;
  /** Who made it. */
  account?: string;
  refused?: string;
  /** Refused because the matter is no longer what it was: a person settles that. */
  conflict?: boolean;
}

export interface OutboxStore {
  all(): Promise<OutboxItem[]>;
  put(item: OutboxItem): Promise<void>;
  remove(id: string): Promise<void>;
}

export interface OutboxWire {
  upload(file: Blob, name: string): Promise<string>;
  send(path: string, body: object): Promise<unknown>;
  /** A later try may succeed: no network, a busy server, a session to renew. */
  passing(problem: unknown): boolean;
  /** The matter has changed meanwhile (409). */
  conflict?(problem: unknown): boolean;
  /** The matter as it is now, if what changed since `base` does not concern the command; null if it does. */
  rebase?(item: OutboxItem): Promise<OutboxBase | null>;
}

export type Delivery = { item: OutboxItem; answer?: unknown; refused?: string; problem?: unknown };

/** The matter a command is about; of a raise it is the command's own id. */
export function matterOf(item: Pick<OutboxItem, 'id' | 'path'>): string {
  const [what, id] = item.path.split('/');
  return what === 'records' ? (id ?? item.id) : '';
}

/** The matter that what the command raises stands below. */
export const parentOf = (item: Pick<OutboxItem, 'body'>): string => String(item.body.parent ?? '');

/** The first that may go: not refused, and not behind one of its matter, or of its parent, that was. */
export function nextToSend(items: OutboxItem[]): OutboxItem | undefined {
  const held = new Set<string>();
  for (const item of items) {
    const matter = matterOf(item);
    const behind = held.has(matter) || held.has(parentOf(item));
    if (matter && (item.refused || behind)) held.add(matter);
    else if (!item.refused) return item;
  }
  return undefined;
}

function versionOf(answer: unknown): number | undefined {
  const version = (answer as { version?: unknown } | null | undefined)?.version;
  return typeof version === 'number' ? version : undefined;
}

export class Outbox {
  private running: Promise<boolean> | null = null;

  constructor(
    private readonly store: OutboxStore,
    private readonly wire: OutboxWire,
    private readonly delivered: (delivery: Delivery) => void = () => {},
  ) {}

  /** Kept before anything is sent: from here on it cannot be lost. */
  async add(item: OutboxItem): Promise<void> {
    await this.store.put(item);
  }

  async items(): Promise<OutboxItem[]> {
    return (await this.store.all()).sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  remove(id: string): Promise<void> {
    return this.store.remove(id);
  }

  /** Once more; with `base` on the matter as the person has now seen it. */
  async retry(id: string, base?: OutboxBase): Promise<void> {
    const item = (await this.items()).find((one) => one.id === id);
    if (!item) return;
    delete item.refused;
    delete item.conflict;
    if (base) item.base = base;
    await this.store.put(item);
  }

  /** Sends what waits. True when nothing is left that could be sent. One run at a time. */
  flush(): Promise<boolean> {
    this.running ??= this.run().finally(() => (this.running = null));
    return this.running;
  }

  private async run(): Promise<boolean> {
    for (;;) {
      const item = nextToSend(await this.items());
      if (!item) return true;
      try {
        const answer = await this.deliver(item);
        await this.store.remove(item.id);
        await this.follow(item, answer);
        this.delivered({ item, answer });
      } catch (problem) {
        if (this.wire.passing(problem)) return false;
        if (await this.again(item, problem)) continue;
        item.refused = problem instanceof Error && problem.message ? problem.message : String(problem);
        item.conflict = this.wire.conflict?.(problem) ?? false;
        await this.store.put(item);
        this.delivered({ item, refused: item.refused, problem });
      }
    }
  }

  /** What comes after it was made on the matter as it now is. */
  private async follow(item: OutboxItem, answer: unknown): Promise<void> {
    const version = versionOf(answer);
    const matter = matterOf(item);
    if (version === undefined || !matter) return;
    for (const later of await this.items()) {
      if (matterOf(later) !== matter || !later.base || later.base.version >= version) continue;
      later.base = { ...later.base, version };
      await this.store.put(later);
    }
  }

  /** Somebody changed something else of the matter: the command still means the same. */
  private async again(item: OutboxItem, problem: unknown): Promise<boolean> {
    if (!item.base || !this.wire.conflict?.(problem) || !this.wire.rebase) return false;
    try {
      const base = await this.wire.rebase(item);
      if (!base || base.version <= item.base.version) return false;
      item.base = base;
      await this.store.put(item);
      return true;
    } catch {
      return false;
    }
  }

  private async deliver(item: OutboxItem): Promise<unknown> {
    for (const file of item.files) {
      if (file.uploaded) continue;
      file.uploaded = await this.wire.upload(file.blob, file.name);
      await this.store.put(item);
    }
    const ids = (files: OutboxFile[]) => files.map((file) => file.uploaded);
    const pictures = item.files.filter((file) => !file.blob.type.startsWith('audio/'));
    const body: Record<string, unknown> = { ...item.body, id: item.id };
    if (item.base) body.version = item.base.version;
    if (item.files.length) body.files = ids(item.files);
    if (pictures.length && item.field)
      body.fields = {
        ...(item.body.fields as object),
        [item.field]: item.single ? ids(pictures)[0] : [...(item.kept ?? []), ...ids(pictures)],
      };
    return this.wire.send(item.path, body);
  }
}
