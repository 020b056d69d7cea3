import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type CellRecord,
  DamagedError,
  defineCell,
  digestOf,
  type Store,
} from '../../src/grid/index.ts';
import { number, sum } from './kinds.ts';
import { storeIn, withFolder } from './setup.ts';

const machine = {
  cpu: 'a processor',
  cores: 2,
  memory: 8e9,
  node: 'v20.0.0',
  platform: 'linux x64',
};

/** Stores the result of a number with a file. */
async function put(store: Store, value: number, contents = `number ${value}\n`) {
  const cell = defineCell(number, { value });
  const folder = await store.scratch(cell.id);
  writeFileSync(join(folder, 'number.txt'), contents);
  const success = { result: { value }, files: ['number.txt'], seconds: 1.5, machine };
  return { cell, record: await store.write(cell, success, folder) };
}

/** What a result is, apart from when and where it was computed. */
const contents = ({ seconds: _s, machine: _m, finished: _f, ...rest }: CellRecord) => rest;

test('what is stored is read again, with its file under its digest', () =>
  withFolder(async (folder) => {
    const store = await storeIn(folder);
    const { cell, record } = await put(store, 0.1);
    assert.equal(await store.read(cell.id), record);
    assert.equal(await store.result(cell), { value: 0.1 });
    assert.is(record.files['number.txt'], digestOf('number 0.1\n'));
    const path = join(folder, 'store', 'files', `${digestOf('number 0.1\n')}.txt`);
    assert.is(readFileSync(path, 'utf8'), 'number 0.1\n');
    assert.equal(await store.verify(), []);
    assert.equal(readdirSync(join(folder, 'store', 'cells')), [`${cell.id}.json`]);
    const other = defineCell(number, { value: 2 });
    assert.is(await store.read(other.id), null);
    try {
      await store.result(other);
      assert.unreachable();
    } catch (error) {
      assert.match((error as Error).message, `${other.id}.json: this cell is not done`);
    }
  }));

test('a changed record is refused by name, or says the same', () =>
  withFolder(async (folder) => {
    const store = await storeIn(folder);
    const { cell, record } = await put(store, 12.5);
    const path = store.cellPath(cell.id);
    const text = readFileSync(path, 'utf8');
    const counts = { refused: 0, same: 0 };
    const change = fc.record({
      place: fc.nat(text.length - 1),
      drop: fc.boolean(),
      insert: fc.constantFrom('', '0', '7', 'a', '"', ',', '}', ' '),
    });
    await fc.assert(
      fc.asyncProperty(change, async ({ place, drop, insert }) => {
        writeFileSync(path, text.slice(0, place) + insert + text.slice(place + (drop ? 1 : 0)));
        try {
          // Seconds, machine and date are no part of the result, and not protected.
          assert.equal(contents((await store.read(cell.id))!), contents(record));
          counts.same++;
        } catch (error) {
          if (!(error instanceof DamagedError)) throw error;
          assert.ok(error.message.startsWith(`${path} is damaged: `), error.message);
          counts.refused++;
        }
      }),
      { numRuns: 400 },
    );
    assert.ok(counts.refused > 100 && counts.same > 0, JSON.stringify(counts));
    for (const length of [0, 1, text.length / 2, text.length - 3]) {
      writeFileSync(path, text.slice(0, length));
      assert.equal((await store.verify()).length, 1);
    }
  }));

test('a record under the name of another cell, or of another format, is refused', () =>
  withFolder(async (folder) => {
    const store = await storeIn(folder);
    const { cell } = await put(store, 1);
    const other = defineCell(sum, { scale: 1 });
    cpSync(store.cellPath(cell.id), store.cellPath(other.id));
    const [problem, ...rest] = await store.verify();
    assert.equal(rest, []);
    assert.match(
      problem,
      `${other.id}.json is damaged: its configuration has the digest ${cell.id}`,
    );
    rmSync(store.cellPath(other.id));
    const text = readFileSync(store.cellPath(cell.id), 'utf8');
    writeFileSync(store.cellPath(cell.id), text.replace('"format": 1', '"format": 2'));
    assert.match((await store.verify())[0], 'is damaged: format: ');
  }));

test('a file that was changed or lost is found', () =>
  withFolder(async (folder) => {
    const store = await storeIn(folder);
    const { record } = await put(store, 1);
    const path = store.filePath('number.txt', record.files['number.txt']);
    writeFileSync(path, 'number 2\n');
    assert.match(
      (await store.verify())[0],
      `${path} (number.txt of number) is damaged: its digest is`,
    );
    rmSync(path);
    assert.match((await store.verify())[0], 'is damaged: it is not there');
    // Storing the cell again mends it.
    writeFileSync(path, 'number 2\n');
    await put(store, 1);
    assert.equal(await store.verify(), []);
  }));

test('copying files merges stores', () =>
  withFolder(async (folder) => {
    const [one, two] = [await storeIn(folder, 'one'), await storeIn(folder, 'two')];
    const cells = [(await put(one, 1)).cell, (await put(two, 2)).cell, (await put(two, 1)).cell];
    cpSync(join(folder, 'two'), join(folder, 'one'), { recursive: true });
    for (const cell of cells) assert.is((await one.result(cell)).value, cell.config.value);
    assert.equal(await one.verify(), []);
  }));

test('a result replaces a failure, and the files of an interrupted run are removed', () =>
  withFolder(async (folder) => {
    const store = await storeIn(folder);
    const cell = defineCell(number, { value: 1 });
    await store.fail(cell, { message: 'no', details: '', seconds: 1, machine });
    assert.is((await store.failure(cell.id))?.message, 'no');
    const left = await store.scratch(cell.id);
    writeFileSync(join(left, 'half.txt'), '');
    mkdirSync(join(folder, 'store', 'work', 'other'));
    await put(store, 1);
    assert.is(await store.failure(cell.id), null);
    assert.not.ok(existsSync(left));
    assert.ok(existsSync(join(folder, 'store', 'work', 'other')));
  }));

test.run();
