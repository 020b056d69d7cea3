/** @file What the kinds of cells that learn fake users have in common. */

import type { AttackRecord } from '../../../attack/index.ts';
import {
  type Device,
  type Estimator,
  exact,
  openDevice,
  truncated,
} from '../../../autodiff/index.ts';
import type { CellContext } from '../../../grid/index.ts';

/**
 * The part of the surrogate's training that a hypergradient goes through (tau of the paper): all of
 * it, or its last steps or epochs. 0 is the partial derivative.
 */
export type Unrolled = 'all' | { readonly steps: number } | { readonly epochs: number };

/** An iteration of an attack. Its time is left out: results are the same on any machine. */
export type AttackLine = Pick<
  AttackRecord,
  'iteration' | 'loss' | 'clicks' | 'figures' | 'heldOut'
>;

/** Bytes for the states of a training; the others are computed again, to the same bits. */
export const stateBytes = 1e9;

/** The estimator of the hypergradient. */
export function estimatorOf(unrolled: Unrolled, stepsPerEpoch: number): Estimator {
  const options = { checkpoints: { bytes: stateBytes } };
  if (unrolled === 'all') return exact(options);
  const steps = 'steps' in unrolled ? unrolled.steps : unrolled.epochs * stepsPerEpoch;
  return truncated(steps, options);
}

/** What a result holds of a history. */
export const linesOf = (history: readonly AttackRecord[]): AttackLine[] =>
  history.map(({ iteration, loss, clicks, figures, heldOut }) => {
    return { iteration, loss, clicks, figures, ...(heldOut && { heldOut }) };
  });

/**
 * The device of a cell. The number of threads does not change a bit of its results; relaxed
 * instructions would, since machines round them differently.
 */
export const cellDevice = ({ threads }: CellContext): Promise<Device> =>
  openDevice('simd', { threads, relaxed: false });
