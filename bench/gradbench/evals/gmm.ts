/** @file GradBench `gmm`: the log posterior of a Gaussian mixture. */

import { z } from 'zod';
import { compile, type Device, grad, tensor } from '../../../src/autodiff/index.ts';
import { logPosterior, type MixtureParameters } from '../../objectives/gaussian-mixture.ts';
import { type EvalModule, evalFunction, rowsOf, take, takeNumber } from '../function.ts';

const size = z.number().int().min(1);
const matrix = z.array(z.array(z.number()));

const schema = z.object({
  d: size,
  k: size,
  n: size,
  x: matrix,
  m: z.number().int().min(0),
  gamma: z.number().positive(),
  alpha: z.array(z.number()),
  mu: matrix,
  q: matrix,
  l: matrix,
});

type Input = z.infer<typeof schema>;

const parametersOf = ({ d, k, alpha, mu, q, l }: Input): MixtureParameters => ({
  alpha: tensor(Float64Array.from(alpha), [k]),
  mu: tensor(Float64Array.from(mu.flat()), [k, d]),
  q: tensor(Float64Array.from(q.flat()), [k, d]),
  l: tensor(Float64Array.from(l.flat()), [k, (d * (d - 1)) / 2]),
});

function objectiveOf({ n, d, x, m, gamma }: Input) {
  const data = { x: tensor(Float64Array.from(x.flat()), [n, d]), m, gamma };
  return (parameters: MixtureParameters) => logPosterior(parameters, data);
}

export const gmm: EvalModule = {
  name: 'gmm',
  functions: {
    objective: evalFunction(schema, (input, device: Device) => {
      const compiled = compile(objectiveOf(input), { device });
      return async () => takeNumber(await compiled(parametersOf(input)), device);
    }),
    jacobian: evalFunction(schema, (input, device: Device) => {
      const compiled = compile(grad(objectiveOf(input)), { device });
      return async () => {
        const { alpha, mu, q, l } = await compiled(parametersOf(input));
        const [dAlpha, dMu, dQ, dL] = await take([alpha, mu, q, l], device);
        const { d } = input;
        const below = (d * (d - 1)) / 2;
        return {
          alpha: Array.from(dAlpha),
          mu: rowsOf(dMu, d),
          q: rowsOf(dQ, d),
          l: below > 0 ? rowsOf(dL, below) : input.l,
        };
      };
    }),
  },
};
