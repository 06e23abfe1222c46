import { describe, expect, it } from 'vitest';
import { ticked } from './story';
import type { Entry, Kind } from './types';

const kind = {
  clocks: [{ name: 'answer', title: { zh: '签收时限', en: 'Time to answer' } }],
} as unknown as Kind;
const tick = (before: object, after: object): Entry => ({
  seq: 1,
  at: '2026-11-23T12:21:45+08:00',
  actor: null,
  actor_kind: 'clock',
  verb: 'tick',
  from: 'sent',
  to: 'sent',
  changes: [
    { field: 'fields.late', before: false, after: true },
    { field: 'clocks.0', before: before as never, after: after as never },
  ],
});

describe('what time alone did', () => {
  const running = { name: 'answer', state: 'running' };
  it('is told by the limit that is nearly up, or up', () => {
    expect(ticked(kind, tick(running, { ...running, warned: 5 }), 'zh')).toEqual([
      { clock: '签收时限', light: 'amber' },
    ]);
    const [late] = ticked(
      kind,
      tick({ ...running, warned: 5 }, { ...running, warned: 5, breached: 9 }),
      'en',
    );
    expect(late).toEqual({ clock: 'Time to answer', light: 'red' });
  });
  it('is nothing where a limit only goes on', () => {
    expect(ticked(kind, tick(running, running), 'zh')).toEqual([]);
  });
});
