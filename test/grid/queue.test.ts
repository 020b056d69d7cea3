import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type Cell,
  defineCell,
  Grid,
  localExecutor,
  queueExecutor,
  type RunOptions,
  runGrid,
  type Store,
} from '../../src/grid/index.ts';
import { crash, number, sum, work } from './kinds.ts';
import { freePort, type RedisServer, testWithRedis } from './redis.ts';
import {
  local,
  messageOf,
  program,
  smallGrid,
  storeIn,
  until,
  withFolder,
  workCells,
  workerProgram,
  workResult,
} from './setup.ts';

interface TestWorker {
  readonly child: ChildProcess;
  readonly lines: () => string;
  readonly end: Promise<number | null>;
}

/** Runs with so many workers, which are ended. */
async function withWorkers(
  { url }: RedisServer,
  { count = 2, lock = 30, data = {} as object },
  run: (workers: TestWorker[]) => Promise<void>,
): Promise<void> {
  const workers = Array.from({ length: count }, (): TestWorker => {
    const args = [workerProgram, url, `${lock}`, JSON.stringify(data), program.module];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    child.stdout.on('data', (part) => {
      text += part;
    });
    return { child, lines: () => text, end: once(child, 'close').then(([status]) => status) };
  });
  try {
    await run(workers);
  } finally {
    for (const { child } of workers) child.kill('SIGINT');
    await Promise.all(workers.map(({ end }) => end));
  }
}

/** How many cells a worker's processes have begun to compute and not ended. */
function runsOf({ child }: TestWorker, lines: string[]): number {
  const ended = new Set(lines.flatMap((line) => /^end work (\d+)/.exec(line)?.[1] ?? []));
  const begun = lines.flatMap((line) => {
    const [, seed, runner] = /^begin work (\d+) \d+ of (\d+)$/.exec(line) ?? [];
    return Number(runner) === child.pid && !ended.has(seed) ? [seed] : [];
  });
  return begun.length;
}

/** Runs cells by the queue. */
async function runQueue(url: string, cells: Cell[], store: Store, options: RunOptions = {}) {
  const executor = await queueExecutor(url);
  try {
    return await runGrid(new Grid(cells), store, executor, options);
  } finally {
    await executor.close();
  }
}

/** All that a store holds, apart from when and where it was computed, byte for byte. */
function contents({ path }: Store): Record<string, string> {
  const files = ['cells', 'files', 'failures'].flatMap((folder) =>
    readdirSync(join(path, folder)).map((name) => join(folder, name)),
  );
  const changing = /^"(seconds|machine|finished)": .*\n/gm;
  return Object.fromEntries(
    files
      .sort()
      .map((name) => [name, readFileSync(join(path, name), 'latin1').replace(changing, '')]),
  );
}

/** Cells that compute, and sums of numbers in a chain. */
function mixedGrid(): Cell[] {
  const numbers = [1, 2, 3, 4].map((value) => defineCell(number, { value: value / 10 }));
  const pairs = numbers.map((a, i) =>
    defineCell(sum, { scale: 0.3 }, { a, b: numbers[(i + 1) % 4] }),
  );
  const last = defineCell(sum, { scale: 1 }, Object.fromEntries(pairs.map((p, i) => [`p${i}`, p])));
  return [...numbers, ...workCells(4), ...pairs, last, ...smallGrid().cells];
}

testWithRedis(test, 'the store of two workers is that of local mode, byte for byte', (redis) =>
  withFolder(async (folder, log) => {
    const [here, there] = [await storeIn(folder, 'here'), await storeIn(folder, 'there')];
    await runGrid(new Grid(mixedGrid()), here, localExecutor(local()));
    const before = log().length;
    await withWorkers(redis, {}, async (workers) => {
      const outcome = await runQueue(redis.url, mixedGrid(), there);
      assert.equal([outcome.failed, outcome.blocked], [[], []]);
      for (const { lines } of workers) assert.match(lines(), 'is done');
    });
    assert.equal(contents(there), contents(here));
    assert.is(Object.keys(contents(there)).length, 17 + 13);
    assert.equal(await there.verify(), []);
    assert.is(log().length, 2 * before, 'every cell ran once there too');
  }),
);

testWithRedis(
  test,
  'of two workers one is killed: nothing is lost, and nothing is there twice',
  (redis) =>
    withFolder(async (folder, log) => {
      const [here, there] = [await storeIn(folder, 'here'), await storeIn(folder, 'there')];
      const cells = [
        ...mixedGrid(),
        ...[7, 8].map((seed) => defineCell(work, { steps: 2e9, seed })),
      ];
      const run = runQueue(redis.url, cells, there);
      await withWorkers(redis, { lock: 5 }, async ([first]) => {
        await until(() => / begins\n$/.test(first.lines()) && runsOf(first, log()) > 0);
        first.child.kill('SIGKILL');
        const outcome = await run;
        assert.equal([outcome.failed, outcome.blocked], [[], []]);
        assert.is(outcome.done.length, cells.length);
      });
      const ends = log().filter((line) => line.startsWith('end work'));
      assert.is(new Set(ends).size, 6);
      const begun = log().filter((line) => line.startsWith('begin work'));
      assert.is(begun.length, 7, 'the cell that was lost, and no other, began again');
      await runGrid(new Grid(cells), here, localExecutor(local()));
      assert.equal(contents(there), contents(here));
      for (const cell of cells.filter(({ kind }) => kind.name === 'work')) {
        assert.equal(await there.result(cell), workResult(cell));
      }
    }),
);

