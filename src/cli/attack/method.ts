/** @file The estimator of the hypergradient that `--method` names. */

import {
  type Checkpoints,
  type Estimator,
  exact,
  partial,
  truncated,
} from '../../autodiff/index.ts';
import { UserError } from '../../errors.ts';

/**
 * Parses `exact`, `truncated:70` (steps), `truncated:10epochs` or `partial`. Throws a UserError for
 * anything else.
 */
export function parseMethod(
  text: string,
  stepsPerEpoch: number,
  checkpoints: Checkpoints,
): Estimator {
  const match = /^truncated:(\d+)(epochs?)?$/.exec(text);
  if (text === 'exact') return exact({ checkpoints });
  if (text === 'partial') return partial();
  const steps = Number(match?.[1]) * (match?.[2] ? stepsPerEpoch : 1);
  if (Number.isSafeInteger(steps)) return truncated(steps, { checkpoints });
  throw new UserError(
    `method: expected exact, partial, truncated:N (the last N steps), truncated:1epoch or ` +
      `truncated:Nepochs, got ${text}`,
  );
}
