/**
 * @file `outerHvp`: the Hessian of the outer objective F(x) = f(θ_L(x), x) times a direction v.
 *
 * H v is the gradient of the slope F'(x) v, which forward mode computes by a run whose state is the
 * pair of θ and its tangent θ' along v:
 *
 *     (θ, θ')_0 = (init(x), ∂init/∂x v)
 *     (θ, θ')_{t+1} = (Φ_t(θ, x), ∂Φ_t/∂θ θ' + ∂Φ_t/∂x v)
 *     F'(x) v = ∂f/∂θ θ'_L + ∂f/∂x v
 *
 * That is a bilevel problem again, so that every estimator, checkpoints and every device apply.
 */

import { stopGradient } from '../ops/view.ts';
import type { Tensor } from '../tape/tensor.ts';
import { expectSameTree, leaves, mapTree, type Tree } from '../tape/tree.ts';
import { TraceError } from '../transforms/closure.ts';
import { jvp } from '../transforms/grad.ts';
import { checkedProblem } from './checked.ts';
import { type BilevelProblem, type NoData, readoutOf } from './problem.ts';

/** A tree and its tangent along the direction. */
export type WithTangent<T extends Tree> = { readonly value: T; readonly tangent: T };

/**
 * The problem whose objective is the slope of `problem`'s along a direction, and whose hypergradient
 * is thus the Hessian of its outer objective times the direction. States are twice as large, and a
 * step costs some three of the problem's. The direction is a tree of numbers like the inputs; throws
 * a ShapeError at any other, and a TraceError where it has no numbers yet.
 */
export function outerHvp<
  S extends Tree,
  I extends Tree,
  R extends Tree = S,
  B extends Tree = NoData,
  D extends Tree = NoData,
>(
  problem: BilevelProblem<S, I, R, B, D>,
  direction: I,
): BilevelProblem<WithTangent<S>, I, WithTangent<R>, B, D> {
  const checked = checkedProblem(problem);
  const { inputs, steps, batch, blocks } = checked;
  expectSameTree('outerHvp: direction', inputs, direction);
  if (leaves(direction).some(({ primitive, value }) => primitive || !value)) {
    throw new TraceError('outerHvp: direction has no numbers: pass it through evaluate first');
  }
  // The inputs themselves may be the direction, and are then no inputs there.
  const along = mapTree((leaf) => (leaf.kind === 'real' ? stopGradient(leaf) : leaf), direction);
  return {
    inputs,
    steps,
    init: (x) => jvp((at: I) => checked.init(at), x, along),
    step: (state, x, data, t) => {
      const step = ([at, given]: [S, I]) => checked.step(at, given, data, t);
      return jvp(step, [state.value, x], [state.tangent, along]);
    },
    readout: (state, x) => {
      const read = ([at, given]: [S, I]) => readoutOf(checked, at, given);
      return jvp(read, [state.value, x], [state.tangent, along]);
    },
    objective: (read, x, block): Tensor => {
      const part = ([at, given]: [R, I]) => checked.objective(at, given, block);
      return jvp(part, [read.value, x], [read.tangent, along]).tangent;
    },
    ...(batch && { batch: (step: number) => batch(step) }),
    ...(blocks && { blocks }),
  };
}
