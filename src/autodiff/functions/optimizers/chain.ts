/** @file What is done to gradients before an optimiser sees them, and the chain of both. */

import { div, less, mul, type Operand, where } from '../../ops/broadcasting.ts';
import { operandShape } from '../../tape/tensor.ts';
import { mapTree, type Tree } from '../../tape/tree.ts';
import { globalNorm } from '../norm.ts';
import type { Optimizer } from './optimizer.ts';

/** A pure change of gradients; one that keeps something from step to step holds it in its state. */
export interface GradientTransform {
  init(parameters: Tree): Tree;
  update<P extends Tree>(gradients: P, state: Tree, parameters: P): [P, Tree];
}

/**
 * Scales gradients so that their l2 norm, over all tensors of the tree together, is at most
 * `maxNorm`, as optax.clip_by_global_norm; smaller ones stay as they are. Throws a RangeError at a
 * plain number that is not above 0.
 */
export const clipByGlobalNorm = (maxNorm: Operand): GradientTransform => {
  operandShape('clipByGlobalNorm', maxNorm, 0);
  if (typeof maxNorm === 'number' && !(maxNorm > 0)) {
    throw new RangeError(`clipByGlobalNorm: expected a norm above 0, got ${maxNorm}`);
  }
  const transform: GradientTransform = {
    init: () => [],
    update: (gradients, state) => {
      const norm = globalNorm(gradients);
      const small = less(norm, maxNorm);
      const factor = where(small, 1, div(maxNorm, where(small, 1, norm)));
      return [mapTree((g) => mul(g, factor), gradients), state];
    },
  };
  transforms.add(transform);
  return transform;
};

/** The transforms of this file: what is last in a chain is none of them. */
const transforms = new WeakSet<GradientTransform>();

/** The states of a chain: of its transforms, and of its optimiser. */
export type ChainState = { readonly transforms: readonly Tree[]; readonly optimizer: Tree };

/**
 * The optimiser that applies transforms of the gradients, in order, before the last one's update:
 * `chain(clipByGlobalNorm(1), adam({ learningRate: 0.01 }))`. Throws a TypeError without one.
 */
export function chain(
  ...parts: readonly [...transforms: GradientTransform[], optimizer: Optimizer]
) {
  const changes = parts.slice(0, -1) as GradientTransform[];
  const optimizer = parts[parts.length - 1] as Optimizer;
  if (!optimizer || transforms.has(optimizer)) {
    throw new TypeError(
      'chain: expected an optimiser as the last one, after what changes gradients',
    );
  }
  return {
    init: (parameters: Tree): ChainState => ({
      transforms: changes.map((transform) => transform.init(parameters)),
      optimizer: optimizer.init(parameters),
    }),
    update: <P extends Tree>(gradients: P, state: ChainState, parameters: P): [P, ChainState] => {
      let changed = gradients;
      const states = changes.map((transform, i) => {
        const [next, after] = transform.update(changed, state.transforms[i], parameters);
        changed = next;
        return after;
      });
      const [next, after] = optimizer.update(changed, state.optimizer, parameters);
      return [next, { transforms: states, optimizer: after }];
    },
  } satisfies Optimizer;
}
