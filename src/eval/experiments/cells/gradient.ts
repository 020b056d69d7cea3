/** @file The kind `gradient`: what truncation does to the hypergradient of an attack. */

import { poisonOf } from '../../../attack/clicks.ts';
import { adversarialObjective, startAttack } from '../../../attack/index.ts';
import { attribution, readAll, release } from '../../../autodiff/index.ts';
import { readNpz } from '../../../data/index.ts';
import type { CellKind } from '../../../grid/index.ts';
import { type Poison, surrogateKind } from '../../../models/index.ts';
import { readStudyData } from '../study-data.ts';
import { type AttackConfig, copiesOf, type LearnedPlan } from './attack.ts';
import { cellDevice, stateBytes } from './attack-run.ts';

/**
 * What the gradients depend on: an attack, of which `unrolled` counts for nothing. They are taken at
 * the fake users that it starts from, or at those of the input `attack`.
 */
export interface GradientConfig extends Omit<AttackConfig, 'plan' | 'k'> {
  readonly plan: Omit<LearnedPlan, 'unrolled'>;
  /** The last epochs that are unrolled, a gradient each; the exact one is compared with them. */
  readonly epochs: readonly number[];
}

/** A truncated gradient beside the exact one. */
export interface GradientError {
  readonly epochs: number;
  readonly cosine: number;
  /** The length of the truncated gradient over that of the exact one. */
  readonly normRatio: number;
  /** The length of the difference over that of the exact gradient. */
  readonly relativeError: number;
  /** The mean over fake users of the cosine of their rows, which are normalised in an attack. */
  readonly rowCosine: number;
}

/** What truncation does. */
export interface GradientResult {
  /** The adversarial loss. */
  readonly loss: number;
  /** The length of the exact gradient. */
  readonly norm: number;
  readonly errors: readonly GradientError[];
}

const dot = (a: ArrayLike<number>, b: ArrayLike<number>, from = 0, to = a.length): number => {
  let sum = 0;
  for (let i = from; i < to; i++) sum += a[i] * b[i];
  return sum;
};

/** The cosine of two vectors, or of a part of each; 1 where both vanish, 0 where one does. */
function cosine(a: ArrayLike<number>, b: ArrayLike<number>, from = 0, to = a.length): number {
  const [aa, bb] = [dot(a, a, from, to), dot(b, b, from, to)];
  if (aa === 0 && bb === 0) return 1;
  return aa === 0 || bb === 0 ? 0 : dot(a, b, from, to) / Math.sqrt(aa * bb);
}

/** Compares a gradient `[rows, columns]`, row-major, with the exact one. */
export function gradientError(
  epochs: number,
  gradient: ArrayLike<number>,
  exact: ArrayLike<number>,
  columns: number,
): GradientError {
  const norm = Math.sqrt(dot(exact, exact));
  const difference = Float64Array.from(exact, (x, i) => gradient[i] - x);
  const rows = exact.length / columns;
  let cosines = 0;
  for (let row = 0; row < rows; row++) {
    cosines += cosine(gradient, exact, row * columns, (row + 1) * columns);
  }
  return {
    epochs,
    cosine: cosine(gradient, exact),
    normRatio: Math.sqrt(dot(gradient, gradient)) / norm,
    relativeError: Math.sqrt(dot(difference, difference)) / norm,
    rowCosine: cosines / rows,
  };
}

/** Truncated gradients beside the exact one, all of them by one reverse sweep. */
export const gradientCell: CellKind<GradientConfig, GradientResult> = {
  name: 'gradient',
  version: 2,
  describe: ({ plan, stratum, seed }) => `${plan.surrogate}, ${stratum} items, seed ${seed}`,
  data: ({ data }) => [data],
  memory: () => 4e9,
  async run(config, { attack }, context) {
    const { plan, count, targets, seed } = config;
    const { train } = await readStudyData(context.data(config.data), config.data);
    const users = attack ? await readNpz(attack.file('fakes.npz')) : copiesOf(train, config, plan);
    const kind = surrogateKind(plan.surrogate);
    const surrogate = kind.differentiable(train, count, plan.settings, seed);
    const goal = { kind: 'promote', targets } as const;
    const objective = adversarialObjective(surrogate, goal, train, 1024);
    const { fakes } = startAttack(users);
    const inputs = poisonOf(fakes);
    const device = await cellDevice(context);
    const found = await attribution(
      { ...surrogate, ...objective, inputs },
      { device, checkpoints: { bytes: stateBytes }, bytes: 2e9 },
    );
    const numbersOf = async (gradient: Poison) => (await readAll(gradient, { device }))[0];
    const exact = await numbersOf(found.gradient);
    const errors: GradientError[] = [];
    for (const epochs of config.epochs) {
      const tau = epochs * surrogate.stepsPerEpoch;
      const truncated = await numbersOf(found.truncated(tau));
      errors.push(gradientError(epochs, truncated, exact, train.columns));
    }
    release([found.gradient, found.state]);
    return { loss: found.value, norm: Math.sqrt(dot(exact, exact)), errors };
  },
};
