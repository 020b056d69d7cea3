/**
 * @file `implicit`: the derivative at the trained point by the implicit function theorem.
 *
 * Where training has come to a minimum θ*(x) of a loss L(θ, x), ∇_θ L = 0 holds for every x, so that
 *
 *     h = ∂f/∂x - (∂²L/∂x∂θ)ᵀ q,   A q = ∂f/∂θ,   A = ∂²L/∂θ²
 *
 * Nothing of the way there is needed. Short of a minimum h is the derivative of nothing in
 * particular; the certificate says how far off the training is, and how well q solves its system.
 */

import { expectFunction, expectOptions } from '../../tape/options.ts';
import { showValue } from '../../tape/show-value.ts';
import type { Tensor } from '../../tape/tensor.ts';
import type { Tree } from '../../tape/tree.ts';
import { certify } from '../certificates/certify.ts';
import { checkedLoss } from '../checked.ts';
import { MethodError } from '../checkpoints.ts';
import { download, upload } from '../host.ts';
import type { BilevelProblem, NoData } from '../problem.ts';
import { blocksOf } from '../problem.ts';
import { expectCount, type Solver } from '../solvers/solver.ts';
import { HessianSystem, type ImplicitSystem, MapSystem, selectionOf } from '../system.ts';
import { fromTrained, type Trained } from '../trained.ts';
import { plus } from '../vectors.ts';
import type { Estimator, Hypergradient, RunOptions } from './estimator.ts';

/** Options of `implicit`. */
export interface ImplicitOptions<
  P extends Tree,
  I extends Tree,
  S extends Tree = P,
  D extends Tree = NoData,
> {
  readonly solver: Solver;
  /**
   * The loss that the training minimises, a scalar, over all data; with `blocks`, the part of one
   * block, and their sum is the loss. Solvers of the Hessian need it; the others ask for none.
   */
  loss?(parameters: P, inputs: I, block: D): Tensor;
  /** The tensors of a state that the loss depends on; by default the state itself. */
  parameters?(state: S): P;
  /** Data of the parts of a loss too large to hold at once. */
  readonly blocks?: readonly D[];
  /** The last steps that make one Φ of `fixedPoint` and `oneStep`, such as an epoch; default 1. */
  readonly cycle?: number;
}

const implicitOptions = ['solver', 'loss', 'parameters', 'blocks', 'cycle'];

/**
 * The derivative by the implicit function theorem at the state that training ends in. Its result
 * has a `certificate`. It costs a training and the products of the solver.
 *
 * Throws a MethodError where its number would mean nothing: a series that diverges, a singular
 * Hessian solved directly, no positive curvature in the first direction of `cg`, or an objective of
 * parts of the state that the loss does not determine.
 */
export function implicit<
  P extends Tree,
  I extends Tree,
  S extends Tree = P,
  D extends Tree = NoData,
>(options: ImplicitOptions<P, I, S, D>): Estimator {
  expectImplicitOptions(options);
  return {
    name: `implicit({ solver: ${options.solver.name} })`,
    estimate: <S2 extends Tree, I2 extends Tree, R extends Tree, B extends Tree, D2 extends Tree>(
      problem: BilevelProblem<S2, I2, R, B, D2>,
      run: RunOptions,
    ) =>
      // The record serves problems of any types; that the loss is one of this problem's state and
      // inputs shows when it is traced.
      estimate(problem, options as unknown as ImplicitOptions<Tree, I2, S2, Tree>, run),
  };
}

function expectImplicitOptions<P extends Tree, I extends Tree, S extends Tree, D extends Tree>(
  options: ImplicitOptions<P, I, S, D>,
): void {
  expectOptions('implicit', options, implicitOptions);
  const { solver, loss, parameters, cycle } = options;
  const given: unknown = solver;
  if (typeof given !== 'object' || given === null || !('solve' in given)) {
    throw new MethodError(
      `implicit: solver: expected one such as cg({ iterations: 10 }), got ${showValue(given)}`,
    );
  }
  if (solver.matrix === 'hessian' && loss === undefined) {
    throw new MethodError(
      `implicit: ${solver.name} solves with the Hessian of the training loss: give it as loss`,
    );
  }
  if (loss !== undefined) expectFunction('implicit: loss', loss);
  if (parameters !== undefined) expectFunction('implicit: parameters', parameters);
  if (cycle !== undefined) expectCount('implicit: cycle', cycle);
}

async function estimate<
  S extends Tree,
  I extends Tree,
  R extends Tree,
  B extends Tree,
  D extends Tree,
>(
  problem: BilevelProblem<S, I, R, B, D>,
  options: ImplicitOptions<Tree, I, S, Tree>,
  run: RunOptions,
): Promise<Hypergradient<S, I>> {
  const { solver, cycle = 1 } = options;
  const { inputs, steps } = problem;
  const { result, estimated } = await fromTrained(
    problem,
    { ...run, again: cycle },
    async (trained) => {
      const system =
        solver.matrix === 'hessian'
          ? await hessianSystem(trained, inputs, options)
          : await MapSystem.open(trained, inputs, { steps, cycle });
      try {
        return await solved(system, trained, inputs, solver);
      } finally {
        system.close();
      }
    },
  );
  return { ...result, certificate: estimated.certificate };
}

const hessianSystem = <S extends Tree, I extends Tree, B extends Tree>(
  trained: Trained<S, I, B>,
  inputs: I,
  { loss, parameters = (state) => state, blocks }: ImplicitOptions<Tree, I, S, Tree>,
) => {
  const of = {
    loss: checkedLoss(loss as (p: Tree, x: I, block: Tree) => Tensor, inputs),
    blocks: blocksOf({ blocks }),
  };
  return HessianSystem.open(trained, inputs, of, selectionOf(trained.training.like, parameters));
};

/** h = ∂f/∂x + what the solution of the system gives, with its certificate. */
async function solved<S extends Tree, I extends Tree, B extends Tree>(
  system: ImplicitSystem,
  { training, owned, direct }: Trained<S, I, B>,
  inputs: I,
  solver: Solver,
) {
  const { device } = training;
  const solution = await solver.solve(system);
  const h = plus(await download(device, direct), 1, await system.shift(solution.q));
  const certificate = await certify(system, solver, solution);
  return { certificate, gradient: owned.keep(await upload(device, inputs, h)) };
}
