import 'fake-indexeddb/auto';
import { beforeEach, describe, expect, it } from 'vitest';
import { idbOutbox } from './idb';
import { Outbox, type Delivery, type OutboxItem } from './outbox';
import { uuid7 } from './uuid7';

class Lost extends Error {}

/** A server that can be away, lose answers, and refuse. */
function server() {
  const state = {
    up: true,
    loseAnswers: 0,
    refuse: '',
    got: [] as string[],
    applied: new Set<string>(),
    uploads: 0,
  };
  const wire = {
    upload: async () => {
      if (!state.up) throw new Lost();
      state.uploads += 1;
      return `file-${state.uploads}`;
    },
    send: async (path: string, body: object) => {
      if (!state.up) throw new Lost();
      if (path === state.refuse) throw new Error('no');
      const { id } = body as { id: string };
      state.got.push(`${path}:${id}`);
      state.applied.add(id);
      if (state.loseAnswers-- > 0) throw new Lost();
      return { id, body };
    },
    passing: (problem: unknown) => problem instanceof Lost,
  };
  return { state, wire };
}

const item = (path: string, more: Partial<OutboxItem> = {}): OutboxItem => ({
  id: uuid7(),
  path,
  label: path,
  body: { note: 'done' },
  files: [],
  at: 0,
  ...more,
});

describe('outbox', () => {
  beforeEach(async () => {
    for (const one of await idbOutbox.all()) await idbOutbox.remove(one.id);
  });

  it('keeps a part back while what it stands below was refused', async () => {
    const { state, wire } = server();
    const house = item('records');
    const stay = item('records', { body: { parent: house.id } });
    const move = item(`records/${stay.id}/verify`);
    const refused = { ...house, refused: 'no' };
    const other = item('records');
    const box = new Outbox(idbOutbox, wire);
    for (const one of [refused, stay, move, other]) await box.add(one);
    await box.flush();
    expect(state.got).toEqual([`records:${other.id}`]);
    await box.retry(house.id);
    await box.flush();
    expect(state.got.slice(1)).toEqual([
      `records:${house.id}`,
      `records:${stay.id}`,
      `records/${stay.id}/verify:${move.id}`,
    ]);
  });

  it('sends a single file as one, several as a list', async () => {
    const sent: { fields?: object }[] = [];
    const { wire } = server();
    const send = async (_path: string, body: object) => sent.push(body);
    const box = new Outbox(idbOutbox, { ...wire, send });
    const files = [{ name: 'a.jpg', blob: new Blob(['a'], { type: 'image/jpeg' }) }];
    await box.add(item('records', { files, field: 'pledge', single: true }));
    await box.add(item('records', { files, field: 'photos' }));
    await box.flush();
    expect(sent.map((body) => body.fields)).toEqual([{ pledge: 'file-1' }, { photos: ['file-2'] }]);
  });

  it('keeps what was made offline over a restart, then sends it once and in order', async () => {
    const { state, wire } = server();
    state.up = false;
    const before = new Outbox(idbOutbox, wire);
    const made = [item('records'), item('records/a/acknowledge'), item('records/a/answer')];
    for (const one of made) await before.add(one);
    expect(await before.flush()).toBe(false);

    const after = new Outbox(idbOutbox, wire);
    expect((await after.items()).length).toBe(3);
    state.up = true;
    expect(await after.flush()).toBe(true);
    expect(state.got).toEqual(made.map((one) => `${one.path}:${one.id}`));
    expect(await after.items()).toEqual([]);
  });

  it('sends the same id again when the answer was lost', async () => {
    const { state, wire } = server();
    state.loseAnswers = 1;
    const box = new Outbox(idbOutbox, wire);
    await box.add(item('records'));
    expect(await box.flush()).toBe(false);
    expect(await box.flush()).toBe(true);
    expect(state.got.length).toBe(2);
    expect(state.applied.size).toBe(1);
  });

  it('runs once however often it is asked', async () => {
    const { state, wire } = server();
    const box = new Outbox(idbOutbox, wire);
    await box.add(item('records'));
    await Promise.all([box.flush(), box.flush(), box.flush()]);
    expect(state.got.length).toBe(1);
  });

  it('does not send a file again that has arrived, and adds it to the field', async () => {
    const { state, wire } = server();
    let answer: unknown;
    const box = new Outbox(idbOutbox, wire, (delivery: Delivery) => (answer = delivery.answer));
    state.loseAnswers = 1;
    await box.add(
      item('records/a/answer', {
        files: [{ name: 'a.jpg', blob: new Blob(['x']) }],
        field: 'photos',
        kept: ['file-0'],
      }),
    );
    await box.flush();
    await box.flush();
    expect(state.uploads).toBe(1);
    expect(answer).toMatchObject({
      body: { files: ['file-1'], fields: { photos: ['file-0', 'file-1'] }, note: 'done' },
    });
  });

  it('keeps what is refused, with the reason, and goes on with the rest', async () => {
    const { state, wire } = server();
    state.refuse = 'records/a/answer';
    const box = new Outbox(idbOutbox, wire);
    const refused = item('records/a/answer');
    await box.add(refused);
    await box.add(item('records/b/answer'));
    expect(await box.flush()).toBe(true);
    expect((await box.items()).map((one) => [one.path, one.refused])).toEqual([['records/a/answer', 'no']]);
    state.refuse = '';
    await box.retry(refused.id);
    await box.flush();
    expect(await box.items()).toEqual([]);
  });
});

