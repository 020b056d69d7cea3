/** @file The paper's synthetic attack: fake users through 100 steps of Adam on WRMF. */

import type { Tensor } from '../../src/autodiff/index.ts';
import { synthetic, toDense } from '../../src/data/index.ts';
import { wrmfSgdKind } from '../../src/models/index.ts';
import { initialFactors } from '../../src/models/wrmf-sgd.ts';
import { syntheticProblem } from '../problems.ts';
import { type AnyProblem, type NeutralProblem, once } from './problem.ts';

const problem = once(syntheticProblem);
/** That of `syntheticProblem`. */
const seed = 1;

/** The clicked cells of a matrix, row-major. */
const clicked = (dense: ArrayLike<number>): number[] =>
  Array.from({ length: dense.length }, (_, i) => i).filter((i) => dense[i] > 0);

/** The rows of the factors that the training begins with. */
async function rowsOf(factors: Tensor): Promise<number[][]> {
  const [rows, columns] = factors.shape;
  const numbers = await factors.data();
  return Array.from({ length: rows }, (_, row) =>
    Array.from(numbers.slice(row * columns, (row + 1) * columns)),
  );
}

async function data() {
  const { data: set, fakes } = synthetic({ seed });
  const { learningRate, weight, epochs: steps, factors, deviation } = wrmfSgdKind.synthetic;
  const { rows: users, columns: items } = set.train;
  const counts = { users, fakes: fakes.rows, items, factors };
  const initial = initialFactors(counts, deviation, seed);
  return {
    items,
    clicks: clicked(toDense(set.train)),
    fakeClicks: clicked(toDense(fakes)),
    users0: await rowsOf(initial.users),
    items0: await rowsOf(initial.items),
    fakes0: await rowsOf(initial.fakes),
    target: 0,
    learningRate,
    weight,
    steps,
  };
}

export const wrmfProblem: NeutralProblem = {
  name: 'wrmf',
  about: 'fake users of the synthetic attack, 1000 x 300, K 16, 100 steps of Adam',
  data,
  problem: () => problem() as AnyProblem,
};
