/** Commands made on the phone, kept in IndexedDB until the server has answered: each is sent in the order
 * it was made, and since it carries its own id, once. */

export interface OutboxFile {
  name: string;
  blob: Blob;
  /** The id the server gave; a file already sent is not sent again. */
  uploaded?: string;
}

export interface OutboxItem {
  /** UUIDv7: the command's id and the order in the box. */
  id: string;
  /** `records` or `records/{id}/{move}`. */
  path: string;
  /** How the person knows it. */
  label: string;
  body: Record<string, unknown>;
  files: OutboxFile[];
  /** A field of the record the files also go into; only the evidence list where it is empty. */
  field?: string;
  /** What that field holds already: it is sent whole. */
  kept?: string[];
  at: number;
  refused?: string;
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
}

export type Delivery = { item: OutboxItem; answer?: unknown; refused?: string; problem?: unknown };

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

  async retry(id: string): Promise<void> {
    const item = (await this.items()).find((one) => one.id === id);
    if (!item) return;
    delete item.refused;
    await this.store.put(item);
  }

  /** Sends what waits. True when nothing is left that could be sent. One run at a time. */
  flush(): Promise<boolean> {
    this.running ??= this.run().finally(() => (this.running = null));
    return this.running;
  }

  private async run(): Promise<boolean> {
    for (;;) {
      const item = (await this.items()).find((one) => !one.refused);
      if (!item) return true;
      try {
        const answer = await this.deliver(item);
        await this.store.remove(item.id);
        this.delivered({ item, answer });
      } catch (problem) {
        if (this.wire.passing(problem)) return false;
        item.refused = problem instanceof Error && problem.message ? problem.message : String(problem);
        await this.store.put(item);
        this.delivered({ item, refused: item.refused, problem });
      }
    }
  }

  private async deliver(item: OutboxItem): Promise<unknown> {
    for (const file of item.files) {
      if (file.uploaded) continue;
      file.uploaded = await this.wire.upload(file.blob, file.name);
      await this.store.put(item);
    }
    const sent = item.files.map((file) => file.uploaded);
    const body: Record<string, unknown> = { ...item.body, id: item.id };
    if (sent.length) {
      body.files = sent;
      if (item.field)
        body.fields = { ...(item.body.fields as object), [item.field]: [...(item.kept ?? []), ...sent] };
    }
    return this.wire.send(item.path, body);
  }
}
