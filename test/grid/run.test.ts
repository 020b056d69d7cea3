/** @file Runs of a grid beside others on the same store, and beside what kills and damage leave. */

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { UserError } from '../../src/errors.ts';
import {
  type CellKind,
  defineCell,
  type Executor,
  Grid,
  runGrid,
  statesOf,
  type Task,
} from '../../src/grid/index.ts';
import { messageOf, storeIn, until, withFolder } from './setup.ts';

const machine = { cpu: 'c', cores: 1, memory: 1, node: 'v', platform: 'p' };
const facts = { seconds: 1, machine };
const kind: CellKind<{ name: string }, string> = { name: 'named', version: 1, run: () => '' };
const cellOf = (name: string, inputs = {}) => defineCell(kind, { name }, inputs);

/** An executor of this process, one cell at once, whose cells do what they are told. */
const executor = (work: (name: string, task: Task) => unknown = () => {}): Executor => ({
  capacity: 1,
  refusal: () => null,
  async run(task, _signal, onStart) {
    onStart();
    const name = `${task.config.name}`;
    await work(name, task);
    return { result: name, files: readdirSync(task.folder), ...facts };
  },
});

const namesOf = (cells: readonly { readonly config: object }[]) =>
  cells.map(({ config }) => (config as { name: string }).name).sort();

/** The leases of a store. */
const leasesIn = (folder: string) => readdirSync(join(folder, 'store', 'work', 'leases'));

test('what another process finishes in between makes ready what takes it', () =>
  withFolder(async (folder) => {
    const [store, other] = [await storeIn(folder), await storeIn(folder)];
    const [long, attack] = [cellOf('long'), cellOf('attack')];
    const victim = cellOf('victim', { attack });
    const last = cellOf('last', { victim });
    const ran: string[] = [];
    const outcome = await runGrid(
      new Grid([long, attack, victim, last]),
      store,
      executor(async (name) => {
        ran.push(name);
        // The other one does two of the cells, the second of which is ready by the first.
        if (name === 'long') await runGrid(new Grid([attack, victim]), other, executor());
      }),
    );
    assert.equal(ran, ['long', 'last']);
    assert.equal(namesOf(outcome.done), ['attack', 'last', 'long', 'victim']);
    assert.not.ok(outcome.stopped);
  }));

test('two runners of one grid both come to its end, whoever runs what', () =>
  withFolder(async (folder) => {
    for (let round = 0; round < 20; round++) {
      const attack = cellOf(`attack ${round}`);
      const victims = ['a', 'b'].map((name) => cellOf(`${name} ${round}`, { attack }));
      const grid = new Grid([cellOf(`long ${round}`), attack, ...victims]);
      const ran: string[] = [];
      const run = async () => {
        const pause = () => new Promise((resolve) => setTimeout(resolve, 5 * Math.random()));
        const work = async (name: string) => {
          ran.push(name);
          await pause();
        };
        return runGrid(grid, await storeIn(folder), executor(work));
      };
      for (const { done, stopped } of await Promise.all([run(), run()])) {
        assert.equal([done.length, stopped], [4, false]);
      }
      assert.is(new Set(ran).size, ran.length, 'a cell ran twice');
    }
  }));

test('a signal alone stops a run', () =>
  withFolder(async (folder) => {
    const store = await storeIn(folder);
    const stop = new AbortController();
    const grid = new Grid([cellOf('a'), cellOf('b')]);
    const run = runGrid(
      grid,
      store,
      executor(() => stop.abort()),
      { signal: stop.signal },
    );
    const { done, stopped } = await run;
    assert.equal([namesOf(done), stopped], [['a'], true]);
    assert.equal(leasesIn(folder), []);
  }));

