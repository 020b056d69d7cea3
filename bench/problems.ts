/** @file The bilevel problems of the paper that the benchmarks time. */

import { adversarialObjective, budgetOf, copiedUsers, type Goal } from '../src/attack/index.ts';
import { tensor } from '../src/autodiff/index.ts';
import { random, type SparseMatrix, synthetic, toDense } from '../src/data/index.ts';
import { type Poison, wrmfSgd } from '../src/models/index.ts';

const poisonOf = (fakes: SparseMatrix): Poison => ({
  fakes: tensor(toDense(fakes), [fakes.rows, fakes.columns]),
});

/** The synthetic experiment: 100 full-batch steps of Adam on 1000 x 300 clicks. */
export function syntheticProblem() {
  const goal: Goal = { kind: 'promote', targets: [0] };
  const { data, fakes } = synthetic({ seed: 1 });
  const { model } = wrmfSgd.surrogate(data.train, fakes.rows, wrmfSgd.synthetic, 1);
  const objective = adversarialObjective(model, goal, data.train);
  return { ...model, ...objective, inputs: poisonOf(fakes) };
}

/** The popular items that are attacked for. */
export const gowallaTargets = [102, 140, 1656, 4068, 7127];
const budget = '1%';
/** Users whose scores are held at once. */
const blockUsers = 1024;

/** WRMF on Gowalla with the paper's settings and 1 % of fake users. */
export function gowallaProblem(train: SparseMatrix) {
  const goal: Goal = { kind: 'promote', targets: gowallaTargets };
  const count = budgetOf(budget, train.rows);
  const copies = copiedUsers(train, count, 100, random(1).fork('copied users'));
  const { model, stepsPerEpoch } = wrmfSgd.surrogate(train, count, wrmfSgd.defaults, 1);
  const objective = adversarialObjective(model, goal, train, blockUsers);
  return { problem: { ...model, ...objective, inputs: poisonOf(copies) }, stepsPerEpoch };
}
