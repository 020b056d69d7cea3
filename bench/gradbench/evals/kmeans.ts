/** @file GradBench `kmeans`: the cost of centroids, and a Newton step by the Hessian's diagonal. */

import { z } from 'zod';
import {
  compile,
  type Device,
  div,
  grad,
  jvp,
  min,
  onesLike,
  reshape,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
} from '../../../src/autodiff/index.ts';
import { type EvalModule, evalFunction, rowsOf, takeNumber, takeNumbers } from '../function.ts';

const matrix = z.array(z.array(z.number()).min(1)).min(1);
const schema = z.object({ points: matrix, centroids: matrix });

type Input = z.infer<typeof schema>;

function costOf({ points, centroids: { length: k } }: Input) {
  const [n, d] = [points.length, points[0].length];
  const from = reshape(tensor(points), [n, 1, d]);
  return (centroids: Tensor) => {
    const distances = sum(square(sub(from, reshape(centroids, [1, k, d]))), 2);
    return sum(min(distances, 1));
  };
}

export const kmeans: EvalModule = {
  name: 'kmeans',
  functions: {
    cost: evalFunction(schema, (input, device: Device) => {
      const compiled = compile(costOf(input), { device });
      return async () => takeNumber(await compiled(tensor(input.centroids)), device);
    }),
    dir: evalFunction(schema, (input, device: Device) => {
      const slope = grad(costOf(input));
      // The Hessian is diagonal, so that its product with ones is the diagonal.
      const step = (centroids: Tensor) => {
        const { value, tangent } = jvp(slope, centroids, onesLike(centroids));
        return div(value, tangent);
      };
      const compiled = compile(step, { device });
      const d = input.centroids[0].length;
      return async () =>
        rowsOf(await takeNumbers(await compiled(tensor(input.centroids)), device), d);
    }),
  },
};
