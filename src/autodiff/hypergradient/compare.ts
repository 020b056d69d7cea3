/**
 * @file `compareHypergradients`: estimators of one hypergradient side by side, with the exact one
 * as the measure and differences that train again as the referee of both.
 */

import { type Device, expectDevice } from '../devices/device.ts';
import { defaultDevice } from '../devices/open.ts';
import { release } from '../run/buffers.ts';
import { NonFiniteError } from '../run/non-finite-error.ts';
import { expectOptions } from '../tape/options.ts';
import { randomVector } from '../tape/random-numbers.ts';
import { cellsOf, type Tree } from '../tape/tree.ts';
import { attribution, type StepShare, type Truncation } from './attribution.ts';
import type { Certificate } from './certificates/certificate.ts';
import { checkedProblem } from './checked.ts';
import { type Checkpoints, MethodError } from './checkpoints.ts';
import type { Estimator } from './estimators/estimator.ts';
import { vectorOf } from './host.ts';
import { hypergradient } from './hypergradient.ts';
import { type Likeness, likenessOf } from './likeness.ts';
import { treeBytes } from './precision.ts';
import type { BilevelProblem, NoData } from './problem.ts';
import { type Referee, refereedSlope } from './retrain.ts';
import { dot, norm, plus, type Vector } from './vectors.ts';

/** Options of `compareHypergradients`. */
export interface CompareOptions {
  /** What is compared, a row each. */
  readonly methods: readonly Estimator[];
  /** States that the exact hypergradient, the measure of all rows, may hold; default all. */
  readonly checkpoints?: Checkpoints;
  /** Random directions in which the training is run four times again; default 2. */
  readonly directions?: number;
  /**
   * Whether estimators that took less than five seconds are run once more and the second time
   * counts, so that compilation does not; default false.
   */
  readonly again?: boolean;
  /** Draws the directions; default 0. */
  readonly seed?: number;
  /** Default the default device. */
  readonly device?: Device;
  /** Told of each method, and of `exact` and `retrained` before them, once it is done. */
  readonly onProgress?: (name: string, done: number, total: number) => void;
  /** Gets each row once it is there. */
  readonly onRow?: (row: ComparedRow | RefusedRow) => void;
  /** Stops after the step at hand: its reason is thrown. */
  readonly signal?: AbortSignal;
}

/** An estimator that gave a gradient. Its likeness is to the exact gradient. */
export interface ComparedRow extends Likeness {
  /** As a user writes the estimator. */
  readonly method: string;
  /** ‖(hᵀd_j - s_j)_j‖ / ‖(s_j)_j‖ over the slopes s_j of retraining; undefined without a steady one. */
  readonly retrainedError?: number;
  /** Of the run, compilation included where the device had no program yet; see `again`. */
  readonly seconds: number;
  readonly forwardSteps: number;
  readonly heldStates: number;
  /** Bytes of the states that were held at once. */
  readonly heldBytes: number;
  readonly certificate?: Certificate;
}

/** An estimator that refused the problem, and why. */
export interface RefusedRow {
  readonly method: string;
  readonly refused: string;
}

/** What `compareHypergradients` found. */
export interface Comparison {
  /** The objective after training. */
  readonly value: number;
  /** The norm of the exact hypergradient. */
  readonly norm: number;
  /** The exact hypergradient, all cells of the inputs one after another. */
  readonly gradient: Float64Array;
  readonly rows: readonly (ComparedRow | RefusedRow)[];
  /** What each step contributed, from the last to the first, then `init`. */
  readonly shares: readonly StepShare[];
  /** Error, cosine and norm ratio of `truncated(τ)` for every τ. */
  readonly curve: readonly Truncation[];
  /** How far the exact hypergradient is from retraining, as `retrainedError` of a row. */
  readonly exactRetrainedError?: number;
  /**
   * Directions along which steps of two lengths gave different slopes, across a jump or a kink of
   * the objective or lost in rounding. They judge nobody.
   */
  readonly unsteady: number;
}

const compareOptions = [
  'methods',
  'checkpoints',
  'directions',
  'again',
  'seed',
  'device',
  'onProgress',
  'onRow',
  'signal',
];

/**
 * Runs estimators on one problem, one after another. One that refuses it, with a MethodError, or
 * whose gradient is not finite gets a row that says why; every other error stops the comparison. Costs the exact hypergradient,
 * four trainings a direction and the estimators themselves.
 */
export async function compareHypergradients<
  S extends Tree,
  I extends Tree,
  R extends Tree = S,
  B extends Tree = NoData,
  D extends Tree = NoData,
