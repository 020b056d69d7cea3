/** @file S-attack: fillers that overtake the lists of influential users (Fang, Gong & Liu 2020). */

import {
  compile,
  gather,
  matmul,
  mul,
  type RowIndex,
  release,
  rowIndex,
  sigmoid,
  sub,
  sum,
  type Tensor,
  type Tree,
  tensor,
  train as trainToEnd,
} from '../../autodiff/index.ts';
import { largestOf } from '../../data/largest.ts';
import { rowOf, type SparseMatrix } from '../../data/sparse.ts';
import { UserError } from '../../errors.ts';
import { type Factors, factorModel, type Poison } from '../../models/index.ts';
import { type Clicks, denseClicks, poisonOf } from '../clicks.ts';
import type { AttackKind } from '../kind.ts';
import type { ImplicitRecord } from '../learn.ts';
import { learnOneByOne, type Made, type OneByOne } from './one-by-one.ts';
import {
  expectResting,
  type ImplicitRun,
  implicitAt,
  type RestingSurrogate,
  worseOf,
} from './rested.ts';

/** Settings of `s-attack`. */
export type SAttackSettings = {
  readonly surrogate: string;
  /** |S|, the real users whose lists count. */
  readonly influentialUsers: number;
  /** The items of a list, N. */
  readonly listItems: number;
  /** b, how far a score must be above another to count as such. */
  readonly rankingWidth: number;
  /** eta, the weight of the sum of the relaxed clicks. */
  readonly sparsity: number;
  /** Proximal steps for each fake user. */
  readonly clickUpdates: number;
  /** By how much the gradient moves a relaxed click at most. */
  readonly clickRate: number;
  /** The most iterations of conjugate gradients. */
  readonly cgIterations: number;
  readonly candidates: number;
};

/** Pairs of a real user and an item of their list, and the targets. */
export interface ListPairs {
  readonly users: RowIndex;
  readonly items: RowIndex;
  readonly targets: RowIndex;
}

/**
 * The mean over the targets t of the sum over pairs (u, i) of g(r_ui - r_ut),
 * g(x) = 1 / (1 + exp(-x / b)): a scalar. It is about the number of list items above the targets,
 * and falls as a target's score rises.
 */
export function rankingLoss(factors: Factors, pairs: ListPairs, b: number): Tensor {
  const users = gather(factors.users, pairs.users);
  const listed = sum(mul(users, gather(factors.items, pairs.items)), -1, { keepDims: true });
  const targets = gather(factors.items, pairs.targets);
  const above = sub(listed, matmul(users, targets, { transposeB: true }));
  return mul(1 / targets.shape[0], sum(sigmoid(mul(1 / b, above))));
}

/**
 * A proximal step of size s on f(w) + eta |w| over 0 <= w <= 1, given the derivative of f:
 * min(1, max(0, w - s (f' + eta))).
 */
export const proximalStep = (w: number, slope: number, s: number, eta: number): number =>
  Math.min(1, Math.max(0, w - s * (slope + eta)));

/**
 * I(k, t) = -∇f(t)ᵀ H⁻¹ ∇ℓ_k for each real user k, where f(t) is the mean over the targets of the
 * scores of all real users, and ℓ_k what the user adds to the loss: the derivative of f in the
 * weight of ℓ_k.
 */
export async function influences(
  surrogate: RestingSurrogate,
  state: Tree,
  poison: Poison,
  targets: readonly number[],
  run: ImplicitRun,
): Promise<{ readonly influence: ArrayLike<number>; readonly record: ImplicitRecord }> {
  const index = rowIndex(Int32Array.from(targets), surrogate.items);
  const objective = ({ users, items }: Factors) =>
    mul(1 / targets.length, sum(matmul(users, gather(items, index), { transposeB: true })));
  const weights = tensor(new Float64Array(surrogate.users).fill(1), [surrogate.users, 1]);
  const inputs = { ...poison, weights };
  const found = await implicitAt(surrogate, state, { inputs, objective }, run);
  return { influence: found.gradient.get('weights') ?? [], record: found.record };
}

/** What a fake user is made with. */
interface Making extends OneByOne {
  readonly surrogate: RestingSurrogate;
  readonly train: SparseMatrix;
  readonly settings: SAttackSettings;
  readonly run: ImplicitRun;
}

/** The lists of users: the items that they do not click, the targets left out, of largest score. */
async function listsOf(
  { surrogate, train, targets, settings, run }: Making,
  state: Tree,
  poison: Poison,
  users: Int32Array,
): Promise<ListPairs> {
  const factors = await compile(
    (trained: Tree, inputs: Poison) => surrogate.factors(trained, inputs),
    { device: run.device },
  )(state, poison);
  const model = factorModel(factors, run.device);
  try {
    const scores = await model.scores(users);
    const [ofUsers, ofItems]: number[][] = [[], []];
    users.forEach((user, row) => {
      const own = scores.slice(row * train.columns, (row + 1) * train.columns);
      const barred = [...rowOf(train, user), ...targets];
      for (const item of barred) own[item] = Number.NEGATIVE_INFINITY;
      const most = Math.min(settings.listItems, train.columns - new Set(barred).size);
      for (const item of largestOf(own, most)) {
        ofUsers.push(user);
        ofItems.push(item);
      }
    });
    return {
      users: rowIndex(Int32Array.from(ofUsers), train.rows),
      items: rowIndex(Int32Array.from(ofItems), train.columns),
      targets: rowIndex(Int32Array.from(targets), train.columns),
    };
  } finally {
    model.release();
  }
}

