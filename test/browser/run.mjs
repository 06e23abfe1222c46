// Runs the browser tests against BASE_URL: run.mjs [--deep | NAME… | --without NAME…]; the last line
// adds them up. What takes minutes – accounts and registers, every screen by axe-core in both themes, every page at every size, a wall for days – is run when --deep asks for it.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

let passed = 0;
let failed = 0;
const STORIES = ['story', 'robust', 'claim', 'resident', 'work', 'command', 'desk', 'board', 'streets', 'admin', 'design'];
const [first, ...rest] = process.argv.slice(2);
const named = first === '--without' ? STORIES.filter((one) => !rest.includes(one)) : first ? [first, ...rest] : STORIES;
for (const name of process.argv.includes('--deep') ? ['keys', 'calls', 'registers', 'tasks', 'ballots', 'rolls', 'meeting', 'people', 'public', 'tenancy', 'past', 'amounts', 'access', 'look', 'kiosk', 'scores', 'appraisal', 'screens'] : named) {
  const began = Date.now();
  const output = await new Promise((done) => {
    const child = spawn(process.execPath, [fileURLToPath(new URL(`${name}.mjs`, import.meta.url))], { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    child.stdout.on('data', (data) => {
      text += data;
      process.stdout.write(data);
    });
    child.on('close', () => done(text));
  });
  console.log(`# ${name}: ${((Date.now() - began) / 1000).toFixed(1)} s`);
  const total = /(\d+) passed, (\d+) failed\s*$/.exec(output);
  passed += Number(total?.[1] ?? 0);
  // A test that did not come to its end has failed, whatever it said before.
  failed += total ? Number(total[2]) : 1;
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed ? 1 : 0;
