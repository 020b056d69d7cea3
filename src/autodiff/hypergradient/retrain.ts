/**
 * @file The objective after training again, and its central difference along a direction d,
 *
 *     (f(θ_L(x + ε d), x + ε d) - f(θ_L(x - ε d), x - ε d)) / 2ε
 *
 * which no derivative rule has a part in: the referee of all estimators.
 */

import type { Device } from '../devices/device.ts';
import { dropUploads, release } from '../run/buffers.ts';
import { leaves, type Tree } from '../tape/tree.ts';
import { withSameBatches } from './digest.ts';
import type { RunOptions } from './estimators/estimator.ts';
import { treeLike, vectorOf } from './host.ts';
import { precisions } from './precision.ts';
import type { BilevelProblem } from './problem.ts';
import { reverseSweep } from './reverse-sweep.ts';
import { dot, norm, plus, type Vector } from './vectors.ts';

/** The objective of a problem after training with other inputs, constants that then leave the device. */
export async function valueAt<
  S extends Tree,
  I extends Tree,
  R extends Tree,
  B extends Tree,
  D extends Tree,
>(problem: BilevelProblem<S, I, R, B, D>, inputs: I, run: RunOptions): Promise<number> {
  const sweep = { ...run, depth: 0, throughInit: false };
  try {
    const { value, gradient, state } = await reverseSweep({ ...problem, inputs }, sweep);
    release([gradient, state]);
    return value;
  } finally {
    await dropUploads(run.device, inputs);
  }
}

/**
 * ε for a direction of norm 1: the cube root of the rounding error of the objective, which balances
 * it with the error of the difference, by the scale of the inputs.
 */
export async function differenceStep(inputs: Tree, device: Device): Promise<number> {
  const cells = leaves(inputs).reduce((n, { kind, size }) => n + (kind === 'real' ? size : 0), 0);
  const scale = norm(await vectorOf(inputs, device)) / Math.sqrt(cells || 1);
  return Math.cbrt(precisions[device.precision].epsilon) * Math.max(1, scale);
}

/** The central difference of the objective along a direction, by two trainings. */
export async function retrainedSlope<
  S extends Tree,
  I extends Tree,
  R extends Tree,
  B extends Tree,
  D extends Tree,
>(
  problem: BilevelProblem<S, I, R, B, D>,
  direction: Vector,
  step: number,
  run: RunOptions,
): Promise<number> {
  const { inputs } = problem;
  const { device } = run;
  const { round } = precisions[device.precision];
  const at = await vectorOf(inputs, device);
  const [up, down] = [step, -step].map((by) => at.map((x, i) => round(x + by * direction[i])));
  const difference =
    (await valueAt(problem, treeLike(inputs, up), run)) -
    (await valueAt(problem, treeLike(inputs, down), run));
  // How far the inputs moved once rounded, along the direction.
  const moved = dot(plus(up, -1, down), direction) / dot(direction, direction);
  return difference / moved;
}

/** A slope by retraining, and whether it can be trusted. */
export interface Referee {
  readonly slope: number;
  /** The slope at twice the step. */
  readonly doubled: number;
  /**
   * Whether the two agree. They do not across a jump or a kink of the objective, such as a weight
   * that changes where an input passes 0, or where the slope is lost in rounding.
   */
  readonly steady: boolean;
}

/** The share of the slope that steps of ε and 2 ε may differ by. */
const agreement = 0.05;

/** The central differences with steps of ε and 2 ε, by four trainings. */
export async function refereedSlope<
  S extends Tree,
  I extends Tree,
  R extends Tree,
  B extends Tree,
  D extends Tree,
>(given: BilevelProblem<S, I, R, B, D>, direction: Vector, run: RunOptions): Promise<Referee> {
  const problem = withSameBatches(given);
  const step = await differenceStep(problem.inputs, run.device);
  const slope = await retrainedSlope(problem, direction, step, run);
  const doubled = await retrainedSlope(problem, direction, 2 * step, run);
  const scale = Math.max(Math.abs(slope), Math.abs(doubled));
  return { slope, doubled, steady: Math.abs(slope - doubled) <= agreement * scale };
}
