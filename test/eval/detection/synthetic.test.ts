import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { stackRows } from '../../../src/data/sparse.ts';
import { synthetic } from '../../../src/data/synthetic.ts';
import { detector } from '../../../src/defence/index.ts';
import { rocAuc } from '../../../src/eval/detection/roc.ts';
import { fakesOf } from './attacks.ts';

/** The area of PCA-VarSelect on 45 fake users among 900, for a seed. */
async function areaOn(attack: string, seed: number): Promise<number> {
  const { train } = synthetic({ seed, users: 900 }).data;
  const fakes = await fakesOf(attack, train, { count: 45, target: seed * 7, seed });
  const clicks = stackRows(train, fakes);
  const fake = new Uint8Array(clicks.rows).fill(1, train.rows);
  return rocAuc({ scores: await detector('pca-var-select').scores(clicks, { seed }), fake });
}

const seeds = [1, 2, 3, 4];

const areasOn = (attack: string) => Promise.all(seeds.map((seed) => areaOn(attack, seed)));

for (const attack of ['random-filler', 'popularity-proportional', 'bandwagon']) {
  test(`PCA-VarSelect finds the fake users of ${attack}`, async () => {
    const areas = await areasOn(attack);
    assert.ok(
      areas.every((area) => area >= 0.9),
      areas.join(),
    );
  });
}

test('PCA-VarSelect cannot tell copies of genuine users from them', async () => {
  const areas = await areasOn('copy');
  const mean = areas.reduce((sum, area) => sum + area, 0) / areas.length;
  // 45 fakes of 900: the deviation of an area at chance is 0.045, that of four means 0.022.
  assert.ok(Math.abs(mean - 0.5) < 0.1, areas.join());
});

test.run();
