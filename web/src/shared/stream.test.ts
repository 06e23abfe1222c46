import { describe, expect, it } from 'vitest';
import { EventReader } from './stream';

describe('EventReader', () => {
  it('reads events whatever the pieces they come in', () => {
    const text =
      ': hello\n\nevent: record\nid: 7\ndata: {"a":\ndata: 1}\n\nevent: reload\r\ndata: {}\r\n\r\n';
    for (const size of [1, 3, 1000]) {
      const got: string[] = [];
      const reader = new EventReader((event, data) => got.push(`${event} ${data}`));
      for (let at = 0; at < text.length; at += size) reader.feed(text.slice(at, at + size));
      expect(got).toEqual(['record {"a":\n1}', 'reload {}']);
      expect(reader.lastId).toBe('7');
    }
  });
});
