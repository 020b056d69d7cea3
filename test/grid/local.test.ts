import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  defineCell,
  Grid,
  type GridStatus,
  localExecutor,
  runGrid,
  statesOf,
} from '../../src/grid/index.ts';
import { crash, number, steps, sum, work } from './kinds.ts';
import {
  local,
  messageOf,
  program,
  runnerProgram,
  smallGrid,
  storeIn,
  until,
  withFolder,
  workCells,
  workResult,
} from './setup.ts';

/** The numbers of lines that begin so. */
const count = (lines: string[], start: string) =>
  lines.filter((line) => line.startsWith(start)).length;

/** Whether a process is there and no zombie. */
function isRunning(pid: number): boolean {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return !'ZX'.includes(text.slice(text.lastIndexOf(')') + 2)[0]);
  } catch {
    return false;
  }
}

test('a grid runs in order, its results and files go to those who take them, and nothing runs twice', () =>
  withFolder(async (folder, log) => {
    const store = await storeIn(folder);
    const { three, eight, cells } = smallGrid();
    const statuses: GridStatus[] = [];
    const onStatus = (status: GridStatus) => statuses.push(status);
    const grid = new Grid([...cells].reverse());
    const outcome = await runGrid(grid, store, localExecutor(local()), { onStatus });
    assert.equal([outcome.done.length, outcome.failed, outcome.blocked], [4, [], []]);
    assert.equal(await store.result(three), { value: 3, text: 'number 1\nnumber 2\n' });
    const text = 'number 1\nsum 3 of\nnumber 1\nnumber 2\n';
    assert.equal(await store.result(eight), { value: 8, text });
    assert.equal(await store.verify(), []);
    assert.equal([statuses[0].total, statuses[0].done, statuses.at(-1)!.done], [4, 0, 4]);
    assert.ok(statuses.every(({ running }) => running.length <= 2));
    assert.is(statuses.at(-1)!.secondsLeft, 0);
    assert.equal(readdirSync(join(folder, 'store', 'work', 'leases')), []);
    const before = log();
    assert.is(before.length, 6);
    assert.is((await runGrid(grid, store, localExecutor(local()))).done.length, 4);
    assert.equal(log(), before);
    // The end of the graph alone is lost: it alone is computed again.
    rmSync(store.cellPath(eight.id));
    await runGrid(grid, store, localExecutor(local()));
    assert.equal(log().slice(6), ['sum 8']);
  }));

test('failures are noted with their messages, block what takes their results, and stop nothing else', () =>
  withFolder(async (folder, log) => {
    const store = await storeIn(folder);
    const ways = ['throw', 'exit', 'kill', 'not-json', 'no-file'] as const;
    const crashes = ways.map((how) => defineCell(crash, { how }));
    const one = defineCell(number, { value: 1 });
    const after = crashes.map((cell) => defineCell(sum, { scale: 1 }, { cell, one }));
    const last = defineCell(sum, { scale: 1 }, { first: after[0] });
    const grid = new Grid([...crashes, ...after, last, one]);
    const outcome = await runGrid(grid, store, localExecutor(local()));
    assert.equal(outcome.done, [one]);
    assert.equal(new Set(outcome.blocked), new Set([...after, last]));
    const messages = new Map(
      outcome.failed.map(({ cell, failure }) => [cell.config.how, failure.message]),
    );
    assert.is(messages.get('throw'), 'it was to fail');
    assert.is(messages.get('exit'), 'its process ended with 3 before the cell was done');
    assert.is(messages.get('kill'), 'its process ended by SIGKILL before the cell was done');
    assert.match(messages.get('not-json')!, 'result.value is NaN');
    assert.is(messages.get('no-file'), 'crash did not write its file number.txt');
    for (const { failure } of outcome.failed) assert.match(failure.details, 'last words');
    assert.match((await store.failure(crashes[0].id))!.details, /Error: it was to fail\n +at /);

    const states = (await statesOf(grid, store)).map(({ state }) => state);
    const expected = [...ways.map(() => 'failed'), 'done', ...ways.map(() => 'blocked'), 'blocked'];
    assert.equal([...states].sort(), expected.sort());

    // Without being asked it tries none of them again; then all, and what waited for them.
    const before = log().length;
    assert.is((await runGrid(grid, store, localExecutor(local()))).failed.length, 5);
    assert.is(log().length, before);
    writeFileSync(join(folder, 'cure'), '');
    const cured = await runGrid(grid, store, localExecutor(local()), { retry: true });
    assert.equal([cured.done.length, cured.failed, cured.blocked], [12, [], []]);
    assert.equal(readdirSync(join(folder, 'store', 'failures')), []);
  }));

