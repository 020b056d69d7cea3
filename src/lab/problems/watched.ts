/** @file An estimator that keeps what `attribution` finds: the exact gradient, step by step. */

import { attribution, type Estimator } from '../../autodiff/index.ts';
import type { AnyAttribution } from './problem.ts';

/** The estimator, and what it found when it was used last. */
export interface Watched {
  readonly estimator: Estimator;
  found(): AnyAttribution;
}

/**
 * The exact hypergradient, bit for bit, whose terms are kept; `tau` steps alone lead the update
 * where it is less than all, so that a truncated attack can be watched beside the exact gradient.
 */
export function watched(tau?: number): Watched {
  let last: AnyAttribution | undefined;
  const estimator: Estimator = {
    name: tau === undefined ? 'exact()' : `truncated(${tau})`,
    async estimate(problem, { device, onProgress, signal }) {
      const found = await attribution(problem, { device, onProgress, signal });
      last = found;
      if (tau === undefined || tau >= problem.steps) return found;
      return { ...found, gradient: found.truncated(tau) };
    },
  };
  return {
    estimator,
    found() {
      if (!last) throw new Error('nothing has been differentiated yet');
      return last;
    },
  };
}
