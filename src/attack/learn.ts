/** @file Algorithm 1: learns fake users by projected gradient descent on hypergradients. */

import {
  compile,
  type Device,
  type Estimator,
  hypergradient,
  type Progress,
  partial,
  readAll,
  release,
  type Tensor,
  type Tree,
  tensor,
} from '../autodiff/index.ts';
import type { SparseMatrix } from '../data/sparse.ts';
import { factorModel, type Poison, type Recommender, type ScoreUsers } from '../models/index.ts';
import { checkGoal, type Goal, targetsOf } from './goal.ts';
import { adversarialObjective } from './objective.ts';
import { type Projection, project } from './projection.ts';

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
  /** Fake users `[fakes, items]`, row-major. */
  fakes: Float64Array;
  velocity: Float64Array;
  best: { quality: number; iteration: number; fakes: Float64Array };
  history: AttackRecord[];
}

/** The state before the first iteration. */
export const startAttack = (fakes: Float64Array): AttackState => ({
  iteration: 0,
  fakes: Float64Array.from(fakes),
  velocity: new Float64Array(fakes.length),
  best: { quality: Number.NEGATIVE_INFINITY, iteration: -1, fakes: Float64Array.from(fakes) },
  history: [],
});

/**
 * Learns fake users from a state, fresh or interrupted, until it has made `iterations` updates, and
 * measures the last fake users too (Tang, Wen & Wang 2020, Algorithm 1). Changes the state in place
 * and returns it. Throws an Error if the loss or the gradient is not finite, and a UserError for a
 * goal or projection that does not fit the catalogue.
 */
export async function learnFakes<S extends Tree>(
  state: AttackState,
  options: AttackOptions<S>,
): Promise<AttackState> {
  const { surrogate, goal, iterations } = options;
  checkGoal(goal, surrogate.items);
  const { train, blockUsers } = options;
  const objective = adversarialObjective(surrogate, goal, train, blockUsers);
  if (options.clickTargets) clickTargets(state.fakes, options);
  while (state.history.length <= iterations) {
    const started = performance.now();
    const last = state.iteration === iterations;
    const { record, gradient } = await measureFakes(state, options, objective, last);
    if (!last) updateFakes(state, gradient, options);
    const seconds = (performance.now() - started) / 1000;
    state.history.push({ ...record, seconds });
    if (!last) state.iteration++;
    await options.onIteration?.(state, state.history[state.history.length - 1]);
  }
  return state;
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
  const { surrogate, device } = options;
  const poison = { fakes: fakesTensor(state.fakes, surrogate.items) };
  const result = await hypergradient(
    { ...surrogate, ...objective, inputs: poison },
    { method: last ? partial() : options.method, device, onProgress: options.onStep },
  );
  const [gradient] = await readAll(result.gradient, { device });
  expectFinite(result.value, gradient, state.iteration);
  const measured = await measureScores(options, result.state, poison);
  const quality = measured?.quality ?? -result.value;
  if (quality > state.best.quality) {
    const { iteration } = state;
    state.best = { quality, iteration, fakes: Float64Array.from(state.fakes) };
  }
  release(result.gradient);
  release(result.state);
  const clicks = state.fakes.reduce((sum, x) => sum + x, 0);
  const { iteration } = state;
  const figures = measured?.figures ?? {};
  return { record: { iteration, loss: result.value, clicks, figures }, gradient };
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
  const measured = await measure(model.scores);
  model.release();
  return measured;
}

const fakesTensor = (fakes: Float64Array, items: number): Tensor =>
  tensor(Float64Array.from(fakes), [fakes.length / items, items]);

function expectFinite(loss: number, gradient: ArrayLike<number>, iteration: number): void {
  if (!Number.isFinite(loss)) {
    throw new Error(`iteration ${iteration}: the adversarial loss is ${loss}`);
  }
  for (let i = 0; i < gradient.length; i++) {
    if (Number.isFinite(gradient[i])) continue;
    throw new Error(`iteration ${iteration}: entry ${i} of the gradient is ${gradient[i]}`);
  }
}

/** One step of descent with momentum, then the projection (lines 9 and 10 of Algorithm 1). */
function updateFakes<S extends Tree>(
  state: AttackState,
  gradient: ArrayLike<number>,
  options: AttackOptions<S>,
): void {
  const { surrogate, learningRate, momentum } = options;
  const { fakes, velocity } = state;
  const { items } = surrogate;
  const frozen = options.clickTargets ? targetsOf(options.goal) : [];
  for (let start = 0; start < fakes.length; start += items) {
    const row = Float64Array.from({ length: items }, (_, item) => gradient[start + item]);
    for (const item of frozen) row[item] = 0;
    const scale = options.normalizeRows ? inverseNorm(row) : 1;
    for (let item = 0; item < items; item++) {
      const cell = start + item;
      velocity[cell] = momentum * velocity[cell] + scale * row[item];
      fakes[cell] -= learningRate * velocity[cell];
    }
  }
  project(fakes, items, options.projection);
  if (options.clickTargets) clickTargets(fakes, options);
}

/** 1 over the l2 norm, or 0 for a row of zeros. */
function inverseNorm(row: Float64Array): number {
  const norm = Math.sqrt(row.reduce((sum, x) => sum + x * x, 0));
  return norm > 0 ? 1 / norm : 0;
}

function clickTargets<S extends Tree>(fakes: Float64Array, options: AttackOptions<S>): void {
  const { items } = options.surrogate;
  for (let start = 0; start < fakes.length; start += items) {
    for (const target of targetsOf(options.goal)) fakes[start + target] = 1;
  }
}
