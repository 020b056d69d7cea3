/** @file Algorithm 1: learns fake users by projected gradient descent on hypergradients. */

import {
  compile,
  type Device,
  type Estimator,
  hypergradient,
  NonFiniteError,
  type Progress,
  partial,
  readAll,
  release,
  type Tree,
  Turns,
  tensor,
} from '../autodiff/index.ts';
import type { SparseMatrix } from '../data/sparse.ts';
import { DivergedError, UserError } from '../errors.ts';
import { factorModel, type Poison, type Recommender, type ScoreUsers } from '../models/index.ts';
import {
  type Clicks,
  clicksOf,
  copyClicks,
  countClicks,
  denseClicks,
  isClicked,
  positions,
  setClick,
} from './clicks.ts';
import { checkGoal, type Goal, targetsOf } from './goal.ts';
import { adversarialObjective } from './objective.ts';
import { checkProjection, type Projection, project } from './projection.ts';

/** What an attack learns fake users through and for, and how. */
export interface AttackOptions<S extends Tree> {
  /** Clicks of the real users, on which the surrogate trains beside the fake users. */
  readonly train: SparseMatrix;
  /** Each iteration trains it from the same initial state. */
  readonly surrogate: Recommender<S>;
  readonly goal: Goal;
  readonly method: Estimator;
  /** T, the updates of the fake users. */
  readonly iterations: number;
  /** The outer step size, eta. */
  readonly learningRate: number;
  /** Heavy-ball momentum of the outer descent. */
  readonly momentum: number;
  readonly projection: Projection;
  /** Divides each fake user's gradient by its l2 norm. */
  readonly normalizeRows: boolean;
  /** Keeps the clicks on the targets at 1. */
  readonly clickTargets: boolean;
  /** Real users whose scores the adversarial loss has in memory at once; default all. */
  readonly blockUsers?: number;
  readonly device: Device;
  /** Measures the surrogate's scores in each iteration. The default quality is minus the loss. */
  readonly measure?: (scores: ScoreUsers) => Promise<Measured>;
  readonly onStep?: Progress;
  /** Called after each iteration with the state from which `learnFakes` can resume. */
  readonly onIteration?: (state: AttackState, record: AttackRecord) => Promise<void> | void;
  /** Stops the attack after the training step at hand, with the state of the last iteration. */
  readonly signal?: AbortSignal;
}

/** The fake users of the highest `quality` are the best; the figures go into the history. */
export interface Measured {
  readonly quality: number;
  readonly figures: Readonly<Record<string, number>>;
}

/** One line of the history: the fake users after `iteration` updates and their effect. */
export interface AttackRecord {
  readonly iteration: number;
  readonly loss: number;
  readonly clicks: number;
  readonly seconds: number;
  readonly figures: Readonly<Record<string, number>>;
}

/** The state between two iterations, as plain data. */
export interface AttackState {
  /** Updates made so far. */
  iteration: number;
  /** Fake users `[fakes, candidates]`. */
  fakes: Clicks;
  /** The outer momentum of each cell, row-major. */
  velocity: Float32Array;
  best: { quality: number; iteration: number; fakes: Clicks };
  history: AttackRecord[];
}

/**
 * The state before the first iteration: fake users over all items, of whose clicks those on the
 * candidates of the surrogate are kept. Throws a UserError for an entry that is not 1.
 */
export function startAttack(users: SparseMatrix, candidates?: Int32Array): AttackState {
  const fakes = clicksOf(users, candidates);
  return {
    iteration: 0,
    fakes,
    velocity: new Float32Array(fakes.rows * fakes.columns),
    best: { quality: Number.NEGATIVE_INFINITY, iteration: -1, fakes: copyClicks(fakes) },
    history: [],
  };
}

/**
 * Learns fake users from a state, fresh or interrupted, until it has made `iterations` updates, and
 * measures the last fake users too (Tang, Wen & Wang 2020, Algorithm 1). Changes the state in place
 * and returns it. Throws a DivergedError if the loss, the gradient or the momentum is not finite,
 * and a UserError for a state, goal or projection that does not fit the catalogue.
 */
export async function learnFakes<S extends Tree>(
  state: AttackState,
  options: AttackOptions<S>,
): Promise<AttackState> {
  const { surrogate, goal, iterations } = options;
  checkGoal(goal, surrogate.items);
  checkProjection(options.projection, state.fakes.columns);
  const turns = new Turns(options.signal);
  const { train, blockUsers } = options;
  const objective = adversarialObjective(surrogate, goal, train, blockUsers);
  const targets = targetColumns(state, options);
  if (options.clickTargets) clickColumns(state.fakes, targets);
  while (state.history.length <= iterations) {
    const started = performance.now();
    const last = state.iteration === iterations;
    const { record, gradient } = await measureFakes(state, options, objective, last);
    if (!last) updateFakes(state, gradient, options, targets);
    const seconds = (performance.now() - started) / 1000;
    state.history.push({ ...record, seconds });
    if (!last) state.iteration++;
    await options.onIteration?.(state, state.history[state.history.length - 1]);
    await turns.pass();
  }
  return state;
}

