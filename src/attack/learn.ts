/** @file Algorithm 1: learns fake users by projected gradient descent on hypergradients. */

import {
  compile,
  type Device,
  type Estimator,
  grad,
  type Progress,
  readAll,
  scope,
  type Tensor,
  type Tree,
  Turns,
} from '../autodiff/index.ts';
import type { SparseMatrix } from '../data/sparse.ts';
import { UserError } from '../errors.ts';
import type { Recommender, ScoreUsers } from '../models/index.ts';
import { type Clicks, clicksOf, copyClicks, countClicks, denseClicks, poisonOf } from './clicks.ts';
import {
  type Effect,
  type EffectOptions,
  heldOutEffect,
  learnEffect,
  type Measured,
  meanEffect,
} from './effect.ts';
import type { Goal } from './goal.ts';
import { adversarialObjective } from './objective.ts';
import { checkProjection } from './projection.ts';
import { type AttackRecommenders, surrogatesBy, targetColumns } from './surrogates.ts';
import {
  clickColumns,
  isSettled,
  type OuterDescent,
  shareOnTargets,
  type UpdateRule,
  updateFakes,
} from './update.ts';

/** What an attack learns fake users through and for, and how. */
export interface AttackOptions<S extends Tree> extends OuterDescent, AttackRecommenders<S> {
  readonly goal: Goal;
  /** The estimator of the hypergradients, or that of each surrogate. */
  readonly method: Estimator | ((surrogate: Recommender<S>) => Estimator);
  /** T, the updates of the fake users. */
  readonly iterations: number;
  /** How hypergradients become an update; default descent with momentum, then the projection. */
  readonly update?: UpdateRule;
  /** A scalar of the fake users `[fakes, candidates]` whose gradient is added to each update. */
  readonly penalty?: (fakes: Tensor) => Tensor;
  /** Real users whose scores the adversarial loss has in memory at once; default all. */
  readonly blockUsers?: number;
  readonly device: Device;
  /** Measures a recommender's scores in each iteration. The default quality is minus the loss. */
  readonly measure?: (scores: ScoreUsers) => Promise<Measured>;
  readonly onStep?: Progress;
  /** Called after each iteration with the state from which `learnFakes` can resume. */
  readonly onIteration?: (state: AttackState, record: AttackRecord) => Promise<void> | void;
  /** Stops the attack after the training step at hand, with the state of the last iteration. */
  readonly signal?: AbortSignal;
}

/** One line of the history: the fake users after `iteration` updates and their effect. */
export interface AttackRecord {
  readonly iteration: number;
  /** The adversarial loss of the surrogates, the mean. */
  readonly loss: number;
  readonly clicks: number;
  readonly seconds: number;
  /** What was measured on the surrogates, the mean. */
  readonly figures: Readonly<Record<string, number>>;
  /** The same on the held-out recommenders, if there are any. */
  readonly heldOut?: Pick<Effect, 'loss' | 'figures'>;
  /**
   * The share of a fake user's squared gradient that lies on the targets, the mean: where it is
   * almost all and the rows are normalised, other clicks hardly move. Not of the last fake users.
   */
  readonly targetShare?: number;
  /** Fake users outside of the genuine range, where the projection moves them towards it. */
  readonly outsideRange?: number;
  /** What the certificates of implicit hypergradients say, where the attack takes such. */
  readonly implicit?: ImplicitRecord;
}

/** The worst of the certificates of an iteration. */
export interface ImplicitRecord {
  /** The largest relative residual of a system, recomputed. */
  readonly residual: number;
  /** The largest norm of the gradient of the training loss, as a share of that of the parameters. */
  readonly stationarity: number;
  /** Findings of the last certificate that are warnings, as sentences. */
  readonly warnings: readonly string[];
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
  /** No later update would change a click: the attack has ended, however many iterations it has. */
  settled: boolean;
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
    settled: false,
  };
}

/** What an iteration found out about its fake users. */
interface Finding {
  readonly onSurrogates: Effect;
  readonly onHeldOut?: Effect;
  readonly gradients: readonly ArrayLike<number>[];
  readonly penalty?: ArrayLike<number>;
}

/**
 * Learns fake users from a state, fresh, interrupted or of an attack with fewer iterations, until it
 * has made `iterations` updates, and measures the last fake users too (Tang, Wen & Wang 2020,
 * Algorithm 1). Training is deterministic, so fake users that an update left as they were are not
 * measured again by the same surrogates; if no later update can change them, the attack ends there
 * as `settled`. Changes the state in place and returns it. Throws a DivergedError if the loss, the
 * gradient or the momentum is not finite, and a UserError for a state, goal or projection that does
 * not fit the catalogue.
 */