test('damaged files stop the run before it begins, by name, and are redone when asked', () =>
  withFolder(async (folder, log) => {
    const store = await storeIn(folder);
    const { one, two, cells } = smallGrid();
    const grid = new Grid(cells);
    const run = (redo: boolean) => runGrid(grid, store, localExecutor(local()), { redo });
    await run(false);
    const good = readFileSync(store.cellPath(one.id), 'utf8');
    writeFileSync(store.cellPath(one.id), good.slice(0, 200));
    const file = (await store.read(two.id))!.files['number.txt'];
    writeFileSync(store.filePath('number.txt', file), 'number 3\n');
    const before = log().length;
    const message = await messageOf(run(false));
    assert.match(message, `${store.cellPath(one.id)} is damaged: not JSON`);
    assert.match(message, 'run its cell again (--redo)');
    assert.is(log().length, before);
    assert.is((await run(true)).done.length, 4);
    assert.equal(await store.verify(), []);
    assert.is(count(log().slice(before), 'end number'), 2);
    assert.is(log().length, before + 4, 'nothing else was computed again');
  }));

test('a damaged file is not taken as an input', () =>
  withFolder(async (folder) => {
    const store = await storeIn(folder);
    const { one, eight, cells } = smallGrid();
    await runGrid(new Grid(cells), store, localExecutor(local()));
    rmSync(store.cellPath(eight.id));
    const file = (await store.read(one.id))!.files['number.txt'];
    writeFileSync(store.filePath('number.txt', file), 'number 3\n');
    const run = runGrid(new Grid(cells), store, localExecutor(local()));
    const message = await messageOf(run);
    assert.match(message, `${file}.txt (number.txt of number) is damaged`);
    assert.is(await store.read(eight.id), null);
    assert.equal(readdirSync(join(folder, 'store', 'work', 'leases')), []);
  }));

test('one cell runs alone, once its inputs are there', () =>
  withFolder(async (folder, log) => {
    const store = await storeIn(folder);
    const { one, two, three, cells } = smallGrid();
    const grid = new Grid(cells);
    const run = (only: typeof one) => runGrid(grid, store, localExecutor(local()), { only });
    const message = await messageOf(run(three as never));
    assert.match(message, 'takes results that are not there: run first number');
    assert.match(message, '(the number 1): ready, number');
    assert.equal((await run(one)).done, [one]);
    // A cell is its id: another object of the same configuration is the same cell.
    assert.equal((await run(smallGrid().two)).done, [two]);
    assert.equal((await run(three as never)).done, [three]);
    assert.equal(log().at(-1), 'sum 3');
    assert.is(log().length, 5);
    const failing = defineCell(crash, { how: 'throw' });
    for (let round = 0; round < 2; round++) {
      await runGrid(new Grid([failing]), store, localExecutor(local()), { only: failing });
    }
    assert.is(count(log(), 'crash throw'), 2);
  }));

