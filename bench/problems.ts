/** @file The bilevel problems of the paper that the benchmarks time. */

import { adversarialObjective, budgetOf, copiedUsers, type Goal } from '../src/attack/index.ts';
import { tensor } from '../src/autodiff/index.ts';
import { random, type SparseMatrix, synthetic, toDense } from '../src/data/index.ts';
import { syntheticAttack } from '../src/eval/problems/wrmf.ts';
import { type Poison, wrmfSgdKind } from '../src/models/index.ts';

const poisonOf = (fakes: SparseMatrix): Poison => ({
  fakes: tensor(toDense(fakes), [fakes.rows, fakes.columns]),
});

/** The synthetic experiment: 100 full-batch steps of Adam on 1000 x 300 clicks. */
export const syntheticProblem = () =>
  syntheticAttack(synthetic({ seed: 1 }), 1, wrmfSgdKind.synthetic.epochs);

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
  const surrogate = wrmfSgdKind.differentiable(train, count, wrmfSgdKind.defaults, 1);
  const objective = adversarialObjective(surrogate, goal, train, blockUsers);
  return { ...surrogate, ...objective, inputs: poisonOf(copies) };
}