testWithRedis(
  test,
  'a cell that is busy for longer than the lock lasts is not given to another',
  (redis) =>
    withFolder(async (folder, log) => {
      const store = await storeIn(folder);
      const cell = defineCell(work, { steps: 4e9, seed: 1 });
      await withWorkers(redis, { lock: 0.5 }, async () => {
        await runQueue(redis.url, [cell], store);
      });
      assert.ok((await store.read(cell.id))!.seconds > 1, 'it took longer than two locks');
      assert.equal(await store.result(cell), workResult(cell));
      assert.is(log().length, 2);
    }),
);

testWithRedis(
  test,
  'a worker with other data gives the cell back and ends, naming both digests',
  (redis) =>
    withFolder(async (folder, log) => {
      const store = await storeIn(folder);
      const cell = defineCell(number, { value: 1, digest: 'abc' });
      const run = runQueue(redis.url, [cell], store);
      await withWorkers(redis, { count: 1, data: { def: '/data/def' } }, async ([worker]) => {
        assert.is(await worker.end, 2);
        const [, message] = /^(number .*)\n$/.exec(worker.lines())!;
        assert.match(message, 'cannot run here: it reads data with the digest abc');
        assert.match(message, '/data/def has def: name the folder of those data');
      });
      assert.equal(log(), []);
      await withWorkers(redis, { count: 1, data: { abc: '/data/abc' } }, async () => {
        assert.equal((await run).done, [cell]);
      });
      assert.ok(log().includes('data /data/abc'));
    }),
);

testWithRedis(
  test,
  'failures come back with their messages, and are tried again when asked',
  (redis) =>
    withFolder(async (folder) => {
      const store = await storeIn(folder);
      const [thrown, killed] = (['throw', 'kill'] as const).map((how) =>
        defineCell(crash, { how }),
      );
      const one = defineCell(number, { value: 1 });
      const after = defineCell(sum, { scale: 1 }, { one, thrown });
      const cells = [one, thrown, killed, after];
      await withWorkers(redis, { count: 1 }, async () => {
        const { failed, blocked } = await runQueue(redis.url, cells, store);
        assert.equal(blocked, [after]);
        const messages = new Map(failed.map(({ cell, failure }) => [cell, failure.message]));
        assert.is(messages.get(thrown), 'it was to fail');
        assert.is(messages.get(killed), 'its process ended by SIGKILL before the cell was done');
        assert.match((await store.failure(thrown.id))!.details, 'last words');
        writeFileSync(join(folder, 'cure'), '');
        assert.is((await runQueue(redis.url, cells, store)).failed.length, 2);
        const cured = await runQueue(redis.url, cells, store, { retry: true });
        assert.equal([cured.done.length, cured.failed], [4, []]);
      });
    }),
);

testWithRedis(test, 'a worker that is stopped gives its cell back at once', (redis) =>
  withFolder(async (folder, log) => {
    const store = await storeIn(folder);
    const cell = defineCell(work, { steps: 1e9, seed: 1 });
    const run = runQueue(redis.url, [cell], store);
    await withWorkers(redis, { count: 1, lock: 600 }, async ([worker]) => {
      await until(() => log().length === 1);
      worker.child.kill('SIGINT');
      assert.is(await worker.end, 0);
    });
    await withWorkers(redis, { count: 1, lock: 600 }, async () => {
      assert.equal((await run).done, [cell]);
    });
    assert.equal(await store.result(cell), workResult(cell));
  }),
);

testWithRedis(test, 'what workers did while nobody waited is collected, not done again', (redis) =>
  withFolder(async (folder, log) => {
    const store = await storeIn(folder);
    const { one, two, cells } = smallGrid();
    const interrupt = new AbortController();
    const run = runQueue(redis.url, cells, store, { signal: interrupt.signal });
    const executor = await queueExecutor(redis.url);
    const waiting = async () => (await executor.waiting()).cells;
    while ((await waiting()) < 2) await new Promise((resolve) => setTimeout(resolve, 20));
    interrupt.abort();
    assert.ok((await run).stopped);
    await withWorkers(redis, { count: 1 }, async ([worker]) => {
      await until(() => worker.lines().match(/is done/g)?.length === 2);
      assert.is(await store.read(one.id), null);
      const before = log().filter((line) => line.startsWith('begin')).length;
      assert.is((await runQueue(redis.url, cells, store)).done.length, 4);
      assert.equal(await store.result(two), { value: 2 });
      assert.is(log().filter((line) => line.startsWith('begin')).length, before);
    });
    await executor.close();
  }),
);

test('an address where no Redis is, is refused by its name, without its password', async () => {
  const port = await freePort();
  const message = await messageOf(queueExecutor(`redis://me:secret@127.0.0.1:${port}`));
  assert.match(message, `no Redis at redis://me:***@127.0.0.1:${port} (`);
  assert.match(message, 'ECONNREFUSED');
  assert.not.match(message, 'secret');
  for (const url of ['127.0.0.1:6379', 'http://127.0.0.1', 'redis']) {
    assert.match(
      await messageOf(queueExecutor(url)),
      'expected an address such as redis://127.0.0.1:6379',
    );
  }
});

test.run();
