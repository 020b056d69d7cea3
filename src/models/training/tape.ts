/** @file The tape of a training step: forward, with its gradient, and pulled back. */

import { forwardPass, type Tape, type Tree, tapeOf, vjp, zerosLike } from '../../autodiff/index.ts';
import type { TrainingStep } from '../kind.ts';

/** How much of a step a tape has. */
export type TapeOrder = 0 | 1 | 2;

/** A function of one tree, and what it is given. */
export interface RecordedStep {
  fn(given: Tree): Tree;
  readonly given: Tree;
}

/**
 * A training step as the function that a tape is made of. Order 0 is the forward pass of its loss, 1
 * the whole step with the gradient and the update, 2 the pullback of the step, which a hypergradient
 * runs for each step on its way back: from the cotangent of the next state, by default zeros, to
 * those of the state and the inputs.
 */
export function stepFunction(
  { step, state, inputs, batch }: TrainingStep,
  order: TapeOrder,
  cotangent?: Tree,
): RecordedStep {
  type Given = Pick<TrainingStep, 'state' | 'inputs' | 'batch'>;
  const given: Given = { state, inputs, batch };
  const next = (at: Given): Tree => step(at.state, at.inputs, at.batch);
  if (order === 0) return recorded((at: Given) => forwardPass(next(at)), given);
  if (order === 1) return recorded(next, given);
  const pulled = { ...given, cotangent: cotangent ?? zerosLike(next(given)) };
  return recorded(({ cotangent: of, batch: data, ...at }: typeof pulled) => {
    const taken = (x: typeof at) => step(x.state, x.inputs, data);
    return vjp(taken, at).pullback(of);
  }, pulled);
}

const recorded = <G extends Tree>(fn: (given: G) => Tree, given: G): RecordedStep => ({
  fn: (at) => fn(at as G),
  given,
});

/** The tape of a training step; `stepFunction` says of what. */
export function tapeOfStep(trainingStep: TrainingStep, order: TapeOrder): Tape {
  const { fn, given } = stepFunction(trainingStep, order);
  return tapeOf(fn, given);
}