/** The columns of the targets. Throws a UserError unless the fake users fit the surrogate. */
function targetColumns<S extends Tree>(
  { fakes }: AttackState,
  { surrogate: { candidates, items }, goal }: AttackOptions<S>,
): number[] {
  const width = candidates?.length ?? items;
  if (fakes.columns !== width) {
    throw new UserError(
      `fake users over ${fakes.columns} items do not fit the ${width} of the surrogate`,
    );
  }
  const columns = targetsOf(goal).map(positions(candidates, items));
  if (!columns.includes(-1)) return columns;
  throw new UserError('candidates: expected the targets among them');
}

/**
 * Trains the surrogate beside the fake users and measures it. The last fake users are
 * not updated, so the cheap partial derivative does for them.
 */
async function measureFakes<S extends Tree>(
  state: AttackState,
  options: AttackOptions<S>,
  objective: ReturnType<typeof adversarialObjective<S>>,
  last: boolean,
) {
  const { surrogate, device, signal } = options;
  const { iteration } = state;
  const { rows, columns } = state.fakes;
  const poison = { fakes: tensor(denseClicks(state.fakes), [rows, columns]) };
  const result = await hypergradient(
    { ...surrogate, ...objective, inputs: poison },
    { method: last ? partial() : options.method, device, onProgress: options.onStep, signal },
  ).catch((error) => {
    if (!(error instanceof NonFiniteError)) throw error;
    throw new DivergedError(`iteration ${iteration}: ${error.message}`);
  });
  try {
    const [gradient] = await readAll(result.gradient, { device });
    const measured = await measureScores(options, result.state, poison);
    const quality = measured?.quality ?? -result.value;
    if (quality > state.best.quality) {
      state.best = { quality, iteration, fakes: copyClicks(state.fakes) };
    }
    const clicks = countClicks(state.fakes);
    const figures = measured?.figures ?? {};
    return { record: { iteration, loss: result.value, clicks, figures }, gradient };
  } finally {
    release(result.gradient);
    release(result.state);
  }
}

async function measureScores<S extends Tree>(
  { measure, surrogate, device }: AttackOptions<S>,
  state: S,
  poison: Poison,
): Promise<Measured | undefined> {
  if (!measure) return undefined;
  const factors = compile((trained: S, inputs: Poison) => surrogate.factors(trained, inputs), {
    device,
  });
  const model = factorModel(await factors(state, poison), device);
  try {
    return await measure(model.scores);
  } finally {
    model.release();
  }
}

function expectFinite(iteration: number, what: string, numbers: ArrayLike<number>): void {
  for (let i = 0; i < numbers.length; i++) {
    if (Number.isFinite(numbers[i])) continue;
    const which = numbers.length > 1 ? `entry ${i} of ${what}` : what;
    throw new DivergedError(`iteration ${iteration}: ${which} is ${numbers[i]}`);
  }
}

/** One step of descent with momentum, then the projection (lines 9 and 10 of Algorithm 1). */
function updateFakes<S extends Tree>(
  state: AttackState,
  gradient: ArrayLike<number>,
  options: AttackOptions<S>,
  targets: readonly number[],
): void {
  const { learningRate, momentum, projection } = options;
  const { fakes, velocity, iteration } = state;
  const { columns } = fakes;
  const row = new Float64Array(columns);
  for (let start = 0; start < velocity.length; start += columns) {
    for (let column = 0; column < columns; column++) row[column] = gradient[start + column];
    if (options.clickTargets) for (const column of targets) row[column] = 0;
    const scale = options.normalizeRows ? inverseNorm(row) : 1;
    for (let column = 0; column < columns; column++) {
      const cell = start + column;
      velocity[cell] = momentum * velocity[cell] + scale * row[column];
      row[column] = +isClicked(fakes, cell) - learningRate * velocity[cell];
    }
    expectFinite(iteration, `the updated fake user ${start / columns}`, row);
    project(row, columns, projection);
    for (let column = 0; column < columns; column++)
      setClick(fakes, start + column, row[column] === 1);
  }
  if (options.clickTargets) clickColumns(fakes, targets);
}

/** 1 over the l2 norm, or 0 for a row of zeros. */
function inverseNorm(row: Float64Array): number {
  const norm = Math.sqrt(row.reduce((sum, x) => sum + x * x, 0));
  return norm > 0 ? 1 / norm : 0;
}

function clickColumns(fakes: Clicks, columns: readonly number[]): void {
  for (let start = 0; start < fakes.rows * fakes.columns; start += fakes.columns) {
    for (const column of columns) setClick(fakes, start + column, true);
  }
}
