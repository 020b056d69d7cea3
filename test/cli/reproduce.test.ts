/** @file `reproduce` as built: lists, what it refuses, kills and workers, and its report. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { testWithRedis } from '../grid/redis.ts';
import { hypertape, jsonOf } from './command.ts';

/** Six cells, of about a second each. */
const grid = ['reproduce', 'fig3', 'fig4a', '--quick', '--seeds', '2'];

async function withFolder(run: (folder: string) => Promise<void> | void): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'hypertape-reproduce-'));
  try {
    await run(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 20 });
  }
}

const start = (...args: string[]) =>
  spawn(process.execPath, ['dist/cli.js', ...args], { stdio: ['ignore', 'ignore', 'inherit'] });

/** Of a store, all files without the lines that may differ, by name. */
function contentsOf(store: string): Map<string, string> {
  const read = (folder: string) =>
    readdirSync(join(store, folder)).map((name): [string, string] => {
      const text = readFileSync(join(store, folder, name), 'latin1');
      return [name, text.replace(/^"(seconds|machine|finished)": .*$/gm, '')];
    });
  return new Map([...read('cells'), ...read('files')].sort());
}

/** A report without the times that cells took. */
const timeless = (folder: string): string =>
  readFileSync(join(folder, 'report.html'), 'utf8').replace(/in \d+ seconds/g, '');

test('cells are listed, the same one of two experiments once', () =>
  withFolder((folder) => {
    const listed = hypertape(...grid, '--results', folder, '--list', '--json');
    const { cells } = jsonOf(listed);
    assert.is(cells.length, 6);
    assert.ok(cells.every(({ state }: { state: string }) => state === 'ready'));
    const alone = hypertape(...grid, '--results', folder, '--cell', cells[4].id, '--quiet');
    assert.is(alone.status, 0, alone.stderr);
    const states = jsonOf(hypertape(...grid, '--results', folder, '--list', '--json')).cells;
    assert.equal(
      states.map(({ state }: { state: string }) => state),
      ['ready', 'ready', 'ready', 'ready', 'done', 'ready'],
    );
  }));

test('names and missing data are refused', () => {
  const unknown = hypertape('reproduce', 'fig9');
  assert.is(unknown.status, 2);
  assert.match(unknown.stderr, 'error: there is no experiment fig9: there are fig3, ');
  const noData = hypertape('reproduce', 'fig3', 'table1');
  assert.is(noData.status, 2);
  assert.match(noData.stderr, 'error: table1 is made on data: give --data DIR');
  const nowhere = hypertape('reproduce', 'fig3', '--report');
  assert.is(nowhere.status, 2);
  assert.match(nowhere.stderr, 'error: --report writes a report: give --out DIR');
});

test('more seeds are refused than tuning leaves to the figures', () => {
  const all = hypertape('reproduce', 'fig4b', 'tuning', '--seeds', '101', '--list');
  assert.is(all.status, 2);
  assert.match(all.stderr, /tuning has seeds from 101 on.*give --seeds 100 at most/);
});

test('attacks published beside the data of --data are read, where both have the same clicks', () =>
  withFolder((folder) => {
    const [data, published] = [join(folder, 'data'), join(folder, 'published')];
    const size = ['--users', '300', '--items', '120', '--fakes', '10'];
    assert.is(hypertape('data', 'synthetic', '--out', published, ...size).status, 0);
    mkdirSync(data);
    for (const name of ['train.csv', 'test.csv', 'meta.json']) {
      cpSync(join(published, name), join(data, name));
    }
    const study = ['reproduce', 'detection', '--quick', '--data', data, '--published', published];
    const store = ['--results', join(folder, 'store')];
    const { cells } = jsonOf(hypertape(...study, ...store, '--list', '--json'));
    const { id } = cells.find(({ kind }: { kind: string }) => kind === 'features');
    const run = hypertape(...study, ...store, '--cell', id, '--json');
    assert.is(run.status, 0, run.stderr + run.stdout);
    const report = hypertape(...study, ...store, '--report', '--out', folder);
    assert.is(report.status, 0, report.stderr);
    const page = readFileSync(join(folder, 'report.html'), 'utf8');
    assert.match(page, 'detection --quick --data DIR --published DIR --results DIR</pre>');
    const worker = ['worker', '--queue', 'redis://127.0.0.1:1', '--data', data, published];
    const both = hypertape(...worker);
    assert.is(both.status, 2);
    assert.match(both.stderr, `--data: ${data} and ${published} hold the same data: name one`);
    const few = join(folder, 'few');
    hypertape('data', 'synthetic', '--out', few, '--users', '300', '--items', '60');
    const short = hypertape('reproduce', 'table1', '--data', few, ...store, '--list');
    assert.is(short.status, 2);
    assert.match(short.stderr, /few has \d head items.*draw 5 targets.*more items \(--data\)/);
    assert.not.match(short.stderr, '--targets');
  }));