/** By how much shorter the training is that goes on after a proximal step, which moves it little. */
const shareOfUpdate = 4;

/** The surrogate trained beside the fake users, from its start or on from a state, which it frees. */
async function trained(
  { surrogate, learning, run }: Making,
  poison: Poison,
  from?: Tree,
): Promise<Tree> {
  const steps = Math.ceil(surrogate.steps / shareOfUpdate);
  const training = from ? { ...surrogate, init: () => from, steps } : surrogate;
  const { device, signal } = run;
  const state = await trainToEnd(training, poison, device, {
    onProgress: learning.onStep,
    signal,
  });
  if (from) release(from);
  return state;
}

/** The record of a fake user whose ranking loss is flat in every click. */
const withoutSlope = (record: ImplicitRecord): ImplicitRecord => ({
  ...record,
  warnings: [
    ...record.warnings,
    'The ranking loss has no slope in any click, as the targets lie far from all lists: fillers ' +
      'of equal clicks are those of the lowest numbers. Raise --ranking-width.',
  ],
});

/** The fillers of the largest relaxed clicks beside the fake users made before. */
async function fillersOf(making: Making, fake: number, fakes: Clicks, room: number): Promise<Made> {
  const { surrogate, settings, targets, targetColumns, run } = making;
  const { rankingWidth, sparsity, clickUpdates, clickRate, influentialUsers } = settings;
  const cells = Float64Array.from(denseClicks(fakes));
  const w = cells.subarray(fake * fakes.columns, (fake + 1) * fakes.columns);
  const free = Int32Array.from(w.keys()).filter((column) => !targetColumns.includes(column));
  const relaxed = (): Poison => ({ fakes: tensor(cells.slice(), [fakes.rows, fakes.columns]) });
  let state = await trained(making, poisonOf(fakes));
  try {
    const found = await influences(surrogate, state, poisonOf(fakes), targets, run);
    const users = largestOf(found.influence, influentialUsers);
    let { record } = found;
    let slopes: ArrayLike<number> = [];
    // Of equal clicks, such as 0, those come first whose growth would help most.
    const byValue = () =>
      free
        .sort((a, b) => w[b] - w[a] || slopes[a] - slopes[b] || a - b)
        .subarray(0, Math.max(0, room));
    for (let update = 0; update < clickUpdates; update++) {
      const inputs = relaxed();
      if (update > 0) state = await trained(making, inputs, state);
      const pairs = await listsOf(making, state, inputs, users);
      const objective = (factors: Factors) => rankingLoss(factors, pairs, rankingWidth);
      const at = await implicitAt(surrogate, state, { inputs, objective }, run);
      record = worseOf(record, at.record);
      const all = Float64Array.from(at.gradient.get('fakes') ?? []);
      slopes = all.subarray(fake * fakes.columns, (fake + 1) * fakes.columns);
      const steepest = free.reduce((most, i) => Math.max(most, Math.abs(slopes[i])), 0);
      if (steepest === 0) return { fillers: byValue(), implicit: withoutSlope(record) };
      const step = clickRate / steepest;
      for (const i of free) w[i] = proximalStep(w[i], slopes[i], step, sparsity);
    }
    return { fillers: byValue(), implicit: record };
  } finally {
    release(state);
  }
}

/**
 * The attack `s-attack` (Fang, Gong & Liu 2020). One fake user after the other clicks the targets
 * and the fillers of largest w, where the relaxed clicks w, from 0, minimise by proximal steps
 *
 *     Σ_{u in S} Σ_{i in Γ_u} g(r_ui - r_ut) + eta |w|_1,   0 <= w <= 1
 *
 * by implicit hypergradients. Γ_u is the list of u without the targets, as it stands before the
 * step. S are the users of largest influence on the targets, by their numbers: these add up over a
 * set, so that the published greedy choice takes the same users.
 *
 * Settings as later work reports them: b 0.01, eta 0.01, |S| 400, lists of 10 items, 10 fillers,
 * which for one target are 11 clicks, and a ridge of 0.01, which here is a setting of the surrogate.
 * They have ratings; here the surrogate fits clicks, of which those from 0 to 1 need no meaning of
 * their own with a confidence that is linear in the click. A step moves the click of the steepest
 * slope by `clickRate`. The surrogate is trained from its start for each fake user, and goes on from where
 * it was for a quarter of its steps after each proximal step, which brings it nearer to rest.
 */
export const sAttack: AttackKind<SAttackSettings> = {
  name: 's-attack',
  about: 'items that lift the targets into lists of influential users (Fang, Gong & Liu 2020)',
  family: 'learned',
  defaults: {
    surrogate: 'wrmf-als',
    influentialUsers: 400,
    listItems: 10,
    rankingWidth: 0.01,
    sparsity: 0.01,
    clickUpdates: 10,
    clickRate: 0.2,
    cgIterations: 50,
    candidates: 0,
  },
  craft: (context, settings) =>
    learnOneByOne('s-attack', context, (of) => {
      if (settings.rankingWidth <= 0)
        throw new UserError('ranking width: expected a number above 0, got 0');
      const { device, signal } = of.learning;
      const surrogate = expectResting('s-attack', of.surrogate);
      const run = { iterations: settings.cgIterations, device, signal };
      const making = { ...of, surrogate, train: context.train, settings, run };
      return { make: (fake, fakes, room) => fillersOf(making, fake, fakes, room) };
    }),
};
