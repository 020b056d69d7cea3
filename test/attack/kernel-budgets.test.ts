/** @file How many kernels a training step and its vjp compile to, at most. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { add, mapTree, planOf, type Tree, vjp } from '../../src/autodiff/index.ts';
import { fakeRows, optimizers, type ProblemOptions, recommender } from './problems.ts';

/** Kernels of a training step and of its vjp as a hypergradient compiles them. */
function budgetOf(options: Omit<ProblemOptions, 'steps' | 'batches'>) {
  const model = recommender({ ...options, steps: 1, batches: false });
  const inputs = { fakes: fakeRows };
  const state = model.init(inputs);
  const step = planOf((at: Tree) => model.step(at, inputs, []), state);
  const back = planOf(
    (at: Tree, given: typeof inputs, adjoint: { state: Tree; inputs: typeof inputs }) => {
      const { pullback } = vjp(
        (point: { state: Tree; inputs: typeof inputs }) =>
          model.step(point.state, point.inputs, []),
        { state: at, inputs: given },
      );
      const ct = pullback(adjoint.state);
      return { state: ct.state, inputs: mapTree(add, adjoint.inputs, ct.inputs) };
    },
    state,
    inputs,
    { state, inputs },
  );
  return [step.kernels.length, back.kernels.length];
}

/**
 * Kernels of the step and of its vjp: a change that raises them needs a reason. Where the derivative
 * of selu reads no more than its argument, an addition joins its kernel and leaves a product behind.
 */
const budgets = [
  { model: 'wrmf', loss: 'dense', optimizer: 'sgd', most: [7, 20] },
  { model: 'wrmf', loss: 'dense', optimizer: 'adam', most: [20, 72] },
  { model: 'wrmf', loss: 'implicit-zeros', optimizer: 'sgd', most: [12, 32] },
  { model: 'wrmf', loss: 'implicit-zeros', optimizer: 'adam', most: [25, 86] },
  { model: 'item-ae', loss: 'dense', optimizer: 'sgd', most: [29, 72] },
  { model: 'item-ae', loss: 'dense', optimizer: 'adam', most: [66, 248] },
  { model: 'item-ae', loss: 'implicit-zeros', optimizer: 'sgd', most: [37, 87] },
  { model: 'item-ae', loss: 'implicit-zeros', optimizer: 'adam', most: [74, 265] },
] as const;

for (const { model, loss, optimizer, most } of budgets) {
  test(`a step of ${model} (${loss}, ${optimizer}) keeps its budget of kernels`, () => {
    const used = budgetOf({ model, loss, optimizer: optimizers[optimizer] });
    used.forEach((count, i) => assert.ok(count <= most[i], `${used} kernels, at most ${most}`));
  });
}

test.run();