/** Gives a failure on file a date, in hours from now. */
function redate(folder: string, id: string, hours: number): void {
  const path = join(folder, 'store', 'failures', `${id}.json`);
  const date = new Date(Date.now() + 3600e3 * hours).toISOString();
  const text = readFileSync(path, 'utf8');
  writeFileSync(path, text.replace(/"finished": "[^"]*"/, `"finished": "${date}"`));
}

test('a failure of before is tried again, and one of now counts, whatever the clocks say', () =>
  withFolder(async (folder) => {
    const store = await storeIn(folder);
    const [a, b] = [cellOf('a'), cellOf('b')];
    const fail = (cell: typeof a, message: string) =>
      store.fail(cell, { message, details: '', ...facts });
    await fail(a, 'of before');
    redate(folder, a.id, 1);
    const only = await runGrid(new Grid([a]), store, executor(), { only: a });
    assert.equal(namesOf(only.done), ['a']);
    await fail(b, 'of before');
    redate(folder, b.id, 1);
    // The machine of another process, whose clock is a day behind, fails at it meanwhile.
    const first = cellOf('first');
    const outcome = await runGrid(
      new Grid([first, b]),
      store,
      executor(async (name) => {
        assert.is(name, 'first');
        await fail(b, 'of now');
        redate(folder, b.id, -24);
      }),
      { retry: true },
    );
    assert.equal([namesOf(outcome.done), outcome.failed[0].failure.message], [['first'], 'of now']);
  }));

test('a lease is given back where a cell cannot begin', () =>
  withFolder(async (folder) => {
    const store = await storeIn(folder);
    const [a, b] = [cellOf('a'), cellOf('b')];
    const { scratch } = store;
    store.scratch = () => Promise.reject(new UserError('cannot make the folder: the disk is full'));
    assert.match(await messageOf(runGrid(new Grid([a]), store, executor())), 'the disk is full');
    assert.equal(leasesIn(folder), []);
    store.scratch = scratch;
    assert.is((await runGrid(new Grid([a]), store, executor())).done.length, 1);
    // Another process leaves half of a record behind.
    const first = cellOf('first');
    const spoil = executor((name) => name === 'first' && writeFileSync(store.cellPath(b.id), '{'));
    const message = await messageOf(runGrid(new Grid([first, b]), store, spoil));
    assert.match(message, /is damaged: not JSON.*: run its cell again \(--redo\)/);
    assert.equal(leasesIn(folder), []);
  }));

test('who holds a cell that alone is waited for is named once, with the mend', () =>
  withFolder(async (folder) => {
    const store = await storeIn(folder);
    const [a, b] = [cellOf('a'), cellOf('b')];
    const lease = join(folder, 'store', 'work', 'leases', `${a.id}.1`);
    mkdirSync(join(folder, 'store', 'work', 'leases'));
    writeFileSync(lease, JSON.stringify({ pid: 7, host: 'c0ffee123456', started: null }));
    const lines: string[] = [];
    const stop = new AbortController();
    const options = { signal: stop.signal, onWait: (line: string) => lines.push(line) };
    const run = runGrid(new Grid([b, a]), store, executor(), options);
    await until(() => lines.length > 0, 20);
    await new Promise((resolve) => setTimeout(resolve, 1200));
    stop.abort();
    const { done, stopped } = await run;
    assert.equal([namesOf(done), stopped, lines.length], [['b'], true, 1]);
    assert.match(lines[0], /named [0-9a-f]{12} \(name=a\), which process 7 of c0ffee123456 has:/);
    assert.ok(lines[0].endsWith(`if that is gone, delete ${lease}`));
  }));

test('damaged files that a cell is to take stop a run before it begins', () =>
  withFolder(async (folder) => {
    const store = await storeIn(folder);
    const [input, other] = [cellOf('input'), cellOf('other')];
    const write = (name: string, task: Task) => writeFileSync(join(task.folder, 'x.npz'), name);
    await runGrid(new Grid([input]), store, executor(write));
    const [file] = readdirSync(join(folder, 'store', 'files'));
    writeFileSync(join(folder, 'store', 'files', file), 'spoilt');
    const ran: string[] = [];
    const note = executor((name, task) => {
      ran.push(name);
      write(name, task);
    });
    const taker = cellOf('taker', { input });
    const grid = new Grid([other, taker, input]);
    const message = await messageOf(runGrid(grid, store, note));
    assert.match(message, /x\.npz of named\) is damaged.*: run its cell again \(--redo\)/);
    assert.equal(ran, []);
    // Nobody takes it once the taker is done, too.
    assert.is((await runGrid(new Grid([other, input]), store, note)).done.length, 2);
    assert.is((await runGrid(grid, store, note, { redo: true })).done.length, 3);
    assert.equal(ran, ['other', 'input', 'taker']);
    assert.equal(await store.verify(), []);
  }));

test('a damaged note of a failure is found, and in no way of trying again', () =>
  withFolder(async (folder) => {
    const store = await storeIn(folder);
    const [a, b] = [cellOf('a'), cellOf('b', { a: cellOf('a') })];
    const grid = new Grid([a, b]);
    const path = join(folder, 'store', 'failures', `${a.id}.json`);
    const damage = async () => {
      await store.fail(a, { message: 'no', details: '', ...facts });
      writeFileSync(path, readFileSync(path, 'utf8').slice(0, 50));
    };
    await damage();
    assert.match((await store.verify()).join(), `${path} is damaged`);
    const states = await statesOf(grid, store);
    assert.equal(
      states.map(({ state, error }) => [state, error !== undefined]),
      [
        ['failed', true],
        ['blocked', false],
      ],
    );
    assert.match(await messageOf(runGrid(grid, store, executor())), /damaged.*\(--redo\)/);
    for (const how of [{ retry: true }, { redo: true }, { only: a }]) {
      await damage();
      assert.ok(namesOf((await runGrid(grid, store, executor(), how)).done).includes('a'));
      assert.equal(readdirSync(join(folder, 'store', 'failures')), []);
      for (const { id } of [a, b]) rmSync(store.cellPath(id), { force: true });
    }
  }));

test('what a kill between a result and the clearing up has left goes with the next run', () =>
  withFolder(async (folder) => {
    const store = await storeIn(folder);
    const [done, open, held] = [cellOf('done'), cellOf('open'), cellOf('held')];
    const leave = async (cell: typeof done) => {
      mkdirSync(store.states(cell.id), { recursive: true });
      writeFileSync(join(store.states(cell.id), 'state.npz'), '');
      await store.scratch(cell.id);
    };
    for (const cell of [done, held]) {
      await runGrid(new Grid([cell]), store, executor());
      await store.fail(cell, { message: 'no', details: '', ...facts });
    }
    for (const cell of [done, open, held]) await leave(cell);
    // Another process does this one again, whose files are damaged.
    const lease = await store.leases.acquire(held.id);
    const seen: string[][] = [];
    await runGrid(
      new Grid([done, open, held]),
      store,
      executor(() => seen.push(readdirSync(join(folder, 'store', 'work', 'states')))),
    );
    // An open cell goes on from its state.
    assert.equal(seen, [[open.id, held.id].sort()]);
    const left = readdirSync(join(folder, 'store', 'work')).map((name) => name.split('.')[0]);
    assert.equal(left.sort(), ['leases', 'states', held.id].sort());
    assert.equal(readdirSync(join(folder, 'store', 'failures')), [`${held.id}.json`]);
    await lease?.release();
  }));

test.run();
