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

export interface AttackOptions<S extends Tree> {
  /** Real users' clicks, which the surrogate trains on beside the fake users. */
  readonly train: SparseMatrix;
  /** Trained from the same start in each iteration. */
  readonly surrogate: Recommender<S>;
  readonly goal: Goal;
  readonly method: Estimator;
  /** Updates of the fake users, T. */
  readonly iterations: number;
  /** Step of the outer gradient descent, eta, and its heavy-ball momentum. */
  readonly learningRate: number;
  readonly momentum: number;
  readonly projection: Projection;
  /** Divides each fake user's gradient by its l2 norm. */
  readonly normalizeRows: boolean;
  /** Fixes the clicks on the targets to 1. */
  readonly clickTargets: boolean;
  /** Real users whose scores are held at once for the adversarial loss; default all. */
  readonly blockUsers?: number;
  readonly device: Device;
  /** What to maximise over the iterations, from the surrogate's scores; default minus the loss. */
  readonly measure?: (scores: ScoreUsers) => Promise<Measured>;
  readonly onStep?: Progress;
  /** Called after each measurement with all that is needed to go on from there. */
  readonly onIteration?: (state: AttackState, record: AttackRecord) => Promise<void> | void;
}

/** `quality` decides which fake users are kept, the figures go into the history. */
export interface Measured {
  readonly quality: number;
  readonly figures: Readonly<Record<string, number>>;
}

/** One line of the history: the fake users after `iteration` updates and what they do. */
export interface AttackRecord {
  readonly iteration: number;
  readonly loss: number;
  readonly clicks: number;
  readonly seconds: number;
  readonly figures: Readonly<Record<string, number>>;
}

/** Everything that the next iteration depends on, as plain data. */
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
 * Learns fake users from a state (fresh or interrupted) until `iterations` updates are made; the
 * last fake users are measured too. Throws an Error if the loss or the gradient is not finite.
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

/** Trains on the fake users, records what they do and, unless it is the end, the gradient. */
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
  const factors = compile((at: S, given: Poison) => surrogate.factors(at, given), { device });
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
  for (let at = 0; at < fakes.length; at += items) {
    const row = Float64Array.from({ length: items }, (_, item) => gradient[at + item]);
    for (const item of frozen) row[item] = 0;
    const scale = options.normalizeRows ? inverseNorm(row) : 1;
    for (let item = 0; item < items; item++) {
      velocity[at + item] = momentum * velocity[at + item] + scale * row[item];
      fakes[at + item] -= learningRate * velocity[at + item];
    }
  }
  project(fakes, items, options.projection);
  if (options.clickTargets) clickTargets(fakes, options);
}

/** 1 over the l2 norm; a row of zeros stays zero. */
function inverseNorm(row: Float64Array): number {
  const norm = Math.sqrt(row.reduce((sum, x) => sum + x * x, 0));
  return norm > 0 ? 1 / norm : 0;
}

function clickTargets<S extends Tree>(fakes: Float64Array, options: AttackOptions<S>): void {
  const { items } = options.surrogate;
  for (let at = 0; at < fakes.length; at += items) {
    for (const target of targetsOf(options.goal)) fakes[at + target] = 1;
  }
}