export async function learnFakes<S extends Tree>(
  state: AttackState,
  options: AttackOptions<S>,
): Promise<AttackState> {
  const { iterations, update = updateFakes } = options;
  checkProjection(options.projection, state.fakes.columns);
  if (options.clickTargets && options.goal.kind === 'demote') {
    throw new UserError(
      'clickTargets: clicks raise the targets that are to be demoted: leave it out',
    );
  }
  const surrogatesOf = surrogatesBy(state.fakes.columns, options);
  const [first] = surrogatesOf(state.iteration).surrogates;
  const targets = targetColumns(first, options.goal);
  const shared = objectiveOf(first, options);
  const turns = new Turns(options.signal);
  if (options.clickTargets) clickColumns(state.fakes, targets);
  // The last fake users of a shorter attack were measured, but not updated.
  if (!state.settled && state.iteration < iterations) state.history.length = state.iteration;
  let known: Finding | undefined;
  while (!state.settled && state.history.length <= iterations) {
    const started = performance.now();
    const { iteration } = state;
    const last = iteration === iterations;
    const { surrogates, constant } = surrogatesOf(iteration);
    const found: Finding =
      known ?? (await study(state, surrogates, { ...options, objectiveOf: shared, last }));
    keepBest(state, found);
    const { gradients, penalty } = found;
    const pull = { iteration, gradients, penalty, targets };
    const { range } = options.projection;
    const record = {
      ...recordOf(state, found),
      ...(!last && shareOnTargets(pull, state.fakes)),
      ...(range && { outsideRange: range.outside(Float64Array.from(denseClicks(state.fakes))) }),
    };
    const moved = !last && update(state, pull, options);
    // Nothing is known of where another rule than the descent comes to rest.
    known = constant && !last && !moved ? found : undefined;
    state.settled =
      known !== undefined && update === updateFakes && isSettled(state, pull, options);
    state.history.push({ ...record, seconds: (performance.now() - started) / 1000 });
    if (!last && !state.settled) state.iteration++;
    await options.onIteration?.(state, state.history[state.history.length - 1]);
    await turns.pass();
  }
  return state;
}

/** The objective of any of the recommenders: the data of its blocks are the same for all. */
function objectiveOf<S extends Tree>(
  like: Recommender<S>,
  { goal, train, blockUsers }: AttackOptions<S>,
): EffectOptions<S>['objectiveOf'] {
  const objective = adversarialObjective(like, goal, train, blockUsers);
  return ({ factors }) => ({ ...objective, readout: factors });
}

/** Trains all surrogates and held-out recommenders beside the fake users. */
async function study<S extends Tree>(
  { fakes, iteration }: AttackState,
  surrogates: readonly Recommender<S>[],
  options: AttackOptions<S> & {
    readonly objectiveOf: EffectOptions<S>['objectiveOf'];
    readonly last: boolean;
  },
): Promise<Finding> {
  const poison = poisonOf(fakes);
  const { last, method, penalty, device } = options;
  const methodOf = (surrogate: Recommender<S>) => {
    if (last) return undefined;
    return typeof method === 'function' ? method(surrogate) : method;
  };
  const how = { ...options, iteration, poison };
  const learned = [];
  for (const surrogate of surrogates) {
    learned.push(await learnEffect(surrogate, methodOf(surrogate), how));
  }
  const heldOut = [];
  for (const recommender of options.heldOut ?? [])
    heldOut.push(await heldOutEffect(recommender, how));
  return {
    onSurrogates: meanEffect(learned.map(({ effect }) => effect)),
    onHeldOut: heldOut.length > 0 ? meanEffect(heldOut) : undefined,
    gradients: learned.map(({ gradient }) => gradient),
    ...(penalty && !last && { penalty: await gradientOf(penalty, poison.fakes, device) }),
  };
}

/** The gradient of a penalty, row-major. */
const gradientOf = (penalty: (fakes: Tensor) => Tensor, fakes: Tensor, device: Device) =>
  scope(async (hold) => {
    const [gradient] = await readAll(hold(await compile(grad(penalty), { device })(fakes)), {
      device,
    });
    return gradient;
  });

/** Keeps the fake users if they are the best so far. */
function keepBest(state: AttackState, { onSurrogates, onHeldOut }: Finding): void {
  const { quality } = onHeldOut ?? onSurrogates;
  if (!(quality > state.best.quality)) return;
  state.best = { quality, iteration: state.iteration, fakes: copyClicks(state.fakes) };
}

function recordOf(
  { fakes, iteration }: AttackState,
  { onSurrogates: { loss, figures }, onHeldOut }: Finding,
): Omit<AttackRecord, 'seconds'> {
  const heldOut = onHeldOut && { loss: onHeldOut.loss, figures: onHeldOut.figures };
  return { iteration, loss, clicks: countClicks(fakes), figures, ...(heldOut && { heldOut }) };
}
