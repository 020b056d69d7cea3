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

import type { Buffers } from '../../run/owned.ts';
import { expectFunction, expectOptions } from '../../tape/options.ts';
import { showValue } from '../../tape/show-value.ts';
import type { Tensor } from '../../tape/tensor.ts';
import type { Tree } from '../../tape/tree.ts';
import type { Certificate } from '../certificates/certificate.ts';
import { type Asked, certificateOf } from '../certificates/certificate-of.ts';
import type { Examined, Rayleigh } from '../certificates/examined.ts';
import type { Factorization } from '../certificates/gauge.ts';
import type { Retrain } from '../certificates/retrained.ts';
import { checkedLoss, expectBlocks } from '../checked.ts';
import { MethodError } from '../checkpoints.ts';
import { download, upload } from '../host.ts';
import type { BilevelProblem, NoData } from '../problem.ts';
import { blocksOf } from '../problem.ts';
import { refereedSlope } from '../retrain.ts';
import { expectCount, type Solver } from '../solvers/solver.ts';
import { HessianSystem, type ImplicitSystem, MapSystem, selectionOf } from '../system.ts';
import { fromTrained, type Trained } from '../trained.ts';
import { dot, norm, plus, type Vector } from '../vectors.ts';
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
  /**
   * The two sides of a factorisation among the parameters, for the certificate: tables `[rows, K]`
   * whose products the loss and the objective depend on.
   */
  gauge?(parameters: P): Factorization;
  /** Whether the certificate trains four times more to compare one direction; default false. */
  readonly retrain?: boolean;
  /** The last steps that make one Φ of `fixedPoint` and `oneStep`, such as an epoch; default 1. */
  readonly cycle?: number;
}

const implicitOptions = ['solver', 'loss', 'parameters', 'blocks', 'gauge', 'retrain', 'cycle'];

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

/** What a solver solves with, in words. */
const matrices = { hessian: 'the Hessian of the loss', map: 'the step of the training' } as const;

function expectImplicitOptions<P extends Tree, I extends Tree, S extends Tree, D extends Tree>(
  options: ImplicitOptions<P, I, S, D>,
): void {
  expectOptions('implicit', options, implicitOptions);
  const { solver, loss, parameters, blocks, gauge, cycle } = options;
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
  if (gauge !== undefined) expectFunction('implicit: gauge', gauge);
  if (cycle !== undefined) expectCount('implicit: cycle', cycle);
  expectBlocks('implicit: blocks', blocks);
  // What a solver does not read would be left out without a word.
  const unread = solver.matrix === 'hessian' ? { cycle } : { parameters, blocks, gauge };
  for (const [name, value] of Object.entries(unread)) {
    if (value === undefined) continue;
    throw new MethodError(
      `implicit: ${name}: ${solver.name} solves with ${matrices[solver.matrix]}, which does not read it: ` +
        'leave it out, or take another solver',
    );
  }
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
  const { solver, cycle = 1, gauge, retrain = false } = options;
  const { inputs, steps } = problem;
  const retraining: Retrain = (drawn) =>
    refereedSlope(problem, drawn, { ...run, onProgress: undefined });
  const asked = { factorization: gauge, ...(retrain && { retrain: retraining }) };
  const { result, estimated } = await fromTrained(
    problem,
    { ...run, again: cycle },
    async (trained) => {
      const hessian = await hessianSystem(trained, inputs, options);
      const system = hessian ?? (await MapSystem.open(trained, inputs, { steps, cycle }));
      try {
        const moves = problem.batch || cycle > 1 ? undefined : await movesOf(trained, steps);
        return await solved({ system, hessian, solver, moves }, trained, inputs, asked);
      } finally {
        system.close();
      }
    },
  );
  return { ...result, certificate: estimated.certificate };
}

/** The system of the loss, for a solver that needs one. */
async function hessianSystem<S extends Tree, I extends Tree, B extends Tree>(
  trained: Trained<S, I, B>,
  inputs: I,
  { solver, loss, parameters = (state) => state, blocks }: ImplicitOptions<Tree, I, S, Tree>,
): Promise<HessianSystem | undefined> {
  if (solver.matrix === 'map') return undefined;
  const given = loss as (p: Tree, x: I, block?: Tree) => Tensor;
  // Without blocks the loss gets no third argument, as it may have an optional one of its own.
  const whole = (p: Tree, x: I) => given(p, x);
  const of = {
    loss: checkedLoss(blocks ? given : whole, inputs, blocks),
    blocks: blocksOf({ blocks }),
  };
  return HessianSystem.open(trained, inputs, of, selectionOf(trained.training.like, parameters));
}

/** The lengths of the last step and of one more. */
async function movesOf<S extends Tree, I extends Tree, B extends Tree>(
  { training, owned, last, before }: Trained<S, I, B>,
  steps: number,
): Promise<Examined['moves']> {
  if (!before) return undefined;
  const { device } = training;
  const next = owned.keep(await training.step.forward(steps - 1, last));
  const [a, b, c] = await Promise.all([before, last, next].map((at) => download(device, at)));
  owned.free(next);
  return { before: norm(plus(b, -1, a)), after: norm(plus(c, -1, b)) };
}

/** h = ∂f/∂x + what the solution of the system gives, with its certificate. */
async function solved<S extends Tree, I extends Tree, B extends Tree>(
  of: Pick<Examined, 'system' | 'hessian' | 'solver' | 'moves'>,
  { training, owned, atLast }: Trained<S, I, B>,
  inputs: I,
  asked: Asked,
): Promise<{ readonly gradient: Buffers; readonly certificate?: Certificate }> {
  const { device } = training;
  const direct = await download(device, atLast.direct);
  if (!(of.system.b.every(Number.isFinite) && direct.every(Number.isFinite))) {
    // Nothing can be solved with these: the caller finds where they come from.
    const nothing = direct.map(() => Number.NaN);
    return { gradient: owned.keep(await upload(device, inputs, nothing)) };
  }
  const { system, rayleigh } = watched(of.system);
  const solution = await of.solver.solve(system);
  const h = plus(direct, 1, await system.shift(solution.q));
  const left = plus(system.b, -1, await system.apply(solution.q));
  const certificate = await certificateOf({ ...of, system, solution, rayleigh, left, h }, asked);
  return { certificate, gradient: owned.keep(await upload(device, inputs, h)) };
}

/** The system, and the range of vᵀA v / vᵀv over its products. */
function watched(of: ImplicitSystem): { system: ImplicitSystem; rayleigh: Rayleigh } {
  const rayleigh = { least: Infinity, largest: -Infinity };
  const apply = async (v: Vector): Promise<Vector> => {
    const product = await of.apply(v);
    const quotient = dot(v, product) / dot(v, v);
    if (!Number.isFinite(dot(product, product))) {
      throw new MethodError(
        `implicit: a product with the matrix is not finite, of a vector of norm ${norm(v)}: the ` +
          'solver diverged, or a second derivative is not finite at the trained point',
      );
    }
    if (quotient < rayleigh.least) rayleigh.least = quotient;
    if (quotient > rayleigh.largest) rayleigh.largest = quotient;
    return product;
  };
  const { b, theta, matrix, epsilon } = of;
  const system: ImplicitSystem = {
    b,
    theta,
    matrix,
    epsilon,
    apply,
    shift: (q) => of.shift(q),
    get products() {
      return of.products;
    },
    close: () => of.close(),
  };
  return { system, rayleigh };
}