test('cells that cannot run here are refused before anything runs', () =>
  withFolder(async (folder, log) => {
    const store = await storeIn(folder);
    const cell = defineCell(number, { value: 1, digest: 'abc', bytes: 3e9 });
    const run = (options: object) => {
      const executor = localExecutor(local(options));
      return runGrid(new Grid([defineCell(number, { value: 0 }), cell]), store, executor);
    };
    const refusal = (options: object) => messageOf(run(options));
    const other = { data: { def: '/data/def' }, memory: 4e9 };
    assert.match(await refusal(other), 'digest abc, and /data/def has def: name the folder');
    assert.match(await refusal({ memory: 4e9 }), 'digest abc, and there is none');
    const little = { data: { abc: '/data/abc' }, memory: 2e9 };
    assert.match(await refusal(little), 'it needs 3.00 GB of memory, and cells may have 2.00 GB');
    const older = { kinds: [{ ...number, version: 9 }] };
    assert.match(await refusal(older), 'of version 1 of the kind number, and here is version 9');
    assert.equal(log(), []);
    await run({ data: { abc: '/data/abc' }, memory: 4e9 });
    assert.ok(log().includes('data /data/abc'));
  }));

test('cells that say how much memory they need run at once only as far as it goes', () =>
  withFolder(async (folder, log) => {
    const store = await storeIn(folder);
    const cells = [1, 2, 3].map((value) => defineCell(number, { value, bytes: 3e9, wait: 0.3 }));
    await runGrid(new Grid(cells), store, localExecutor(local({ jobs: 3, memory: 5e9 })));
    const events = log().map((line) => line.split(' ')[0]);
    assert.equal(events, ['begin', 'end', 'begin', 'end', 'begin', 'end']);
    const others = [4, 5].map((value) => defineCell(number, { value, bytes: 2e9, wait: 4 }));
    await runGrid(new Grid(others), store, localExecutor(local({ jobs: 3, memory: 5e9 })));
    assert.equal(
      log()
        .slice(6)
        .map((line) => line.split(' ')[0]),
      ['begin', 'begin', 'end', 'end'],
    );
  }));

/** Starts a process that runs the grid of work cells. */
function runner(folder: string, jobs = 2, cells = 6, steps = 3e8): ChildProcess {
  const numbers = [jobs, cells, steps].map(String);
  const args = [runnerProgram, join(folder, 'store'), program.module, ...numbers];
  return spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
}

async function outputOf(child: ChildProcess) {
  const parts: Buffer[] = [];
  child.stdout!.on('data', (part) => parts.push(part));
  const [status] = await once(child, 'close');
  return { status, output: Buffer.concat(parts).toString() };
}

/** The processes that have begun to work. */
const workers = (lines: string[]) =>
  lines.flatMap((line) => (/^begin work/.test(line) ? [Number(line.split(' ')[3])] : []));

test('a runner that is killed costs the cells that it ran, and no others', () =>
  withFolder(async (folder, log) => {
    const first = runner(folder);
    await until(() => count(log(), 'end work') >= 2 && count(log(), 'begin work') >= 4);
    const ended = once(first, 'exit');
    first.kill('SIGKILL');
    await ended;
    const begun = workers(log());
    const store = await storeIn(folder);
    const done = readdirSync(join(folder, 'store', 'cells')).length;
    assert.ok(done >= 1 && done < 6, `${done} cells are done`);
    const outcome = await runGrid(new Grid(workCells()), store, localExecutor(local()));
    assert.is(outcome.done.length, 6);
    for (const cell of workCells()) assert.equal(await store.result(cell), workResult(cell));
    // What was done is not done again: what began and is not there was begun once more.
    assert.is(workers(log()).length - begun.length, 6 - done);
    assert.equal(readdirSync(join(folder, 'store', 'work')), ['leases']);
    assert.equal(readdirSync(join(folder, 'store', 'work', 'leases')), []);
  }));

test('a process that computes ends with its runner, however busy it is', () =>
  withFolder(async (folder, log) => {
    // It would take half a minute.
    const first = runner(folder, 1, 1, 2e10);
    await until(() => workers(log()).length === 1);
    first.kill('SIGKILL');
    await until(() => !workers(log()).some(isRunning), 10);
    assert.is(log().length, 1);
  }));

