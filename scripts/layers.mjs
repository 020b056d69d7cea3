/**
 * @file Checks the order of the rooms: each folder of src/ imports only from those before it, on
 * every floor named below, no file imports itself through others, and no test imports from a layer
 * above its own. `docs/architecture.md` says
 * what each room holds.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * The rooms of each floor. Rooms of one row may not know one another, and import from the rows
 * above alone. A file on the floor itself is a room too; `*.ts` is one room for all files that no
 * row names.
 */
const floors = {
  src: [
    ['errors.ts', 'folders.ts', 'processes.ts'],
    ['files.ts', 'named.ts'],
    ['autodiff', 'data', 'grid'],
    ['models', 'picture'],
    ['defence'],
    ['attack'],
    ['eval'],
    ['lab', 'index.ts'],
    ['cli'],
  ],
  'src/autodiff': [
    ['kernel'],
    ['tape'],
    ['ops'],
    ['transforms'],
    ['functions'],
    ['compile'],
    ['devices'],
    ['run'],
    ['hypergradient'],
    ['checks'],
    ['index.ts'],
  ],
  'src/autodiff/devices': [
    ['device.ts'],
    ['content-policy.ts'],
    ['reference.ts', 'gpujs', 'simd'],
    ['open.ts'],
  ],
  'src/autodiff/devices/simd': [
    ['convention.ts', 'tuning.ts'],
    ['wasm', 'plan'],
    ['emit'],
    ['compile.ts', 'show-nests.ts'],
    ['show-wasm.ts'],
    ['run'],
    ['simd.ts'],
  ],
  'src/models': [
    ['settings.ts', 'recommender.ts'],
    ['kind.ts'],
    ['factor-model.ts', 'checked.ts'],
    ['training'],
    ['losses'],
    ['*.ts'],
    ['registry.ts'],
    ['index.ts'],
  ],
  'src/defence': [['numerics'], ['features'], ['detectors'], ['defences'], ['index.ts']],
  'src/defence/defences': [['certificate.ts'], ['defence.ts'], ['*.ts'], ['registry.ts']],
  'src/defence/detectors': [['detector.ts'], ['*.ts'], ['registry.ts']],
  'src/attack': [
    ['settings.ts', 'sampling.ts', 'stealth.ts', 'goal.ts', 'clicks.ts'],
    ['genuine-range.ts'],
    ['budget.ts'],
    ['projection.ts', 'objective.ts', 'surrogates.ts'],
    ['update.ts'],
    ['effect.ts'],
    ['learn.ts'],
    ['kind.ts'],
    ['heuristics'],
    ['learned'],
    ['registry.ts'],
    ['index.ts'],
  ],
};

/** Types alone: a tensor names the primitive that made it, and a primitive makes tensors. */
const allowedCycle = ['src/autodiff/tape/primitive.ts', 'src/autodiff/tape/tensor.ts'];

const files = readdirSync('src', { recursive: true })
  .filter((name) => /\.tsx?$/.test(name))
  .map((name) => join('src', name).replaceAll('\\', '/'));

/** The files that a file imports. */
function importsOf(path) {
  const text = readFileSync(path, 'utf8');
  const found = text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g);
  return [...found].map(([, target]) => join(dirname(path), target).replaceAll('\\', '/'));
}

const imports = new Map(files.map((path) => [path, importsOf(path)]));
const wrong = [];

/** The row of a floor that a file lies in, and the room there. */
function roomOf(floor, path) {
  const name = path.slice(floor.length + 1).split('/')[0];
  const rowOf = (room) => floors[floor].findIndex((rooms) => rooms.includes(room));
  const room = rowOf(name) < 0 && /\.tsx?$/.test(name) && rowOf('*.ts') >= 0 ? '*.ts' : name;
  const row = rowOf(room);
  if (row < 0) wrong.push(`${path}: ${floor}/${room} has no place in the order of ${floor}`);
  return { room, row };
}

for (const [path, targets] of imports) {
  for (const floor of Object.keys(floors)) {
    if (!path.startsWith(`${floor}/`)) continue;
    const from = roomOf(floor, path);
    for (const target of targets) {
      if (!target.startsWith(`${floor}/`)) continue;
      const to = roomOf(floor, target);
      if (to.room === from.room || to.row < from.row) continue;
      wrong.push(`${path}: ${from.room} may not import from ${to.room} (${target})`);
    }
  }
}

/** A test stands on its own layer and those below: its row, and that of what it imports. */
const layerRow = (path) => {
  const layer = path.split('/')[1];
  return floors.src.findIndex((rooms) => rooms.includes(layer));
};
const tests = readdirSync('test', { recursive: true })
  .filter((name) => /\.tsx?$/.test(name))
  .map((name) => join('test', name).replaceAll('\\', '/'));
for (const path of tests) {
  const row = layerRow(path);
  // What tests the whole, in folders of no layer, may import all.
  if (row < 0) continue;
  for (const target of importsOf(path)) {
    if (layerRow(target) > row) wrong.push(`${path}: a test of a lower layer imports ${target}`);
  }
}

/** Goes through the imports depth first; a file met again while it is open closes a cycle. */
const state = new Map();
function visit(path, trail) {
  if (state.get(path) === 'done') return;
  if (state.get(path) === 'open') {
    const cycle = trail.slice(trail.indexOf(path));
    if (cycle.some((file) => !allowedCycle.includes(file))) {
      wrong.push(`import cycle: ${[...cycle, path].join(' -> ')}`);
    }
    return;
  }
  state.set(path, 'open');
  for (const target of imports.get(path) ?? []) visit(target, [...trail, path]);
  state.set(path, 'done');
}
for (const path of files) visit(path, []);

for (const line of new Set(wrong)) console.error(line);
process.exitCode = wrong.length > 0 ? 1 : 0;
