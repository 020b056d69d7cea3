/** @file GradBench `llsq`: the squared distance of a polynomial from the sign, at n points. */

import { z } from 'zod';
import {
  compile,
  grad,
  matmul,
  mul,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
} from '../../../src/autodiff/index.ts';
import { type EvalModule, evalFunction, takeNumber, takeNumbers } from '../function.ts';

const schema = z.object({ x: z.array(z.number()).min(1), n: z.number().int().min(2) });

type Input = z.infer<typeof schema>;

/** The powers of t [n, m] and the signs [n] of t_i = -1 + 2i / (n - 1). */
function points({ x: { length: m }, n }: Input) {
  const powers = new Float64Array(n * m);
  const signs = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const t = -1 + (i * 2) / (n - 1);
    signs[i] = Math.sign(t);
    for (let power = 0, value = 1; power < m; power++, value *= t) powers[i * m + power] = value;
  }
  return { powers: tensor(powers, [n, m]), signs: tensor(signs) };
}

function objectiveOf(input: Input) {
  const { powers, signs } = points(input);
  return (x: Tensor) => mul(0.5, sum(square(sub(signs, matmul(powers, x)))));
}

export const llsq: EvalModule = {
  name: 'llsq',
  functions: {
    primal: evalFunction(schema, (input, device) => {
      const compiled = compile(objectiveOf(input), { device });
      return async () => takeNumber(await compiled(tensor(input.x)), device);
    }),
    gradient: evalFunction(schema, (input, device) => {
      const compiled = compile(grad(objectiveOf(input)), { device });
      return async () => takeNumbers(await compiled(tensor(input.x)), device);
    }),
  },
};
