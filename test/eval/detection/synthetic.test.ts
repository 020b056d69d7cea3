import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { stackRows } from '../../../src/data/sparse.ts';
import { synthetic } from '../../../src/data/synthetic.ts';
import { pcaDistances } from '../../../src/defence/index.ts';
import { rocAuc } from '../../../src/eval/detection/roc.ts';
import { fakesOf, type fillers } from './attacks.ts';

/** The area of PCA-VarSelect on 45 fake users among 900, for a seed. */
function areaOn(attack: keyof typeof fillers, seed: number): number {
  const { data } = synthetic({ seed, users: 900 });
  const fakes = fakesOf(attack, data.train, { count: 45, target: seed * 7, seed });
  const clicks = stackRows(data.train, fakes);
  const fake = new Uint8Array(clicks.rows).fill(1, data.train.rows);
  return rocAuc({ scores: pcaDistances(clicks, 3).map((x) => -x), fake });
}

const seeds = [1, 2, 3, 4];

const mean = (areas: readonly number[]) =>
  areas.reduce((sum, area) => sum + area, 0) / areas.length;

for (const attack of ['random', 'proportional', 'bandwagon'] as const) {
  test(`PCA-VarSelect finds fake users by ${attack} fillers`, () => {
    const areas = seeds.map((seed) => areaOn(attack, seed));
    // Seeds differ: where the fakes' common items happen to lie along a component it finds fewer.
    assert.ok(mean(areas) >= 0.9, areas.join());
  });
}

test('PCA-VarSelect cannot tell copies of genuine users from them', () => {
  const areas = seeds.map((seed) => areaOn('copies', seed));
  // 45 fakes of 900: the deviation of an area at chance is 0.045, that of four means 0.022.
  assert.ok(Math.abs(mean(areas) - 0.5) < 0.1, areas.join());
});

test.run();
