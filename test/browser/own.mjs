// A server of one's own on a fresh sample district, for what must stop and start it, or must begin from nothing.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';

const require = createRequire(new URL('../../web/package.json', import.meta.url));
const program = process.env.WANGGE ?? fileURLToPath(new URL('../../build/wangge', import.meta.url));
const ended = (child) => new Promise((done) => child.on('close', done));

export const freePort = () =>
  new Promise((done) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => done(port));
    });
  });

async function run(...words) {
  const status = await ended(spawn(program, words, { stdio: 'ignore' }));
  if (status !== 0) throw new Error(`wangge ${words[0]} ended with ${status}`);
}

/** `days`: how many the district has lived already; `lived`: with something of every programme; `db`: an empty PostgreSQL
 * database; `env`: settings of the server. */
export async function ownServer({ days = 0, lived = false, db = '', env = {} } = {}) {
  const folder = mkdtempSync(`${tmpdir()}/wangge-own-`);
  const place = ['--data', `${folder}/data`, ...(db ? ['--db', db] : [])];
  await run('init', '--sample', ...(lived ? [] : ['--bare']), ...place);
  if (days) await run('simulate', ...place, '--days', String(days), '--seed', '1', '--fast');
  const remove = () => rmSync(folder, { recursive: true, force: true });
  return { ...(await serving(place, env)), folder, remove, beside: () => serving(place, env) };
}

/** A running server of that district. */
async function serving(place, env) {
  const port = await freePort();
  const base = `http://127.0.0.1:${port}`;
  let process;
  const settings = { ...globalThis.process.env, ...env };

  async function serve() {
    process = spawn(program, ['serve', ...place, '--listen', `127.0.0.1:${port}`], { stdio: 'ignore', env: settings });
    for (let n = 0; n < 400; n++) {
      if (await fetch(`${base}/readyz`).then((answer) => answer.ok, () => false)) return;
      await new Promise((done) => setTimeout(done, 50));
    }
    throw new Error('the server does not start');
  }
  async function kill(how = 'SIGTERM') {
    const over = ended(process);
    process.kill(how);
    await over;
  }
  await serve();
  return { base, serve, kill };
}

/** A film of one picture: the code that the camera sees. */
export function codeFilm(folder, text) {
  const { data, size } = require('uqr').encode(text, { border: 0 });
  const cell = 8;
  const border = 5;
  const side = Math.ceil(((size + 2 * border) * cell) / 16) * 16;
  const luma = Buffer.alloc(side * side, 235);
  for (let y = 0; y < size * cell; y++)
    for (let x = 0; x < size * cell; x++)
      if (data[Math.floor(y / cell)][Math.floor(x / cell)]) luma[(y + border * cell) * side + x + border * cell] = 16;
  const frame = Buffer.concat([Buffer.from('FRAME\n'), luma, Buffer.alloc(side * side / 2, 128)]);
  const path = `${folder}/code.y4m`;
  writeFileSync(path, Buffer.concat([Buffer.from(`YUV4MPEG2 W${side} H${side} F10:1 Ip A1:1 C420\n`), frame, frame, frame]));
  return path;
}