>(problem: BilevelProblem<S, I, R, B, D>, options: CompareOptions): Promise<Comparison> {
  expectOptions('compareHypergradients', options, compareOptions);
  const { methods, checkpoints, directions = 2, seed = 0, again = false } = options;
  const { signal, onProgress, onRow } = options;
  expectMethods(methods);
  if (!Number.isSafeInteger(directions) || directions < 0) {
    throw new MethodError(
      `compareHypergradients: directions: expected a whole number from 0, got ${directions}`,
    );
  }
  const checked = checkedProblem(problem);
  const device = options.device ?? (await defaultDevice());
  expectDevice('compareHypergradients', device);
  const run = { device, signal };
  const own = { ...run, again };
  const total = methods.length + 2;
  const exactly = await attribution(problem, { device, checkpoints, signal });
  const exact = await vectorOf(exactly.gradient, device);
  const stateBytes = treeBytes(exactly.state, device);
  release([exactly.gradient, exactly.state]);
  onProgress?.('exact', 1, total);
  const tried = await retrainedSlopes(checked, { directions, seed }, run);
  const retrained = tried.filter(({ steady }) => steady);
  onProgress?.('retrained', 2, total);
  const rows: (ComparedRow | RefusedRow)[] = [];
  for (const method of methods) {
    const row = await compared(problem, method, { exact, retrained, stateBytes }, own);
    rows.push(row);
    onRow?.(row);
    onProgress?.(method.name, rows.length + 2, total);
  }
  const { value, shares, curve } = exactly;
  const exactRetrainedError = retrainedError(exact, retrained);
  const unsteady = tried.length - retrained.length;
  const whole = { value, norm: norm(exact), gradient: exact, shares, curve };
  return { ...whole, rows, exactRetrainedError, unsteady };
}

function expectMethods(methods: readonly Estimator[]): void {
  if (Array.isArray(methods) && methods.every((one) => typeof one?.estimate === 'function')) return;
  throw new MethodError(
    'compareHypergradients: methods: expected a list of estimators such as exact() and truncated(10)',
  );
}

/** Seconds below which compilation may be most of a run. */
const briefly = 5;

async function retrainedSlopes<
  S extends Tree,
  I extends Tree,
  R extends Tree,
  B extends Tree,
  D extends Tree,
>(
  problem: BilevelProblem<S, I, R, B, D>,
  { directions, seed }: { readonly directions: number; readonly seed: number },
  run: { readonly device: Device; readonly signal?: AbortSignal },
): Promise<Referee[]> {
  const size = cellsOf(problem.inputs);
  const slopes: Referee[] = [];
  for (let i = 0; i < directions; i++) {
    slopes.push(await refereedSlope(problem, randomVector(size, seed + 7919 * i), run));
  }
  return slopes;
}

function retrainedError(h: Vector, retrained: readonly Referee[]): number | undefined {
  if (retrained.length === 0) return undefined;
  const slopes = Float64Array.from(retrained, ({ slope }) => slope);
  const own = Float64Array.from(retrained, ({ direction }) => dot(h, direction));
  return norm(plus(own, -1, slopes)) / norm(slopes);
}

async function compared<
  S extends Tree,
  I extends Tree,
  R extends Tree,
  B extends Tree,
  D extends Tree,
>(
  problem: BilevelProblem<S, I, R, B, D>,
  method: Estimator,
  to: {
    readonly exact: Vector;
    readonly retrained: readonly Referee[];
    readonly stateBytes: number;
  },
  {
    again,
    ...run
  }: {
    readonly device: Device;
    readonly signal?: AbortSignal;
    readonly again: boolean;
  },
): Promise<ComparedRow | RefusedRow> {
  const timed = async () => {
    const started = performance.now();
    const { gradient, state, ...rest } = await hypergradient(problem, { ...run, method });
    const h = await vectorOf(gradient, run.device);
    const seconds = (performance.now() - started) / 1e3;
    release([gradient, state]);
    return { ...rest, h, seconds };
  };
  try {
    const first = await timed();
    const isShort = again && first.seconds < briefly;
    const { h, seconds, cost, certificate } = isShort ? await timed() : first;
    return {
      method: method.name,
      ...likenessOf(h, to.exact),
      retrainedError: retrainedError(h, to.retrained),
      seconds,
      ...cost,
      heldBytes: cost.heldStates * to.stateBytes,
      certificate,
    };
  } catch (error) {
    if (!(error instanceof MethodError || error instanceof NonFiniteError)) throw error;
    return { method: method.name, refused: error.message };
  }
}
