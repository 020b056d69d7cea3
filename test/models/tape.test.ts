/** @file The tape of a training step of every model that is trained. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { evaluate, leaves, openDevice, readAll, train } from '../../src/autodiff/index.ts';
import { leafPaths } from '../../src/autodiff/tape/tree.ts';
import { fromPairs } from '../../src/data/sparse.ts';
import { modelKinds, tapeOfStep } from '../../src/models/index.ts';
import { tiny } from './tiny.ts';

const users = 7;
const items = 9;
const clicks = fromPairs(
  Array.from({ length: 20 }, (_, i): [number, number] => [i % users, (i * 5) % items]),
  users,
  items,
);
const device = await openDevice('reference');

test('every model that is trained has a step', () => {
  const without = modelKinds.filter((kind) => !kind.trainingStep).map(({ name }) => name);
  assert.equal(without, ['item-cf']);
});

for (const kind of modelKinds) {
  if (!kind.trainingStep) continue;
  const made = kind.trainingStep(clicks, tiny(kind), 1, 2);

  test(`${kind.name}: the tapes of all orders`, () => {
    const tapes = ([0, 1, 2] as const).map((order) => tapeOfStep(made, order));
    const phases = tapes.map(({ nodes }) => new Set(nodes.map(({ phase }) => phase)));
    assert.not.ok(phases[0].has('backward'));
    assert.equal(
      tapes[1].outputs.map(({ name }) => name),
      leafPaths(made.step(made.state, made.inputs, made.batch)),
    );
    // A step of ALS solves and has no gradient of its own.
    const gradient = kind.name !== 'wrmf-als';
    assert.is(phases[1].has('backward'), gradient);
    assert.is(phases[2].has('backward of backward'), gradient);
    const sources = tapes[2].outputs.map(({ name }) => name);
    assert.equal(sources, leafPaths({ inputs: made.inputs, state: made.state }));
    assert.is(sources.includes('inputs.fakes'), kind.differentiable !== undefined);
  });

  test(`${kind.name}: the step is that of its training`, async () => {
    const next = await evaluate(made.step(made.state, made.inputs, made.batch), { device });
    for (const numbers of await readAll(next)) assert.ok(numbers.every(Number.isFinite));
    if (!kind.differentiable) return;
    const model = kind.differentiable(clicks, 2, tiny(kind), 1);
    const once = await train({ ...model, steps: 1 }, made.inputs as never, device);
    const expected = await readAll(once);
    (await readAll(next)).forEach((numbers, i) => assert.equal(numbers, expected[i]));
    assert.is(leaves(next).length, expected.length);
  });
}

test.run();
