/** @file CML: its loss and scores written out in plain numbers, and its derivatives. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { checkGradients, openDevice, setDefaultDevice } from '../../src/autodiff/index.ts';
import type { ClickBatch } from '../../src/data/negatives.ts';
import type { SparseMatrix } from '../../src/data/sparse.ts';
import { cmlFactors, cmlLoss, scoresOf } from '../../src/models/index.ts';
import { type Draw, forAllFilled } from '../autodiff/draw.ts';
import {
  drawBatch,
  gatherBatch,
  plain,
  plainNorms,
  type Rows,
  squared,
  tolerance,
} from './click-batches.ts';

setDefaultDevice(await openDevice('reference'));

const cmlParameters = (draw: Draw, { rows, columns }: SparseMatrix) => {
  const factors = draw.size();
  return {
    users: { position: draw.uniform([rows, factors]) },
    items: { position: draw.uniform([columns, factors]) },
    shared: {},
  };
};

const distance = (p: readonly number[], q: readonly number[]): number =>
  squared(p.map((value, k) => value - q[k]));

interface PlainCml {
  readonly users: Rows;
  readonly items: Rows;
}

/** For each click the numbers whose ties are kinks: what the hinge takes, and apart of two nearest. */
function plainHinges({ users, items }: ClickBatch, at: PlainCml, margin: number) {
  const width = items.length / users.length;
  return [...users].map((user, b) => {
    const [clicked, ...others] = [...items.subarray(b * width, (b + 1) * width)];
    const far = (item: number) => distance(at.users[user], at.items[item]);
    const [nearest, next] = [...new Set(others)].map(far).sort((x, y) => x - y);
    return { hinge: far(clicked) - nearest + margin, gap: (next ?? nearest + 1) - nearest };
  });
}

test('the loss of cml is the formula, and is twice differentiable away from ties', async () => {
  let checked = 0;
  await forAllFilled(30, async (draw) => {
    const { clicks, batch, negatives, pairs } = drawBatch(draw);
    const parameters = cmlParameters(draw, clicks);
    const options = { margin: 2, regularization: 0.3, negatives };
    const rows = gatherBatch(parameters, pairs);
    const tables = {
      users: await plain(parameters.users.position),
      items: await plain(parameters.items.position),
    };
    const hinges = plainHinges(batch, tables, options.margin);
    const mean = hinges.reduce((sum, { hinge }) => sum + Math.max(hinge, 0), 0) / hinges.length;
    const expected = mean + options.regularization * plainNorms(batch, tables);
    const got = await cmlLoss(rows, pairs, options).item();
    assert.ok(Math.abs(got - expected) <= tolerance, `${got} is not ${expected}`);
    if (hinges.some(({ hinge, gap }) => Math.abs(hinge) < 0.05 || gap < 0.05)) return;
    checked++;
    const at = { users: rows.users, items: rows.items };
    const loss = (x: typeof at) => cmlLoss({ ...x, shared: {} }, pairs, options);
    await checkGradients(loss, at, { order: 2 });
  });
  assert.ok(checked >= 15, `${checked} draws were away from ties`);
});

test('scores of cml are minus squared distances', async () => {
  await forAllFilled(10, async (draw) => {
    const { clicks } = drawBatch(draw);
    const at = cmlParameters(draw, clicks);
    const [users, items] = [await plain(at.users.position), await plain(at.items.position)];
    const scores = await plain(scoresOf(cmlFactors(at)));
    users.forEach((p, user) => {
      items.forEach((q, item) => {
        assert.ok(Math.abs(scores[user][item] + distance(p, q)) <= tolerance);
      });
    });
  });
});

test.run();
