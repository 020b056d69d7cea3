/** @file Plain gradient descent. */

import type { Tree } from '../../tape/tree.ts';
import {
  decayed,
  descend,
  expectLike,
  expectOptions,
  type Optimizer,
  type SgdOptions,
} from './optimizer.ts';

/** Gradient descent keeps nothing from step to step. */
export type SgdState = Readonly<Record<string, never>>;

/**
 * Plain gradient descent, `p - learningRate g`, as torch.optim.SGD. Throws a TypeError at an unknown
 * option; `update` throws a ShapeError at gradients of another tree than the parameters.
 */
export function sgd(options: SgdOptions) {
  expectOptions('sgd', options, ['learningRate', 'weightDecay']);
  const { learningRate, weightDecay = 0 } = options;
  return {
    init: (_parameters: Tree): SgdState => ({}),
    update: <P extends Tree>(gradients: P, state: SgdState, parameters: P): [P, SgdState] => {
      expectLike('sgd', parameters, { gradients });
      return [
        descend(parameters, learningRate, decayed(gradients, parameters, weightDecay)),
        state,
      ];
    },
  } satisfies Optimizer;
}
