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
import { dot, norm, plus, scaled, type Vector } from './vectors.ts';

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
 * The size of each cell of the inputs, relative to which it is moved: its own, or the root mean square
 * of its tensor where that is larger, as the cells of a tensor share a unit. 1 in a tensor of zeros,
 * which has none, and 0 for addresses.
 */
export async function cellSizes(inputs: Tree, device: Device): Promise<Vector> {
  const values = await vectorOf(inputs, device);
  let at = 0;
  for (const { kind, size } of leaves(inputs)) {
    const cells = values.subarray(at, (at += size));
    const largest = cells.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const ratio = norm(scaled(1 / largest, cells)) / Math.sqrt(size);
    for (let i = 0; i < size; i++) {
      if (largest > 0) cells[i] = Math.max(Math.abs(cells[i]), largest * ratio);
      else cells[i] = kind === 'real' ? 1 : 0;
    }
  }
  return values;
}

/** How far the cell of a direction that moves the most moves, relative to the sizes of cells. */
const farthest = (direction: Vector, sizes: Vector): number =>
  direction.reduce(
    (most, part, i) => (part === 0 ? most : Math.max(most, Math.abs(part) / sizes[i])),
    0,
  ) || 1;

/** A central difference. */
export interface Slope {
  readonly slope: number;
  /** What one rounding of the objective changes in it. */
  readonly rounding: number;
  /** The mean of the objective on both sides. */
  readonly middle: number;
  readonly step: number;
}

/**
 * The central difference along a direction. No cell moves by more of its size than the cube root of the
 * rounding error of the device, which balances the rounding of the objective with the error of the
 * difference. Where the slope is lost in rounding, as of inputs that are tiny beside what they are
 * added to, the step is lengthened up to where a cell moves by as much of 1.
 */
export async function slopeAlong<
  S extends Tree,
  I extends Tree,
  R extends Tree,
  B extends Tree,
  D extends Tree,
>(
  problem: BilevelProblem<S, I, R, B, D>,
  direction: Vector,
  sizes: Vector,
  run: RunOptions,
): Promise<Slope> {
  const share = Math.cbrt(precisions[run.device.precision].epsilon);
  const longest =
    share /
    farthest(
      direction,
      sizes.map((size) => Math.max(1, size)),
    );
  let step = share / farthest(direction, sizes);
  let found = await retrainedSlope(problem, direction, step, run);
  while (found.rounding > share * Math.abs(found.slope) && step < longest) {
    step = Math.min(16 * step, longest);
    found = await retrainedSlope(problem, direction, step, run);
  }
  return found;
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
): Promise<Slope> {
  const { inputs } = problem;
  const { device } = run;
  const { round, epsilon } = precisions[device.precision];
  const at = await vectorOf(inputs, device);
  const [up, down] = [step, -step].map((by) => at.map((x, i) => round(x + by * direction[i])));
  const above = await valueAt(problem, treeLike(inputs, up), run);
  const below = await valueAt(problem, treeLike(inputs, down), run);
  // How far the inputs moved once rounded, along the direction.
  const moved = dot(plus(up, -1, down), direction) / dot(direction, direction);
  const rounding = (epsilon * Math.max(Math.abs(above), Math.abs(below))) / Math.abs(moved);
  return { slope: (above - below) / moved, rounding, middle: (above + below) / 2, step };
}

/** A slope by retraining, and whether it can be trusted. */
export interface Referee {
  /** What the inputs were moved along, of norm 1. */
  readonly direction: Vector;
  readonly slope: number;
  /** The slope at twice the step. */
  readonly doubled: number;
  /**
   * Whether the two agree. They do not across a jump or a kink of the objective, such as a weight
   * that changes where an input passes 0, or where the slope is lost in rounding.
   */
  readonly steady: boolean;
}

/**
 * Whether steps of ε and 2 ε give slopes that differ by a small share of a slope `of` this size, by a
 * smaller one of how much the slope changes within the step, as it does at a minimum, or by the
 * rounding of a training: some tens of that of its objective.
 */
export function isSteady(one: Slope, two: Slope, of: number): boolean {
  const bend = Math.abs(two.middle - one.middle) / one.step;
  const allowed = 0.05 * of + 0.01 * bend + 64 * (one.rounding + two.rounding);
  return Math.abs(one.slope - two.slope) <= allowed;
}

/**
 * The central differences with steps of ε and 2 ε, by four trainings. The direction is `drawn` with
 * each part scaled by the size of its cell, so that a rate of 0.01 beside ratings of 1e5 is moved by
 * as much of itself as they are.
 */
export async function refereedSlope<
  S extends Tree,
  I extends Tree,
  R extends Tree,
  B extends Tree,
  D extends Tree,
>(given: BilevelProblem<S, I, R, B, D>, drawn: Vector, run: RunOptions): Promise<Referee> {
  const problem = withSameBatches(given);
  const sizes = await cellSizes(problem.inputs, run.device);
  const sized = drawn.map((part, i) => part * sizes[i]);
  const direction = scaled(1 / norm(sized), sized);
  const slope = await slopeAlong(problem, direction, sizes, run);
  const doubled = await retrainedSlope(problem, direction, 2 * slope.step, run);
  const largest = Math.max(Math.abs(slope.slope), Math.abs(doubled.slope));
  // A slope that is nothing but rounding is no witness.
  const steady = isSteady(slope, doubled, largest) && slope.rounding < 0.01 * largest;
  return { direction, slope: slope.slope, doubled: doubled.slope, steady };
}
