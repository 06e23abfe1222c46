// A call where no direct way is open: every packet goes through a real TURN server with the account the call was given. With
// WANGGE_TEST_DB the two sides are on two servers that share that PostgreSQL database.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createSocket } from 'node:dgram';
import { tmpdir } from 'node:os';
import { freePort, ownServer } from './own.mjs';

const SECRET = 'a secret that browsers never see';
const folder = mkdtempSync(`${tmpdir()}/wangge-relay-`);
const turnPort = await freePort();
const log = `${folder}/turn.log`;
writeFileSync(`${folder}/turn.secret`, `${SECRET}\n`);
const turn = spawn('turnserver', [
  '-n', '--listening-ip=127.0.0.1', '--relay-ip=127.0.0.1', `--listening-port=${turnPort}`, '--use-auth-secret', `--static-auth-secret=${SECRET}`,
  '--realm=wangge.test', '--fingerprint', '--no-tls', '--no-dtls', '--no-cli', '--allow-loopback-peers', '--verbose', `--log-file=${log}`, '--simple-log',
  `--userdb=${folder}/turn.db`, `--pidfile=${folder}/turn.pid`,
], { stdio: 'ignore', cwd: folder });
const said = () => { try { return readFileSync(log, 'utf8'); } catch { return ''; } };

const server = await ownServer({
  db: process.env.WANGGE_TEST_DB,
  env: { WANGGE_CALL_SERVERS: `turn:127.0.0.1:${turnPort}?transport=udp`, WANGGE_TURN_SECRET: `${folder}/turn.secret` },
});
const other = process.env.WANGGE_TEST_DB ? await server.beside() : server;
process.env.BASE_URL = server.base;
const { check, FAKE_DEVICES, gridPoint, json, person, post, start, step } = await import('./lib.mjs');
const { browser, stop } = await start([...FAKE_DEVICES(), '--allow-loopback-in-peer-connection']);
const at = await gridPoint(browser);
const commander = await person(browser, { login: 'commander' });
const dept = await person(browser, { login: 'dept', phone: true, at, base: other.base });
const RAILWAY = '铁路轨道交通建设管理中心';

/** Behind a firewall: only what the relay carries. The page's own link is kept, to be asked what goes through it. */
for (const { context } of [commander, dept])
  await context.addInitScript(() => {
    const Direct = globalThis.RTCPeerConnection;
    globalThis.RTCPeerConnection = class extends Direct {
      constructor(settings) {
        super({ ...settings, iceTransportPolicy: 'relay' });
        globalThis.link = this;
      }
    };
  });
const ways = (page) =>
  page.evaluate(async () => {
    const all = [...(await globalThis.link.getStats()).values()];
    const pair = all.find((one) => one.type === 'candidate-pair' && one.nominated && one.state === 'succeeded');
    const kind = (id) => all.find((one) => one.id === id)?.candidateType;
    return pair ? `${kind(pair.localCandidateId)} ${kind(pair.remoteCandidateId)} ${pair.bytesReceived > 10_000}` : 'none';
  });
const phase = (of, name) => of.locator(`[data-part=call][data-phase=${name}]`).waitFor({ timeout: 30_000 });
const order = await post(commander.api, 'records', {
  kind: 'order', area: at.area.slice(0, 12), fields: { what: '隔着防火墙看看现场' },
  parties: [{ role: 'lead', org: (await json(commander.api, `orgs?q=${encodeURIComponent(RAILWAY)}`)).items.find((one) => one.name === RAILWAY).id }],
});

await step('a call through the relay: both see and hear one another', async () => {
  await dept.page.goto(`${other.base}/work`);
  await dept.page.getByRole('alertdialog').locator('[data-move=acknowledge]').click();
  await commander.page.goto(`${server.base}/command/${order.id}`);
  await commander.page.locator(`[data-unit="${RAILWAY}"] [data-act=call]`).click();
  await dept.page.locator('[data-part=call-ring] [data-answer=accept]').click();
  await Promise.all([phase(commander.page, 'talking'), phase(dept.page, 'talking')]);
  for (const { page } of [commander, dept]) {
    await page.waitForFunction(() => document.querySelector('video.theirs')?.videoWidth > 0);
    await page.waitForTimeout(2000);
    check((await ways(page)) === 'relay relay true', 'nothing but the relay carries it', await ways(page));
  }
});
await step('the relay has let them in by the account of the call, and nobody else', async () => {
  check(/ALLOCATE processed, success/.test(said()), 'two who know it', said().slice(-800));
  const stranger = createSocket('udp4');
  const answer = new Promise((done) => stranger.on('message', done));
  // An Allocate request without an account (RFC 8656, 7.1): REQUESTED-TRANSPORT alone.
  stranger.send(Buffer.from('000300082112a442' + '00'.repeat(12) + '0019000411000000', 'hex'), turnPort, '127.0.0.1');
  const message = await answer;
  stranger.close();
  check(message.readUInt16BE(0) === 0x0113, 'a stranger is refused', message.toString('hex'));
});
await step('hung up, the other side knows', async () => {
  await dept.page.locator('[data-part=call] [data-call=end]').click();
  await phase(commander.page, 'over');
});
check([commander, dept].every((one) => one.complaints.length === 0), 'nothing broke', [commander, dept].flatMap((one) => one.complaints).join('; '));
await stop();
turn.kill();
for (const one of new Set([server, other])) await one.kill();
server.remove();
rmSync(folder, { recursive: true, force: true });
