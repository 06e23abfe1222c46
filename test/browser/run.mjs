// Runs every browser test against BASE_URL; the last line adds them up.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

let passed = 0;
let failed = 0;
for (const name of ['story.mjs', 'robust.mjs', 'people.mjs', 'claim.mjs', 'board.mjs', 'admin.mjs', 'work.mjs', 'resident.mjs', 'desk.mjs', 'access.mjs', 'look.mjs']) {
  console.log(`# ${name}`);
  const output = await new Promise((done) => {
    const child = spawn(process.execPath, [fileURLToPath(new URL(name, import.meta.url))], { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    child.stdout.on('data', (data) => {
      text += data;
      process.stdout.write(data);
    });
    child.on('close', () => done(text));
  });
  const total = /(\d+) passed, (\d+) failed\s*$/.exec(output);
  passed += Number(total?.[1] ?? 0);
  // A test that did not come to its end has failed, whatever it said before.
  failed += total ? Number(total[2]) : 1;
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed ? 1 : 0;
