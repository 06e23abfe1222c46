import { getEventListeners } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import { api } from './api';

let server: Server;

/** A server that answers so; the page's own address is its. */
async function answering(listener: RequestListener): Promise<void> {
  server = createServer(listener).listen(0, '127.0.0.1');
  await new Promise((ready) => server.once('listening', ready));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { fetch } = globalThis;
  vi.stubGlobal('fetch', (path: string, init: RequestInit) => fetch(new URL(path, base), init));
}

afterEach(() => {
  vi.unstubAllGlobals();
  server.closeAllConnections();
  server.close();
});

test('a signal that lives on keeps nothing of what was asked with it', async () => {
  await answering((_, answer) => answer.end('{"n":1}'));
  const { signal } = new AbortController();
  for (let n = 0; n < 5; n++) expect(await api.get('counts', signal)).toEqual({ n: 1 });
  expect(getEventListeners(signal, 'abort')).toHaveLength(0);
});

test('a signal that ends breaks off what is on the way', async () => {
  await answering(() => undefined);
  const control = new AbortController();
  const asked = api.get('counts', control.signal);
  setTimeout(() => control.abort(), 20);
  await expect(asked).rejects.toHaveProperty('name', 'AbortError');
});

test('an answer that breaks off is asked for again', async () => {
  let asked = 0;
  await answering((_, answer) => {
    asked += 1;
    if (asked > 1) return answer.end('{"n":2}');
    answer.writeHead(200, { 'Content-Length': '100' });
    return answer.write('{"n":', () => answer.destroy());
  });
  expect(await api.get('counts')).toEqual({ n: 2 });
  expect(asked).toBe(2);
});

test('a page that a network asks to sign in at is no answer of the server', async () => {
  await answering((_, answer) => answer.end('<html>Wi-Fi</html>'));
  await expect(api.post('moves', {})).rejects.toMatchObject({ status: 0, key: 'network', passing: true });
});
