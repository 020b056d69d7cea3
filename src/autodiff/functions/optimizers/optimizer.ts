/** @file What an optimiser is: a pure pair, differentiable to any order in all that it is given. */

import { add, mul, type Operand, sub } from '../../ops/broadcasting.ts';
import * as options from '../../tape/options.ts';
import { ShapeError, sameShape, showShape } from '../../tape/shape.ts';
import { showValue } from '../../tape/show-value.ts';
import { Tensor } from '../../tape/tensor.ts';
import { expectSameTree, mapTree, type Tree } from '../../tape/tree.ts';

/**
 * Any optimiser: `init` makes the state for parameters, `update` gives the next parameters and
 * state. What a state holds is typed by the optimiser that made it; here it is a tree.
 */
export interface Optimizer {
  init(parameters: Tree): Tree;
  update<P extends Tree>(gradients: P, state: Tree, parameters: P): [P, Tree];
}

/**
 * The options of plain gradient descent, which all optimisers take. Every number of every optimiser
 * may be a scalar tensor instead: one that changes from step to step, or is differentiated.
 */
export interface SgdOptions {
  /** How far a step goes. */
  readonly learningRate: Operand;
  /** Added to the gradient as `weightDecay * parameter` (L2, not decoupled). */
  readonly weightDecay?: Operand;
}

/** Throws a ShapeError unless gradients, and what a state holds of them, fit the parameters. */
export function expectLike(optimizer: string, parameters: Tree, like: Record<string, Tree>): void {
  for (const [name, tree] of Object.entries(like)) {
    expectSameTree(`${optimizer}: ${name}`, parameters, tree);
  }
}

/**
 * Throws a TypeError unless a state holds `field` where the options ask for it, and only there: one of
 * another `init` would be stepped by other rules than its options name.
 */
export function expectHeld(what: string, isHeld: boolean, isAsked: boolean): void {
  if (isHeld === isAsked) return;
  throw new TypeError(
    `${what}: the state ${isHeld ? 'has' : 'lacks'} it, and was made by other options: use init of ` +
      'the optimiser that updates it',
  );
}

/** Shares of what was there before, which stays bounded below 1. */
const shares = ['momentum', 'alpha', 'betas'];
/** Below 0 a rate ascends, a decay grows, and a root may be of a number below 0. */
const sizes = ['learningRate', 'weightDecay', 'eps', 'epsilonRoot'];

/** The numbers of a tensor are not known here, and are taken as they are. */
function expectOperand(what: string, name: string, value: unknown): void {
  if (value === undefined || value instanceof Tensor) return;
  if (typeof value !== 'number') {
    throw new TypeError(`${what}: expected a number or a tensor, got ${showValue(value)}`);
  }
  const isShare = shares.includes(name);
  const least = isShare || sizes.includes(name) ? 0 : -Infinity;
  if (Number.isFinite(value) && value >= least && !(isShare && value >= 1)) return;
  const range = isShare ? 'from 0 to below 1' : least === 0 ? 'from 0' : 'that is finite';
  throw new RangeError(`${what}: expected a number ${range}, got ${value}`);
}

/**
 * Throws a TypeError at an option that the optimiser does not know, at one that is no number, and
 * without a learning rate; and a RangeError at a plain number that the option does not take.
 */
export function expectOptions(
  optimizer: string,
  given: SgdOptions,
  known: readonly string[],
): void {
  options.expectOptions(optimizer, given, known);
  if (given.learningRate === undefined) {
    throw new TypeError(`${optimizer}: expected a learningRate, a number or a scalar tensor`);
  }
  for (const [name, value] of Object.entries(given)) {
    if (typeof value === 'boolean') continue;
    if (name !== 'betas' || value === undefined)
      expectOperand(`${optimizer}: ${name}`, name, value);
    else expectBetas(`${optimizer}: betas`, value);
  }
}

function expectBetas(what: string, betas: unknown): void {
  if (!Array.isArray(betas) || betas.length !== 2) {
    throw new TypeError(`${what}: expected a list of two, got ${showValue(betas)}`);
  }
  for (const beta of betas) expectOperand(what, 'betas', beta);
}

/** Whether an option is the plain number 0, so that what it multiplies need not be recorded. */
const isZero = (x: Operand): boolean => x === 0;

/** The gradients with `decay * parameters` added. */
export const decayed = <P extends Tree>(gradients: P, parameters: P, decay: Operand): P =>
  isZero(decay) ? gradients : mapTree((g, p) => add(g, mul(decay, p)), gradients, parameters);

/** A step: `parameters - rate * direction`. Throws a ShapeError at a rate that widens a parameter. */
export const descend = <P extends Tree>(parameters: P, rate: Operand, direction: P): P =>
  mapTree(
    (p, d) => {
      const next = sub(p, mul(rate, d));
      if (!sameShape(next.shape, p.shape)) {
        throw new ShapeError(
          `optimizer: a step of shape ${showShape(next.shape)} does not fit a parameter of ` +
            `${showShape(p.shape)}; give learningRate as a scalar`,
        );
      }
      return next;
    },
    parameters,
    direction,
  );

/** `1 - x`. */
export const complement = (x: Operand): Operand => (typeof x === 'number' ? 1 - x : sub(1, x));

/** One step of a moving average: `decay * before + (1 - decay) * value`. */
export const average = (decay: Operand, before: Operand, value: Operand): Tensor =>
  add(mul(decay, before), mul(complement(decay), value));