test('Ctrl-C stops what is running, keeps what is done, and leaves no lease', () =>
  withFolder(async (folder, log) => {
    const first = runner(folder);
    const ending = outputOf(first);
    await until(() => count(log(), 'end work') >= 1 && count(log(), 'begin work') >= 3);
    first.kill('SIGINT');
    const { status, output } = await ending;
    assert.is(status, 0);
    const { done, stopped } = JSON.parse(output);
    assert.ok(stopped && done >= 1 && done < 6, output);
    assert.not.ok(workers(log()).some(isRunning));
    assert.is(readdirSync(join(folder, 'store', 'cells')).length, done);
    assert.equal(readdirSync(join(folder, 'store', 'work')), ['leases']);
    assert.equal(readdirSync(join(folder, 'store', 'work', 'leases')), []);
    assert.equal(readdirSync(join(folder, 'store', 'failures')), []);
  }));

test('two runners on one store share the cells, and each is computed once', () =>
  withFolder(async (folder, log) => {
    const ends = await Promise.all([runner(folder, 1), runner(folder, 1)].map(outputOf));
    for (const { output } of ends) assert.equal(JSON.parse(output), { done: 6, stopped: false });
    assert.is(count(log(), 'begin work'), 6);
    const store = await storeIn(folder);
    for (const cell of workCells()) assert.equal(await store.result(cell), workResult(cell));
  }));

test('a process that is killed costs its cell, and no other', () =>
  withFolder(async (folder, log) => {
    const store = await storeIn(folder);
    const cells = [0, 1].map((seed) => defineCell(work, { steps: 1e9, seed }));
    const run = runGrid(new Grid(cells), store, localExecutor(local()));
    await until(() => workers(log()).length === 2);
    const victim = log().find((line) => line.startsWith('begin work 0'))!;
    process.kill(Number(victim.split(' ')[3]), 'SIGKILL');
    const { done, failed } = await run;
    assert.equal(done, [cells[1]]);
    assert.is(failed[0].failure.message, 'its process ended by SIGKILL before the cell was done');
  }));

test('a cell that was killed goes on from the state that it kept, which is gone once it is done', () =>
  withFolder(async (folder, log) => {
    const store = await storeIn(folder);
    const cell = defineCell(steps, { to: 5, end: 3 });
    const grid = new Grid([cell]);
    const { failed } = await runGrid(grid, store, localExecutor(local()));
    assert.is(failed[0].failure.message, 'its process ended by SIGKILL before the cell was done');
    assert.equal(readdirSync(store.states(cell.id)), ['count.txt']);
    const { done } = await runGrid(grid, store, localExecutor(local()), { retry: true });
    assert.equal(done, [cell]);
    assert.equal(await store.result(cell), { value: 5 });
    // It says that the run that was killed took a second a number.
    assert.ok((await store.read(cell.id))!.seconds > 3);
    assert.equal(log(), ['count from 0', 'count from 3']);
    assert.equal(readdirSync(join(folder, 'store', 'work', 'states')), []);
  }));

test('a program that computes no cells is a failure that shows what it said', () =>
  withFolder(async (folder) => {
    const store = await storeIn(folder);
    const one = defineCell(number, { value: 1 });
    const broken = local({ program: { module: join(folder, 'missing.js') } });
    const { failed } = await runGrid(new Grid([one]), store, localExecutor(broken));
    assert.match(failed[0].failure.message, 'its process ended with 1 before the cell was done');
    assert.match(failed[0].failure.details, 'missing.js');
    const alone = spawn(process.execPath, ['--import', 'tsx', program.module]);
    let said = '';
    alone.stderr.on('data', (part) => {
      said += part;
    });
    await once(alone, 'close');
    assert.match(said, 'this program computes a cell for the grid that starts it');
  }));

test.run();
