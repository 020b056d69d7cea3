/** @file GradBench `lse`: log Σ exp from its parts, as the eval asks, not by `logSumExp`. */

import { z } from 'zod';
import {
  add,
  compile,
  exp,
  grad,
  log,
  max,
  sub,
  sum,
  type Tensor,
  tensor,
} from '../../../src/autodiff/index.ts';
import { type EvalModule, evalFunction, takeNumber, takeNumbers } from '../function.ts';

const schema = z.object({ x: z.array(z.number()).min(1) });

function logSumOfExponentials(x: Tensor): Tensor {
  const largest = max(x);
  return add(largest, log(sum(exp(sub(x, largest)))));
}

export const lse: EvalModule = {
  name: 'lse',
  functions: {
    primal: evalFunction(schema, ({ x }, device) => {
      const compiled = compile(logSumOfExponentials, { device });
      return async () => takeNumber(await compiled(tensor(x)), device);
    }),
    gradient: evalFunction(schema, ({ x }, device) => {
      const compiled = compile(grad(logSumOfExponentials), { device });
      return async () => takeNumbers(await compiled(tensor(x)), device);
    }),
  },
};
