import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { duration, statusNote } from '../../src/cli/grid/progress.ts';
import { byteSize, checkpoints } from '../../src/cli/values.ts';
import { testWithRedis } from '../grid/redis.ts';
import { bundled, until, withFolder } from '../grid/setup.ts';

const program = bundled('../cli/grid-program');

/** Starts the command line of the tests. */
function start(...args: string[]) {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const text = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].on('data', (part) => {
      text[name] += part;
    });
  }
  const end = once(child, 'close').then(([status]) => ({ status, ...text }));
  return { child, text, end };
}

const run = (...args: string[]) => start('run', ...args).end;

test('a grid is listed, a cell of it run alone, and the rest', () =>
  withFolder(async (folder, log) => {
    const out = ['--out', join(folder, 'store')];
    const listed = await run('small', ...out, '--list');
    const lines = listed.stdout.trimEnd().split('\n');
    const form = /^([0-9a-f]{12})  (\w+) +(\w+)  (.*)$/;
    const cells = lines.map((line) => form.exec(line)!.slice(1));
    assert.equal(
      cells.map(([, ...rest]) => rest),
      [
        ['ready', 'number', 'the number 1'],
        ['ready', 'number', 'the number 2'],
        [
          'waiting',
          'sum',
          `scale=1, ${cells
            .slice(0, 2)
            .map(([id], i) => `${['one', 'two'][i]} ${id}`)
            .join(', ')}`,
        ],
      ],
    );
    const early = await run('small', ...out, '--cell', cells[2][0]);
    assert.is(early.status, 2);
    assert.match(early.stderr, 'takes results that are not there: run first number');
    const unknown = await run('small', ...out, '--cell', 'xyz');
    assert.match(unknown.stderr, 'error: no cell of this grid has the id xyz');
    const alone = await run('small', ...out, '--cell', cells[0][0]);
    assert.equal([alone.status, alone.stdout], [0, 'cells done: 1\n']);
    assert.equal(log(), ['begin number 1', 'end number 1']);
    const all = await run('small', ...out, '--jobs', '1');
    assert.equal([all.status, all.stdout], [0, 'cells done: 3\n']);
    const json = await run('small', ...out, '--list', '--json');
    const states = JSON.parse(json.stdout).cells.map(({ state }: { state: string }) => state);
    assert.equal(states, ['done', 'done', 'done']);
  }));

test('failures are named, end with status 1, and are tried again when asked', () =>
  withFolder(async (folder) => {
    const out = ['--out', join(folder, 'store')];
    const first = await run('crash', ...out);
    assert.is(first.status, 1);
    assert.match(first.stdout, /^failed: crash [0-9a-f]{12} \(how=throw\): it was to fail$/m);
    assert.match(first.stdout, 'cells done: 3, failed: 1 (--retry runs them again)');
    const listed = await run('crash', ...out, '--list');
    assert.match(listed.stdout, /failed +crash {2}how=throw {2}\[it was to fail\]/);
    writeFileSync(join(folder, 'cure'), '');
    assert.is((await run('crash', ...out)).status, 1);
    assert.equal((await run('crash', ...out, '--retry')).stdout, 'cells done: 4\n');
  }));

for (const [signal, expected] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  test(`${signal} ends with status ${expected} and says how to go on`, () =>
    withFolder(async (folder, log) => {
      const { child, end } = start('run', 'long', '--out', join(folder, 'store'), '--jobs', '1');
      await until(() => log().some((line) => line.startsWith('begin work 2')));
      child.kill(signal);
      const { status, stdout } = await end;
      assert.is(status, expected);
      const done = log().filter((line) => line.startsWith('end work')).length;
      const rest = 'the rest was stopped: the same command goes on from here';
      assert.is(stdout, `cells done: ${done}, ${rest}\n`);
    }));
}

testWithRedis(test, 'a worker takes cells from a queue, of data that it has', (redis) =>
  withFolder(async (folder, log) => {
    const out = ['--out', join(folder, 'store'), '--queue', redis.url];
    const grid = start('run', 'data', ...out);
    await until(() => grid.text.stdout.includes('where workers are: 0'));
    assert.match(grid.text.stdout, `start some: hypertape worker --queue ${redis.url}`);
    const wrong = await start('worker', '--queue', redis.url, '--data', 'b', '--jobs', '1').end;
    assert.is(wrong.status, 2);
    assert.match(wrong.stderr, 'digest of a, and b has digest of b: name the folder');
    const worker = start('worker', '--queue', redis.url, '--data', 'b', 'a');
    const { status, stdout } = await grid.end;
    assert.equal([status, stdout.trimEnd().split('\n').at(-1)], [0, 'cells done: 3']);
    assert.ok(log().includes('data a'));
    worker.child.kill('SIGINT');
    const { status: ended, stdout: lines } = await worker.end;
    assert.is(ended, 0);
    // What the first one could do it may have done before it met the other data.
    assert.is((wrong.stdout + lines).match(/is done, \d+\.\d s$/gm)?.length, 3);
  }),
);

test('a queue that is not there is an error that names it', () =>
  withFolder(async (folder) => {
    const { status, stderr } = await run(
      'small',
      '--out',
      folder,
      '--queue',
      'redis://127.0.0.1:1',
    );
    assert.is(status, 2);
    assert.match(stderr, 'error: no Redis at redis://127.0.0.1:1 (');
  }));

test('sizes, durations and rates are written as people read them', () => {
  assert.is(byteSize('1.5GB'), 1.5e9);
  assert.is(byteSize('20MB'), 2e7);
  for (const text of ['4', '0GB', 'GB', '-1MB', '4TB']) assert.throws(() => byteSize(text));
  assert.equal([checkpoints('8'), checkpoints('1.5GB')], [8, { bytes: 1.5e9 }]);
  for (const text of ['0', '0GB', '1.5', 'GB', '1e3']) assert.throws(() => checkpoints(text));
  assert.equal([0.4, 75, 3600, 7260].map(duration), [
    '0 s',
    '1 min 15 s',
    '1 h 0 min',
    '2 h 1 min',
  ]);
  const status = { total: 9, done: 1, failed: 0, blocked: 0, running: [], rate: 0 };
  assert.is(statusNote({ ...status, secondsLeft: null }), '0 running, time left unknown');
  const slow = { ...status, failed: 1, blocked: 2, rate: 1 / 600, secondsLeft: 90 };
  assert.is(statusNote(slow), '0 running, 1 failed, 2 blocked, 6.0/h, 1 min 30 s left');
});

test.run();
