/** @file The state of a run: it comes back exactly, and files of others are refused. */

import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { AttackState } from '../../../src/attack/index.ts';
import { RunFolder } from '../../../src/cli/attack/run-folder.ts';
import { npyOf, readArchive, synthetic, writeArchive, writeNpz } from '../../../src/data/index.ts';
import { UserError } from '../../../src/errors.ts';
import { failure, temporaryFolder } from '../../data/temporary.ts';

const root = temporaryFolder();

const state: AttackState = {
  iteration: 2,
  fakes: { rows: 2, columns: 2, bits: Uint8Array.of(0b0010) },
  velocity: Float32Array.of(-0.1, 1 / 3, 1e20, 2 ** -149),
  best: {
    quality: 1 / 3,
    iteration: 1,
    fakes: { rows: 2, columns: 2, bits: Uint8Array.of(0b1001) },
  },
  history: [
    { iteration: 0, loss: 0.1 + 0.2, clicks: 2, seconds: 0.5, figures: { recall: 0.1 } },
    {
      iteration: 1,
      loss: -1e-7,
      clicks: 2,
      seconds: 0.5,
      figures: { targetMeanRank: Number.NaN },
      heldOut: { loss: 0.3, figures: { targetMeanRank: Number.NaN } },
    },
  ],
  settled: false,
};

test('a state comes back bit for bit', async () => {
  const folder = await RunFolder.open(join(root, 'whole'), {});
  assert.is(await folder.load(2, 2), null);
  await folder.save(state);
  assert.equal(await folder.load(2, 2), state);
  const best = { ...state.best, quality: Number.NEGATIVE_INFINITY, iteration: -1 };
  await folder.save({ ...state, best });
  assert.equal(await folder.load(2, 2), { ...state, best });
  await folder.save({ ...state, settled: true });
  assert.is((await folder.load(2, 2))?.settled, true);
  const lines = readFileSync(folder.file('history.jsonl'), 'utf8').trim().split('\n');
  assert.is(lines.length, 2);
  await folder.close();
  assert.equal(readdirSync(folder.path).sort(), ['history.jsonl', 'run.json', 'state.npz']);
});

test('a second run in a folder is refused until the first is closed, in this process or another', async () => {
  const path = join(root, 'shared');
  const folder = await RunFolder.open(path, { seed: 1 });
  const refused = new RegExp(`shared: process ${process.pid} of .* runs in it: wait for its end`);
  // Whether its options are the same or not, nothing of the first run is touched.
  for (const seed of [1, 2]) {
    const error = await failure(RunFolder.open(path, { seed }));
    assert.instance(error, UserError);
    assert.match(error.message, refused);
    assert.equal(readdirSync(path).sort(), ['run.json', 'running.1']);
  }
  await folder.save(state);
  await folder.close();
  await (await RunFolder.open(path, { seed: 1 })).close();
  assert.equal(readdirSync(path).sort(), ['history.jsonl', 'run.json', 'state.npz']);
});

test('a run that left no state leaves nothing, and one of two that begin at once begins', async () => {
  const path = join(root, 'begun');
  const opened = await Promise.allSettled([1, 2, 3].map(() => RunFolder.open(path, { seed: 1 })));
  const begun = opened.filter((each) => each.status === 'fulfilled');
  assert.is(begun.length, 1);
  await begun[0].value.close();
  assert.equal(readdirSync(path), []);
});

test('the lease of a process that is gone, or that was killed while it took it, is taken over', async () => {
  const path = join(root, 'left');
  const gone = spawnSync(process.execPath, ['-e', '']).pid;
  mkdirSync(path);
  const holder = { pid: gone, host: hostname(), started: 'long ago' };
  writeFileSync(join(path, 'running.1'), JSON.stringify(holder));
  await (await RunFolder.open(path, { seed: 1 })).close();
  assert.equal(readdirSync(path), []);
  writeFileSync(join(path, 'running.1'), '');
  const old = Date.now() / 1000 - 60;
  utimesSync(join(path, 'running.1'), old, old);
  await (await RunFolder.open(path, { seed: 1 })).close();
  const elsewhere = { pid: gone, host: 'another-host', started: null };
  writeFileSync(join(path, 'running.1'), JSON.stringify(elsewhere));
  const error = await failure(RunFolder.open(path, { seed: 1 }));
  assert.match(error.message, /of another-host runs in it.*if it is gone, delete .*left.running/);
});

test('a state of another version, of other data, or of no run is refused in one line', async () => {
  const folder = await RunFolder.open(join(root, 'spoilt'), {});
  const path = folder.file('state.npz');
  const spoilt: readonly [() => Promise<void> | void, RegExp][] = [
    [() => writeFileSync(folder.file('state.bin'), 'v8'), /state\.bin: not the state of this run/],
    [
      () => writeFileSync(path, 'no zip'),
      /state\.npz: not the state of this run \(not an \.npz file/,
    ],
    [
      () => writeNpz(path, synthetic({ users: 3, fakes: 2, items: 4, seed: 1 }).fakes),
      /member meta/,
    ],
    [() => saveWith(folder, { version: 1 }), /state\.npz: not the state.*version/],
    [() => saveWith(folder, { history: [{}] }), /meta: field history\.0\.iteration/],
    [
      () => folder.save({ ...state, velocity: new Float32Array(5) }),
      /velocity has 5 numbers, not 4/,
    ],
  ];
  for (const [spoil, message] of spoilt) {
    await spoil();
    const error = await failure(folder.load(2, 2));
    assert.instance(error, UserError);
    assert.match(error.message, message);
    assert.not.match(error.message, '\n');
  }
});

/** Saves the state with some of its description changed. */
async function saveWith(folder: RunFolder, changes: object): Promise<void> {
  await folder.save(state);
  const path = folder.file('state.npz');
  const archive = await readArchive(path, 'a state');
  const meta = JSON.stringify({ ...JSON.parse(archive.text('meta')), ...changes });
  const arrays = ['fakes', 'velocity', 'best'].map((name) => [name, npyOf(archive.numbers(name))]);
  const members = { ...Object.fromEntries(arrays), meta: npyOf({ shape: [], data: meta }) };
  await writeArchive(path, members, 'stored');
}

test('a folder whose run.json is broken or of other options is refused', async () => {
  const path = join(root, 'options');
  const first = await RunFolder.open(path, { seed: 1 });
  await first.save(state);
  await first.close();
  assert.ok(existsSync(join(path, 'run.json')));
  const other = await failure(RunFolder.open(path, { seed: 2 }));
  assert.match(other.message, /holds a run with seed 1, not 2/);
  await (await RunFolder.open(path, { seed: 2 }, { growing: 'seed' })).close();
  const fewer = await failure(RunFolder.open(path, { seed: 1 }, { growing: 'seed' }));
  assert.match(fewer.message, /holds a run with seed 2, which may only grow/);
  writeFileSync(join(path, 'run.json'), '{');
  const broken = await failure(RunFolder.open(path, { seed: 2 }));
  assert.match(broken.message, /run\.json: not JSON/);
});

test('an option that an earlier version has not noted is noted when its run resumes', async () => {
  const path = join(root, 'added');
  const first = await RunFolder.open(path, { seed: 1 });
  await first.save(state);
  await first.close();
  const open = (blockUsers: number) =>
    RunFolder.open(path, { seed: 1, blockUsers }, { added: 'blockUsers' });
  await (await open(64)).close();
  await (await open(64)).close();
  const other = await failure(open(65));
  assert.match(other.message, /holds a run with blockUsers 64, not 65/);
});

test.run();
