/**
 * @file `attribution`: what each step of training contributed to a hypergradient.
 *
 * In g = ∂f/∂X̂ + Σ_t α_{t+1} ∂Φ_t/∂X̂ + α_0 ∂init/∂X̂ the term of t is the share of step t. The sums
 * from the end are the truncated gradients g_τ, so that one reverse sweep gives, for every τ,
 *
 *     error ‖g_τ - g‖ / ‖g‖,   cosine g_τᵀg / (‖g_τ‖ ‖g‖),   norm ratio ‖g_τ‖ / ‖g‖
 *
 * These need g, the last of the sums. The shares are held on the host until it is there, without
 * their runs of zeros; where they take more than the bytes allowed, a second sweep compares each g_τ
 * as it comes.
 */

import { type Device, expectDevice } from '../devices/device.ts';
import { defaultDevice } from '../devices/open.ts';
import { buffersOf, release } from '../run/buffers.ts';
import { expectOptions } from '../tape/options.ts';
import { showValue } from '../tape/show-value.ts';
import type { Tree } from '../tape/tree.ts';
import {
  type CheckpointOptions,
  type Checkpoints,
  expectCheckpoints,
  MethodError,
} from './checkpoints.ts';
import {
  addTo,
  bytesOf,
  type Compact,
  compactOf,
  expanded,
  type Numbers,
  products,
} from './compact.ts';
import type { Estimator, Hypergradient } from './estimators/estimator.ts';
import { downloadNumbers, numbersLike } from './host.ts';
import { hypergradient } from './hypergradient.ts';
import { type Likeness, measured } from './likeness.ts';
import type { BilevelProblem, NoData, Progress } from './problem.ts';
import { reverseSweep } from './reverse-sweep.ts';
import type { Term } from './terms.ts';
import { dot, isOrdinary, norm } from './vectors.ts';

/** Options of `attribution`. */
export interface AttributionOptions extends CheckpointOptions {
  /** Default the default device. */
  readonly device?: Device;
  /** Bytes on the host that the shares may take; beyond, the sweep is run twice. Default 2^30. */
  readonly bytes?: number;
  readonly onProgress?: Progress;
  /** Stops the run after the step at hand: its reason is thrown, and nothing is left behind. */
  readonly signal?: AbortSignal;
}

/** What one step, or the start of the training, contributed. */
export interface StepShare {
  /** The number of the step from 0; -1 for `init`. */
  readonly step: number;
  /** ‖α_{t+1}‖, the norm of the derivative of the objective in the state after the step. */
  readonly adjointNorm: number;
  /** The norm of the share. */
  readonly norm: number;
  /** shareᵀg / ‖g‖²; with that of ∂f/∂X̂ these add up to 1. NaN where g is 0. */
  readonly fraction: number;
}

/** How the gradient through the last τ steps compares with the exact one. */
export interface Truncation extends Likeness {
  readonly tau: number;
  /** g_τᵀg / ‖g‖²: the part of the gradient that is seen; NaN where g is 0. */
  readonly fraction: number;
}

/** A hypergradient with its terms. `gradient` is the exact one. */
export interface Attribution<S extends Tree, I extends Tree> extends Hypergradient<S, I> {
  /** The shares from the last step to the first, then that of `init`. */
  readonly shares: readonly StepShare[];
  /** For τ = 0, the derivative of the objective alone, to L, the exact gradient. */
  readonly curve: readonly Truncation[];
  /**
   * The share of a step, or of `init` by -1, as constants of the inputs' shapes. Throws a
   * MethodError where the shares took more than `bytes` and are gone.
   */
  share(step: number): I;
  /** The gradient of `truncated(tau)`, bit for bit; throws as `share` does. */
  truncated(tau: number): I;
  /** Reverse sweeps: 1, or 2 where the shares took more than `bytes`. */
  readonly sweeps: number;
}

/**
 * The exact hypergradient with the share of each step, the norms of the adjoints, and error, cosine
 * and norm ratio of `truncated(τ)` for every τ, at the cost of the exact gradient: one reverse sweep
 * that adds up outside of the steps, and the shares on the host. Throws a MethodError as `exact`
 * does, before it trains.
 */
export async function attribution<
  S extends Tree,
  I extends Tree,
  R extends Tree = S,
  B extends Tree = NoData,
  D extends Tree = NoData,
