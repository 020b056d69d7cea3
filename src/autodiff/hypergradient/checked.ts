/**
 * @file A problem as it is run: what users hand in, checked where it is wrong.
 *
 * Only the inputs are differentiated, and only where a function takes them from its argument. A
 * function that closes over an input, or over an argument of another trace, would lose a derivative
 * without a word; it is refused by name. Other tensors that it closes over are constants.
 */

import { expectFunction, expectSpelling } from '../tape/options.ts';
import { nameOf } from '../tape/show-tensor.ts';
import { showValue } from '../tape/show-value.ts';
import type { Tensor } from '../tape/tensor.ts';
import { copyOfTree, leafPaths, leaves, type Tree } from '../tape/tree.ts';
import { expectClosed, TraceError } from '../transforms/closure.ts';
import { expectScalar } from '../transforms/grad.ts';
import type { BilevelProblem, Objective, Training } from './problem.ts';

/** The step that a user gave, by the one that checks it. */
const given = new WeakMap<object, object>();

/** The step as a user gave it. */
export const givenStep = (step: object): object => given.get(step) ?? step;

/** The training, with functions that throw a TraceError or a ShapeError at what is wrong. */
export function checkedTraining<S extends Tree, I extends Tree, B extends Tree>(
  training: Training<S, I, B>,
  inputs: I,
): Training<S, I, B> {
  const { steps } = training;
  if (!Number.isSafeInteger(steps) || steps < 0) {
    throw new RangeError(`steps: expected a whole number from 0, got ${showValue(steps)}`);
  }
  expectFunction('init', training.init);
  expectFunction('step', training.step);
  const named = namesOf(inputs);
  const checked: Training<S, I, B> = {
    steps,
    init: (...args) => closed('init', 'its argument', named, args, (at) => training.init(at)),
    step: (...args) =>
      closed('step', second, named, args, (state, at, batch, t) =>
        training.step(state, at, batch, t),
      ),
  };
  given.set(checked.step, givenStep(training.step));
  if (training.batch === undefined) return checked;
  expectFunction('batch', training.batch);
  return {
    ...checked,
    batch: (step) => constants(`batch(${step})`, named, training.batch?.(step) as B),
  };
}

/** The objective, checked in the same way. */
function checkedObjective<S extends Tree, I extends Tree, R extends Tree, D extends Tree>(
  problem: Omit<Objective<S, I, R, D>, 'inputs'>,
  inputs: I,
): Objective<S, I, R, D> {
  const { blocks } = problem;
  expectFunction('objective', problem.objective);
  if (problem.readout !== undefined) expectFunction('readout', problem.readout);
  const named = namesOf(inputs);
  expectBlocks('blocks', blocks);
  blocks?.forEach((block, i) => {
    constants(`blocks[${i}]`, named, block);
  });
  return {
    inputs,
    objective: (...args) =>
      closed('objective', second, named, args, (read, at, block) => {
        const value = problem.objective(read, at, block);
        expectScalar('objective', value);
        return value;
      }),
    ...(problem.readout && {
      readout: (...args) =>
        closed('readout', second, named, args, (state, at) => problem.readout?.(state, at) as R),
    }),
    ...(blocks && { blocks }),
  };
}

/** A loss of parameters, of the inputs and of a block of data, checked in the same way. */
export function checkedLoss<P extends Tree, I extends Tree, D extends Tree>(
  loss: (parameters: P, inputs: I, block: D) => Tensor,
  inputs: I,
  blocks?: readonly D[],
): (parameters: P, inputs: I, block: D) => Tensor {
  const named = namesOf(inputs);
  blocks?.forEach((block, i) => {
    constants(`blocks[${i}]`, named, block);
  });
  return (...args) =>
    closed('loss', second, named, args, (parameters, at, block) => {
      const value = loss(parameters, at, block);
      expectScalar('loss', value);
      return value;
    });
}

/** Throws a TypeError that names `what` unless blocks are left out or a list of at least one. */
export function expectBlocks(what: string, blocks: unknown): void {
  if (blocks === undefined || (Array.isArray(blocks) && blocks.length > 0)) return;
  throw new TypeError(`${what}: expected a list of at least one, got ${showBlocks(blocks)}`);
}

const showBlocks = (blocks: unknown) => (Array.isArray(blocks) ? 'none' : showValue(blocks));

/** The problem, checked. */
export const checkedProblem = <
  S extends Tree,
  I extends Tree,
  R extends Tree,
  B extends Tree,
  D extends Tree,
>(
  problem: BilevelProblem<S, I, R, B, D>,
): BilevelProblem<S, I, R, B, D> => {
  expectSpelling('a problem', problem, ['batch', 'blocks', 'readout']);
  // As they are now: their owner may write to their fields while the device opens.
  const inputs = copyOfTree(problem.inputs, 'inputs');
  return { ...checkedTraining(problem, inputs), ...checkedObjective(problem, inputs) };
};

/** The problems of one training with each of several objectives, checked. */
export function checkedProblems<
  S extends Tree,
  I extends Tree,
  R extends Tree,
  B extends Tree,
  D extends Tree,
>(
  training: Training<S, I, B> & { readonly inputs: I },
  objectives: readonly Omit<Objective<S, I, R, D>, 'inputs'>[],
): BilevelProblem<S, I, R, B, D>[] {
  expectSpelling('a problem', training, ['batch']);
  const inputs = copyOfTree(training.inputs, 'inputs');
  const checked = checkedTraining(training, inputs);
  return objectives.map((objective) => {
    expectSpelling('an objective', objective, ['blocks', 'readout']);
    return { ...checked, ...checkedObjective(objective, inputs) };
  });
}

const second = 'its second argument';

/** The inputs that are differentiated, by the names that users gave them. */
function namesOf(inputs: Tree): ReadonlyMap<Tensor, string> {
  const given = leaves(inputs, 'inputs');
  const paths = leafPaths(inputs);
  const names = new Map<Tensor, string>();
  given.forEach((leaf, i) => {
    if (leaf.primitive || !leaf.value) {
      throw new TraceError(
        `inputs: ${nameOf(leaf)}, has no numbers: pass it through evaluate first`,
      );
    }
    if (leaf.kind === 'real') names.set(leaf, paths[i] ? `inputs.${paths[i]}` : 'inputs');
  });
  return names;
}

/**
 * The result of a function, once it is sure that it takes the inputs from its arguments. It gets
 * copies of their lists and records, to whose fields it may assign.
 */
function closed<A extends readonly Tree[], R extends Tree>(
  what: string,
  where: string,
  named: ReadonlyMap<Tensor, string>,
  args: A,
  fn: (...args: A) => R,
): R {
  const result = fn(...(args.map((arg) => copyOfTree(arg)) as readonly Tree[] as A));
  const mend = (name: string) =>
    `${name}: take it from ${where}, or wrap it in stopGradient if it is meant as a constant`;
  expectClosed(what, leaves(result, `${what}: its result`), leaves(args), named, mend);
  return result;
}

/** Data that a problem hands in: constants, and none of the inputs. */
function constants<D extends Tree>(what: string, named: ReadonlyMap<Tensor, string>, data: D): D {
  for (const leaf of leaves(data, what)) {
    const name = named.get(leaf);
    if (name) {
      throw new TraceError(
        `${what} gives ${name}, which would be a constant there: take it from the inputs, or ` +
          'wrap it in stopGradient and evaluate it',
      );
    }
    if (leaf.primitive || !leaf.value) {
      throw new TraceError(`${what} gives ${nameOf(leaf)}: pass it through evaluate first`);
    }
  }
  return data;
}
