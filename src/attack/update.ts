/** @file One update of the fake users, and whether any later one can still change a click. */

import { DivergedError } from '../errors.ts';
import { type Clicks, isClicked, setClick } from './clicks.ts';
import { type Projection, project } from './projection.ts';

/** How hypergradients become an update. */
export interface OuterDescent {
  /** The outer step size, eta. */
  readonly learningRate: number;
  /** Heavy-ball momentum of the outer descent, mu. */
  readonly momentum: number;
  readonly projection: Projection;
  /** Divides each fake user's gradient, of each surrogate, by its l2 norm. */
  readonly normalizeRows: boolean;
  /** Keeps the clicks on the targets at 1. */
  readonly clickTargets: boolean;
}

/** Fake users `[fakes, candidates]` and the outer momentum of each cell, row-major. */
export interface Moving {
  readonly fakes: Clicks;
  readonly velocity: Float32Array;
}

/** The hypergradients that an update follows, of one surrogate each, and the targets' columns. */
export interface Pull {
  readonly iteration: number;
  readonly gradients: readonly ArrayLike<number>[];
  /** The gradient of a penalty, which is added as it is. */
  readonly penalty?: ArrayLike<number>;
  readonly targets: readonly number[];
}

/** How hypergradients change fake users, in place; tells whether a click changed. */
export type UpdateRule = (state: Moving, pull: Pull, descent: OuterDescent) => boolean;

/**
 * One step of descent with momentum, then the projection (Tang, Wen & Wang 2020, Algorithm 1, lines
 * 9 and 10), in place. The gradient is the sum of those of the surrogates, whose rows are
 * normalised first if asked for. Returns whether a click changed. Throws a DivergedError if a
 * fake user is no longer finite.
 */
export function updateFakes(state: Moving, pull: Pull, descent: OuterDescent): boolean {
  const { fakes, velocity } = state;
  const { learningRate, momentum } = descent;
  return moveRows(fakes, descent, pull, (row, start) => {
    direction(row, start, pull, descent);
    for (let column = 0; column < row.length; column++) {
      const cell = start + column;
      velocity[cell] = momentum * velocity[cell] + row[column];
      row[column] = +isClicked(fakes, cell) - learningRate * velocity[cell];
    }
  });
}

/**
 * Whether fake users that an update has just left as they were stay so for ever, if the gradient
 * does: it does where the surrogates are the same in each iteration. Under a constant gradient g the
 * momentum goes to g / (1 - mu), every cell and every difference of two cells monotonically; so
 * what neither the present momentum nor its limit changes, no later one does (in exact arithmetic).
 */
export function isSettled({ fakes }: Moving, pull: Pull, descent: OuterDescent): boolean {
  const { learningRate, momentum } = descent;
  if (momentum >= 1) return false;
  const copy = { ...fakes, bits: fakes.bits.slice() };
  return !moveRows(copy, descent, pull, (row, start) => {
    direction(row, start, pull, descent);
    for (let column = 0; column < row.length; column++) {
      const limit = row[column] / (1 - momentum);
      row[column] = +isClicked(fakes, start + column) - learningRate * limit;
    }
  });
}

/**
 * Writes the gradient of the fake user whose first cell is `start` into its row: the sum over
 * surrogates, of unit rows where they are normalised, and of the penalty.
 */
export function direction(
  row: Float64Array,
  start: number,
  { gradients, penalty, targets }: Pull,
  { normalizeRows, clickTargets }: OuterDescent,
): void {
  row.fill(0);
  const own = new Float64Array(row.length);
  for (const gradient of gradients) {
    for (let column = 0; column < row.length; column++) own[column] = gradient[start + column];
    if (clickTargets) for (const column of targets) own[column] = 0;
    const scale = normalizeRows ? inverseNorm(own) : 1;
    for (let column = 0; column < row.length; column++) row[column] += scale * own[column];
  }
  if (!penalty) return;
  for (let column = 0; column < row.length; column++) row[column] += penalty[start + column];
  if (clickTargets) for (const column of targets) row[column] = 0;
}

/**
 * The share of a fake user's squared gradient that lies on the targets: the mean over fake users and
 * surrogates. Nothing without targets or without a gradient.
 */
export function shareOnTargets(
  { gradients, targets }: Pull,
  { rows, columns }: Clicks,
): { targetShare?: number } {
  let [sum, count] = [0, 0];
  for (const gradient of gradients) {
    for (let start = 0; start < rows * columns; start += columns) {
      const squares = (at: number): number => gradient[start + at] ** 2;
      let all = 0;
      for (let column = 0; column < columns; column++) all += squares(column);
      if (all === 0) continue;
      sum += targets.reduce((on, column) => on + squares(column), 0) / all;
      count++;
    }
  }
  return targets.length > 0 && count > 0 ? { targetShare: sum / count } : {};
}

/** Projects what `moved` writes into the row of each fake user, and says if a click changed. */
export function moveRows(
  fakes: Clicks,
  { projection, clickTargets }: OuterDescent,
  { iteration, targets }: Pull,
  moved: (row: Float64Array, start: number) => void,
): boolean {
  const { rows, columns } = fakes;
  const before = fakes.bits.slice();
  const row = new Float64Array(columns);
  for (let start = 0; start < rows * columns; start += columns) {
    moved(row, start);
    const fake = start / columns;
    expectFinite(iteration, `the updated fake user ${fake}`, row);
    // Targets count: the projection is to keep their clicks before all others.
    if (clickTargets) for (const column of targets) row[column] = Number.POSITIVE_INFINITY;
    project(row, columns, projection, fake);
    for (let column = 0; column < columns; column++)
      setClick(fakes, start + column, row[column] === 1);
  }
  return fakes.bits.some((byte, i) => byte !== before[i]);
}

/** Clicks some columns in every row. */
export function clickColumns(fakes: Clicks, columns: readonly number[]): void {
  for (let start = 0; start < fakes.rows * fakes.columns; start += fakes.columns) {
    for (const column of columns) setClick(fakes, start + column, true);
  }
}

/** 1 over the l2 norm, or 0 for a row of zeros. */
function inverseNorm(row: Float64Array): number {
  const norm = Math.sqrt(row.reduce((sum, x) => sum + x * x, 0));
  return norm > 0 ? 1 / norm : 0;
}

/** Throws a DivergedError that names the iteration and the first number that is not finite. */
export function expectFinite(iteration: number, what: string, numbers: ArrayLike<number>): void {
  for (let i = 0; i < numbers.length; i++) {
    if (Number.isFinite(numbers[i])) continue;
    const which = numbers.length > 1 ? `entry ${i} of ${what}` : what;
    throw new DivergedError(`iteration ${iteration}: ${which} is ${numbers[i]}`);
  }
}
