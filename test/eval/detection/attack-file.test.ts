import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type DataSet,
  fromPairs,
  readDataFolder,
  rowOf,
  stackRows,
  writeNpz,
} from '../../../src/data/index.ts';
import { features } from '../../../src/defence/index.ts';
import { readAttackFile } from '../../../src/eval/detection/attack-file.ts';
import { rocAuc } from '../../../src/eval/detection/roc.ts';
import { testWithFolder } from '../../external-data.ts';

const folder = mkdtempSync(join(tmpdir(), 'hypertape-detection-'));

const data: DataSet = {
  name: 'tiny',
  train: fromPairs(
    [
      [0, 0],
      [1, 1],
      [1, 2],
    ],
    2,
    3,
  ),
  test: fromPairs([], 2, 3),
  items: ['a', 'b', 'c'],
};

function file(name: string, contents: string): string {
  const path = join(folder, name);
  writeFileSync(path, contents);
  return path;
}

const clicksOf = ({ fakes }: { fakes: DataSet['train'] }) =>
  Array.from({ length: fakes.rows }, (_, row) => [...rowOf(fakes, row)]);

test('fake users of other programs are read by the ids of the items', async () => {
  const vat = await readAttackFile(
    file(
      'random_1.json',
      '{"target_items": ["c"], "fake_users": {"x": ["c", "a", "c"], "y": ["b"]}}',
    ),
    data,
  );
  assert.equal(clicksOf(vat), [[0, 2], [1]]);
  assert.equal(
    [vat.name, vat.method, vat.labels, vat.targets],
    ['random_1', 'random', ['x', 'y'], [2]],
  );
  assert.is(vat.understood?.merged, 1);
  const recbole = await readAttackFile(
    file('pga.inter', 'user_id:token\titem_id:token\nx\tb\nx\ta\ny\tc\n'),
    data,
  );
  assert.equal(clicksOf(recbole), [[0, 1], [2]]);
  assert.is(recbole.targets, undefined);
  const path = join(folder, 'fakes-seed3.npz');
  await writeNpz(path, fromPairs([[0, 1]], 1, 3));
  const npz = await readAttackFile(path, data);
  assert.equal([clicksOf(npz), npz.name, npz.method], [[[1]], 'fakes-seed3', 'fakes']);
});

async function failure(name: string, contents: string): Promise<string> {
  try {
    await readAttackFile(file(name, contents), data);
  } catch (error) {
    return (error as Error).message;
  }
  return 'no error';
}

test('what does not fit the data is refused by name', async () => {
  assert.match(
    await failure('v.json', '{"target_items": ["c"], "fake_users": {"x": ["z"]}}'),
    /v\.json: there is no item "z"/,
  );
  assert.match(
    await failure('v.json', '{"target_items": ["z"], "fake_users": {"x": ["a"]}}'),
    /field target_items: there is no item "z"/,
  );
  assert.match(
    await failure('v.json', '{"target_items": ["c"], "fake_users": {"x": ["a"], "y": []}}'),
    /y has no items/,
  );
  assert.match(await failure('v.json', '{"fake_users": {"x": ["a"]}}'), /target_items/);
});

test('numbers of another program are read by the list of their ids alone', async () => {
  const path = file('numbers.txt', '5 0 1\n6 1\n');
  const refused = await readAttackFile(path, data, 'lightgcn').catch((error) => error.message);
  assert.match(refused, /numbers\.txt: beside its numbers there is no item_list\.txt of their ids/);
  // Data without ids go by their own numbers.
  const { items: _, ...unnamed } = data;
  assert.equal(clicksOf(await readAttackFile(path, unnamed, 'lightgcn')), [[0, 1], [1]]);
  file('item_list.txt', 'org_id remap_id\nc 0\na 1\n');
  assert.equal(clicksOf(await readAttackFile(path, data, 'lightgcn')), [[0, 2], [0]]);
});

testWithFolder(
  test,
  'HYPERTAPE_DATA',
  'the features of published attacks on Gowalla have the areas that numpy gives',
  async (external) => {
    const gowalla = join(external, 'vat-gowalla');
    const genuine = await readDataFolder(gowalla, { testMayLack: true });
    // Computed in numpy and rounded to three digits.
    const printed: Record<string, Record<string, number>> = {
      random_1: {
        MUD: 0.418,
        QUD: 0.314,
        RUD: 0.372,
        length: 0.589,
        'mean inverse popularity': 0.714,
      },
      dp_1: {
        MUD: 0.462,
        QUD: 0.854,
        RUD: 0.428,
        length: 0.678,
        'mean inverse popularity': 0.167,
      },
    };
    for (const [name, areas] of Object.entries(printed)) {
      const { fakes } = await readAttackFile(join(gowalla, `${name}.json`), genuine);
      const clicks = stackRows(genuine.train, fakes);
      const fake = new Uint8Array(clicks.rows).fill(1, genuine.train.rows);
      for (const feature of features.filter((one) => one.name in areas)) {
        const area = rocAuc({ scores: await feature.values(clicks), fake });
        const expected = areas[feature.name];
        assert.ok(Math.abs(area - expected) < 0.00051, `${name} ${feature.name}: ${area}`);
      }
    }
  },
);

test('a data folder without test clicks is read only where that is said', async () => {
  const path = mkdtempSync(join(tmpdir(), 'hypertape-train-'));
  writeFileSync(join(path, 'train.csv'), 'uid,sid\n0,0\n1,2\n');
  const found = await readDataFolder(path, { testMayLack: true });
  assert.equal([found.train.rows, found.train.columns, found.test.indices.length], [2, 3, 0]);
  let message = '';
  await readDataFolder(path).catch((error: Error) => {
    message = error.message;
  });
  assert.match(message, /there is no test\.csv/);
});

test.run();
