/** @file The paper's synthetic attack: fake users through 100 steps of Adam on WRMF. */

import { adversarialObjective, type Goal } from '../../attack/index.ts';
import { type Tensor, tensor } from '../../autodiff/index.ts';
import { synthetic } from '../../data/portable.ts';
import { type SparseMatrix, toDense } from '../../data/sparse.ts';
import {
  initialFactors,
  type Poison,
  type WrmfFactors,
  type WrmfSgdState,
  wrmfLoss,
  wrmfSgdKind,
} from '../../models/index.ts';
import { type ComparedProblem, type NeutralProblem, once } from './problem.ts';

const usualSteps = wrmfSgdKind.synthetic.epochs;
const target = 0;

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

type Drawn = ReturnType<typeof synthetic>;

/** The settings of a training of so many steps, which reads all users in each. */
const settingsOf = (steps: number) => ({ ...wrmfSgdKind.synthetic, epochs: steps });

async function numbersOf({ data: set, fakes }: Drawn, seed: number, steps: number) {
  const { learningRate, weight, factors, deviation } = wrmfSgdKind.synthetic;
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
    target,
    learningRate,
    weight,
    steps,
  };
}

const poisonOf = (fakes: SparseMatrix): Poison => ({
  fakes: tensor(toDense(fakes), [fakes.rows, fakes.columns]),
});

/** The bilevel problem of the synthetic attack, through so many full-batch steps. */
export function syntheticAttack({ data, fakes }: Drawn, seed: number, steps: number) {
  const goal: Goal = { kind: 'promote', targets: [target] };
  const surrogate = wrmfSgdKind.differentiable(data.train, fakes.rows, settingsOf(steps), seed);
  const objective = adversarialObjective(surrogate, goal, data.train);
  return { ...surrogate, ...objective, inputs: poisonOf(fakes) };
}

function made(drawn: Drawn, seed: number, steps: number): ComparedProblem {
  const { weight, loss } = wrmfSgdKind.synthetic;
  const clickLoss = wrmfLoss(drawn.data.train, { weight, loss });
  const inner = {
    loss: (factors: WrmfFactors, poison: Poison) => clickLoss(factors, poison),
    parameters: ({ parameters }: WrmfSgdState) => parameters,
    gauge: ({ users, fakes, items }: WrmfFactors) => ({ left: [users, fakes], right: [items] }),
  };
  return { problem: syntheticAttack(drawn, seed, steps), inner };
}

/** As bench and `hypertape compare` know it. */
export const wrmfProblem: NeutralProblem = {
  name: 'wrmf',
  about: 'fake users of the synthetic attack, 1000 x 300, K 16, by Adam',
  steps: usualSteps,
  open: ({ seed, steps = usualSteps }) => {
    const drawn = once(() => synthetic({ seed }));
    return {
      data: () => numbersOf(drawn(), seed, steps),
      make: () => made(drawn(), seed, steps),
    };
  },
};