test('a run that is killed goes on to the same store and the same report', () =>
  withFolder(async (folder) => {
    const options = (name: string) => [
      ...['--results', join(folder, name), '--out', join(folder, `${name}-report`)],
      ...['--jobs', '1', '--quiet'],
    ];
    assert.is(hypertape(...grid, ...options('whole')).status, 0);
    const killed = start(...grid, ...options('killed'));
    const end = once(killed, 'close');
    // At a moment that is another one in each run of this test, some cells done and some not.
    const cells = join(folder, 'killed', 'cells');
    const done = () => (existsSync(cells) ? readdirSync(cells).length : 0);
    while (done() < 1) await pause(10);
    await pause(400 * Math.random());
    killed.kill('SIGKILL');
    await end;
    assert.ok(done() < 6, 'it was done before it was killed');
    assert.is(hypertape(...grid, ...options('killed')).status, 0);
    assert.equal(contentsOf(join(folder, 'killed')), contentsOf(join(folder, 'whole')));
    assert.is(timeless(join(folder, 'killed-report')), timeless(join(folder, 'whole-report')));
  }));

test('the report is a page of its own, and says which cells are missing', () =>
  withFolder((folder) => {
    const options = ['--results', join(folder, 'store'), '--out', folder, '--quiet'];
    const { cells } = jsonOf(hypertape(...grid, ...options, '--list', '--json'));
    // A cell of Figure 4(a) alone.
    hypertape(...grid, ...options, '--cell', cells[1].id);
    const page = readFileSync(join(folder, 'report.html'), 'utf8');
    assert.match(page, 'Nothing of this is measured yet');
    assert.match(page, 'Missing cells: 5');
    assert.not.match(page, /<script|<link|<img|@import|url\((?!#)/);
    assert.not.match(page, /NaN|undefined|Infinity/);
    for (const source of ['Figure 3', 'Figure 4(a)']) assert.match(page, `${source}: `);
    const again = ['--results', join(folder, 'store'), '--out', join(folder, 'again'), '--report'];
    assert.is(hypertape(...grid, ...again).status, 0);
    assert.is(readdirSync(join(folder, 'store', 'cells')).length, 1);
    assert.is(readFileSync(join(folder, 'again', 'report.html'), 'utf8'), page);
  }));

testWithRedis(test, 'two workers make the store that processes here make', (redis) =>
  withFolder(async (folder) => {
    const options = (name: string) => ['--results', join(folder, name), '--quiet'];
    assert.is(hypertape(...grid, ...options('here')).status, 0);
    const worker = () => start('worker', '--queue', redis.url, '--jobs', '1', '--quiet');
    const workers = [worker(), worker()];
    const ends = workers.map((child) => once(child, 'close'));
    const run = hypertape(...grid, ...options('queue'), '--queue', redis.url);
    for (const child of workers) child.kill('SIGINT');
    await Promise.all(ends);
    assert.is(run.status, 0, run.stderr);
    assert.equal(contentsOf(join(folder, 'queue')), contentsOf(join(folder, 'here')));
  }),
);

test.run();
