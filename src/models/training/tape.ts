/** @file The tape of a training step: forward, with its gradient, and pulled back. */

import { forwardPass, type Tape, type Tree, tapeOf, vjp, zerosLike } from '../../autodiff/index.ts';
import type { TrainingStep } from '../kind.ts';

/** How much of a step a tape has. */
export type TapeOrder = 0 | 1 | 2;

/**
 * The tape of a training step. Order 0 is the forward pass of its loss, 1 the whole step with the
 * gradient and the update, 2 the pullback of the step, which a hypergradient runs for each step on
 * its way back: from the cotangent of the next state to those of the state and the inputs.
 */
export function tapeOfStep({ step, state, inputs, batch }: TrainingStep, order: TapeOrder): Tape {
  const given = { state, inputs, batch };
  const next = (at: typeof given): Tree => step(at.state, at.inputs, at.batch);
  if (order === 0) return tapeOf((at: typeof given) => forwardPass(next(at)), given);
  if (order === 1) return tapeOf(next, given);
  const pulled = { ...given, cotangent: zerosLike(next(given)) };
  return tapeOf(({ cotangent, batch: data, ...at }: typeof pulled) => {
    const taken = (x: typeof at) => step(x.state, x.inputs, data);
    return vjp(taken, at).pullback(cotangent);
  }, pulled);
}