>(
  problem: BilevelProblem<S, I, R, B, D>,
  options: AttributionOptions = {},
): Promise<Attribution<S, I>> {
  const known = ['device', 'checkpoints', 'bytes', 'onProgress', 'signal'];
  expectOptions('attribution', options, known);
  const { bytes = 2 ** 30, checkpoints, onProgress, signal } = options;
  expectCheckpoints('attribution', { checkpoints });
  if (!(typeof bytes === 'number' && bytes >= 0)) {
    throw new MethodError(`attribution: bytes: expected a number from 0, got ${showValue(bytes)}`);
  }
  const device = options.device ?? (await defaultDevice());
  expectDevice('attribution', device);
  const { steps, inputs } = problem;
  const sweep = (show: (term: Term, on: Device) => Promise<void>) =>
    hypergradient(problem, { method: sweeping(checkpoints, show), device, onProgress, signal });
  const terms: HeldTerm[] = [];
  let held = 0;
  const first = await sweep(async ({ share, adjointNorm }, on) => {
    if (held > bytes) return;
    const compact = compactOf(await downloadNumbers(on, share));
    held += bytesOf(compact);
    if (held > bytes) terms.length = 0;
    else terms.push({ share: compact, adjointNorm });
  });
  const g = await downloadNumbers(device, await buffersOf(device, first.gradient));
  if (held <= bytes) return { ...first, ...heldTerms(inputs, steps, terms, g), sweeps: 1 };
  release([first.gradient, first.state]);
  const seen: SeenTerm[] = [];
  const squared = dot(g, g);
  const result = await sweep(async ({ share, sum, adjointNorm }, on) => {
    const compact = compactOf(await downloadNumbers(on, share));
    seen.push(seenTerm(compact, await downloadNumbers(on, sum), adjointNorm, g, squared));
  });
  const forwardSteps = first.cost.forwardSteps + result.cost.forwardSteps;
  const gone = (): never => {
    throw new MethodError(
      `attribution: the shares take more than the ${bytes} bytes allowed and are not held: raise ` +
        'bytes',
    );
  };
  const cost = { ...result.cost, forwardSteps };
  return { ...result, ...summary(steps, seen), cost, share: gone, truncated: gone, sweeps: 2 };
}

/** The estimator `exact` that shows its terms, by buffers of the device that it runs on. */
const sweeping = (
  checkpoints: Checkpoints | undefined,
  show: (term: Term, on: Device) => Promise<void>,
): Estimator => ({
  name: 'attribution',
  estimate: (problem, run) => {
    const watch = (term: Term) => show(term, run.device);
    const depth = problem.steps;
    return reverseSweep(problem, { ...run, checkpoints, depth, throughInit: true, watch });
  },
});

/** A term of g as it is held. */
interface HeldTerm {
  readonly share: Compact;
  readonly adjointNorm: number;
}

/** What is known of a term of g and of the sum up to it, once g is known. */
interface SeenTerm extends Likeness {
  readonly adjointNorm: number;
  readonly norm: number;
  /** shareᵀg / ‖g‖², and the same of the sum. */
  readonly fraction: number;
  readonly sumFraction: number;
}

/** Compares a term and the sum up to it with g, whose square is `squared`. */
function seenTerm(
  share: Compact,
  sum: Numbers,
  adjointNorm: number,
  g: Numbers,
  squared: number,
): SeenTerm {
  const { own, cross } = products(share, g);
  const isPlain = isOrdinary(own) && isOrdinary(squared);
  const { fraction: sumFraction, ...likeness } = measured(sum, g, squared);
  return {
    adjointNorm,
    norm: isPlain ? Math.sqrt(own) : norm(share.values),
    fraction: isPlain ? cross / squared : measured(expanded(share), g, squared).fraction,
    sumFraction,
    ...likeness,
  };
}

/**
 * The terms, which are ∂f/∂X̂, those of the steps from the last, and that of `init`. The last two
 * sums belong to the first step and to `init`: with both it is the exact gradient.
 */
function summary(steps: number, seen: readonly SeenTerm[]) {
  const shares = seen.slice(1).map(
    ({ adjointNorm, norm, fraction }, k): StepShare => ({
      step: steps - 1 - k,
      adjointNorm,
      norm,
      fraction,
    }),
  );
  const sums = [...seen.slice(0, steps), seen[steps + 1]];
  const curve = sums.map(
    ({ error, cosine, normRatio, sumFraction }, tau): Truncation => ({
      tau,
      error,
      cosine,
      normRatio,
      fraction: sumFraction,
    }),
  );
  return { shares, curve };
}

/** The terms that are held, with what can be told of them. */
function heldTerms<I extends Tree>(
  inputs: I,
  steps: number,
  terms: readonly HeldTerm[],
  g: Numbers,
) {
  /** The sum of the first terms, rounded after each as the device rounds. */
  const sumOf = (count: number): Numbers => {
    const sum = expanded(terms[0].share);
    for (const { share } of terms.slice(1, count)) addTo(sum, share);
    return sum;
  };
  const sum = expanded(terms[0].share);
  const squared = dot(g, g);
  const seen = terms.map(({ share, adjointNorm }, k) => {
    if (k > 0) addTo(sum, share);
    return seenTerm(share, sum, adjointNorm, g, squared);
  });
  return {
    ...summary(steps, seen),
    share: (step: number): I => {
      expectWithin('share: step', step, -1, steps - 1);
      return numbersLike(inputs, expanded(terms[steps - step].share));
    },
    truncated: (tau: number): I => {
      expectWithin('truncated: tau', tau, 0, steps);
      return numbersLike(inputs, tau === steps ? g : sumOf(tau + 1));
    },
  };
}

function expectWithin(what: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new MethodError(
    `${what}: expected a whole number from ${least} to ${most}, got ${showValue(value)}`,
  );
}
