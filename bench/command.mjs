// One order to 1 + 1 + 20 units, 500 phones connected: from the commander's touch to the last phone, and from a unit's
// acknowledgement to the commander's screen.  node bench/command.mjs [rounds] [phones]   (a server and a district of its own)
import { ownServer } from '../test/browser/own.mjs';

const UNITS = 21;
const PHONES = Number(process.argv[3] ?? 500);
const LIMIT_MS = 300;
const rounds = Number(process.argv[2] ?? 20);
const server = await ownServer();
const api = `${server.base}/api/v1`;

async function call(token, method, path, body) {
  const answer = await fetch(`${api}/${path}`, {
    method,
    headers: { ...(token ? { Authorization: `Bearer ${token}` } : {}), 'Content-Type': 'application/json' },
    body: body && JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}
const signIn = async (login) => (await call('', 'POST', 'session', { login, password: 'wangge-sample' })).token;

/** A phone: a stream that tells of each event when it came. */
async function phone(token, heard) {
  const answer = await fetch(`${api}/stream`, { headers: { Authorization: `Bearer ${token}` } });
  const reader = answer.body.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  (async () => {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const blocks = (rest + decoder.decode(value, { stream: true })).split('\n\n');
      rest = blocks.pop();
      for (const block of blocks) {
        const name = /^event: (.*)$/m.exec(block)?.[1];
        const data = /^data: (.*)$/m.exec(block)?.[1];
        if (name && data) heard(name, JSON.parse(data), performance.now());
      }
    }
  })().catch(() => undefined);
}

const admin = await signIn('admin');
const commander = await signIn('commander');
const orgs = [];
for (let cursor = ''; cursor !== null; ) {
  const page = await call(admin, 'GET', `orgs?limit=200${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
  orgs.push(...page.items);
  cursor = page.next;
}
const units = orgs.filter((one) => !one.unit && one.name.length > 2).slice(0, UNITS);
const waiting = new Map();
const people = [];
for (let n = 0; n < PHONES; n++) {
  const org = units[n % UNITS];
  const { id } = await call(admin, 'POST', 'accounts', { login: `bench-${n}`, name: `测试${n}` });
  await call(admin, 'POST', 'posts', { account: id, role: 'handler', area: '330803', org: org.id });
  const { token } = await call(admin, 'POST', 'tokens', { account: id, name: 'bench' });
  people.push({ id, token, org: org.id });
}
await Promise.all(people.map(({ token, id }) => phone(token, (name, data, at) => name === 'ring' && waiting.get(data.id)?.ring(id, at))));
await phone(commander, (name, data, at) => name === 'record' && data.verb === 'acknowledge' && waiting.get(data.id)?.acknowledged(at));
console.log(`${PHONES} phones of ${UNITS} units are connected`);

const sorted = (list) => [...list].sort((a, b) => a - b);
const at = (list, share) => sorted(list)[Math.min(list.length - 1, Math.floor(list.length * share))];
const touches = [];
const seen = [];
for (let round = 0; round < rounds; round++) {
  const id = `01a20000-0000-7000-8000-${String(round).padStart(12, '0')}`;
  const rung = new Set();
  let last = 0;
  let acknowledged;
  const all = new Promise((done, failed) => {
    setTimeout(() => failed(new Error(`only ${rung.size} phones rang`)), 20_000).unref();
    waiting.set(id, {
      ring: (who, when) => {
        rung.add(who);
        last = when;
        if (rung.size === PHONES) done();
      },
      acknowledged: (when) => acknowledged?.(when),
    });
  });
  const [lead, ...co] = units;
  const began = performance.now();
  await Promise.all([
    call(commander, 'POST', 'records', {
      id, kind: 'order', fields: { what: `压测 ${round}` },
      parties: [{ role: 'lead', org: lead.id }, ...co.map((one) => ({ role: 'co', org: one.id }))],
    }),
    all,
  ]);
  touches.push(last - began);
  const from = people[round % PHONES];
  const asked = performance.now();
  const told = new Promise((done) => (acknowledged = done));
  await call(from.token, 'POST', `records/${id}/acknowledge`, {});
  await told;
  // What the screen shows is read anew.
  await Promise.all([call(commander, 'GET', `records/${id}`), call(commander, 'GET', `records/${id}/log`)]);
  seen.push(performance.now() - asked);
}
let late = 0;
for (const [name, list] of [['touch to the last phone', touches], ['acknowledgement to the commander\'s screen', seen]]) {
  const holds = at(list, 0.95) <= LIMIT_MS;
  late += !holds;
  console.log(`${name}: p50 ${at(list, 0.5).toFixed(0)} ms, p95 ${at(list, 0.95).toFixed(0)} ms, worst ${at(list, 1).toFixed(0)} ms, limit ${LIMIT_MS} ms: ${holds ? 'holds' : 'does not hold'}`);
}
await server.kill();
server.remove();
process.exit(late ? 1 : 0);
