/** @file GradBench `ode`: Runge-Kutta of order 4 from 0 to 2, and the gradient of its last entry. */

import { z } from 'zod';
import {
  add,
  type BilevelProblem,
  concat,
  type Device,
  exact,
  hypergradient,
  mul,
  release,
  slice,
  type Tensor,
  tensor,
  train,
  zeros,
} from '../../../src/autodiff/index.ts';
import { type EvalModule, evalFunction, takeNumbers } from '../function.ts';

const schema = z.object({ x: z.array(z.number()).min(1), s: z.number().int().min(1) });

/** y'_0 = x_0, y'_i = x_i y_{i-1}. */
function slopeOf(x: Tensor, y: Tensor): Tensor {
  const n = x.shape[0];
  if (n === 1) return x;
  const others = mul(slice(x, { 0: [1, n] }), slice(y, { 0: [0, n - 1] }));
  return concat([slice(x, { 0: [0, 1] }), others]);
}

function problemOf({ x, s }: z.infer<typeof schema>): BilevelProblem<Tensor, { x: Tensor }> {
  const n = x.length;
  const h = 2 / s;
  return {
    inputs: { x: tensor(x) },
    steps: s,
    init: () => zeros([n]),
    step(y, inputs) {
      const slope = (at: Tensor) => slopeOf(inputs.x, at);
      const k1 = slope(y);
      const k2 = slope(add(y, mul(h / 2, k1)));
      const k3 = slope(add(y, mul(h / 2, k2)));
      const k4 = slope(add(y, mul(h, k3)));
      return add(y, mul(h / 6, add(add(k1, k4), mul(2, add(k2, k3)))));
    },
    objective: (y) => slice(y, { 0: n - 1 }),
  };
}

export const ode: EvalModule = {
  name: 'ode',
  functions: {
    primal: evalFunction(schema, (input, device: Device) => {
      const problem = problemOf(input);
      return async () => takeNumbers(await train(problem, problem.inputs, device), device);
    }),
    gradient: evalFunction(schema, (input, device: Device) => {
      const problem = problemOf(input);
      return async () => {
        const { gradient, state } = await hypergradient(problem, { method: exact(), device });
        release(state);
        return takeNumbers(gradient, device);
      };
    }),
  },
};