describe('two at work on one matter', () => {
  class Stale extends Error {}
  const base = (version: number, state = 'handling') => ({ version, state, fields: {} });
  const setUp = (rebase: () => Promise<ReturnType<typeof base> | null>) => {
    const sent: number[] = [];
    let version = 4;
    const box = new Outbox(idbOutbox, {
      upload: async () => 'file',
      send: async (_path, body) => {
        sent.push((body as { version: number }).version);
        if (sent.at(-1) !== version) throw new Stale('changed');
        version += 1;
        return { version };
      },
      passing: () => false,
      conflict: (problem) => problem instanceof Stale,
      rebase,
    });
    return { box, sent };
  };
  beforeEach(async () => {
    for (const one of await idbOutbox.all()) await idbOutbox.remove(one.id);
  });

  it('sends each on what the one before it made of the matter', async () => {
    const { box, sent } = setUp(async () => null);
    await box.add(item('records/a/acknowledge', { base: base(4) }));
    await box.add(item('records/a/answer', { base: base(4) }));
    expect(await box.flush()).toBe(true);
    expect(sent).toEqual([4, 5]);
    expect(await box.items()).toEqual([]);
  });

  it('sends it again by itself when the change does not concern it', async () => {
    const { box, sent } = setUp(async () => base(4));
    await box.add(item('records/a/answer', { base: base(3) }));
    await box.flush();
    expect(sent).toEqual([3, 4]);
    expect(await box.items()).toEqual([]);
  });

  it('leaves a conflict to the person, and holds back what comes after it', async () => {
    const { box, sent } = setUp(async () => null);
    const first = item('records/a/acknowledge', { base: base(3) });
    await box.add(first);
    await box.add(item('records/a/answer', { base: base(3) }));
    await box.flush();
    expect(sent).toEqual([3]);
    expect((await box.items()).map((one) => one.conflict)).toEqual([true, undefined]);
    await box.retry(first.id, base(4));
    await box.flush();
    expect(sent).toEqual([3, 4, 5]);
    expect(await box.items()).toEqual([]);
  });

  it('puts recordings beside the pictures, not into their field', async () => {
    let got: Record<string, unknown> = {};
    let n = 0;
    const box = new Outbox(idbOutbox, {
      upload: async () => `file-${(n += 1)}`,
      send: async (_path, body) => (got = body as Record<string, unknown>),
      passing: () => false,
    });
    const blob = (type: string) => ({ name: type, blob: new Blob(['x'], { type }) });
    await box.add(
      item('records/a/answer', { files: [blob('image/jpeg'), blob('audio/webm')], field: 'photos' }),
    );
    await box.flush();
    expect(got.files).toEqual(['file-1', 'file-2']);
    expect(got.fields).toEqual({ photos: ['file-1'] });
  });
});
