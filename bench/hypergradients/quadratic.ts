/** @file A quadratic whose linear term is learned, by gradient descent. */

import {
  add,
  type BilevelProblem,
  matmul,
  mul,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
} from '../../src/autodiff/index.ts';
import { type AnyProblem, type NeutralProblem, normals, once } from './problem.ts';

const [size, inputs, steps, learningRate] = [200, 100, 1000, 1];

/** ½ wᵀ A w - wᵀ B x with eigenvalues of A from 0.1 to about 1, and ½ ‖w - c‖². */
const data = once(() => {
  const factor = normals('quadratic', size, size);
  const scale = 4.2 * size;
  const a = factor.map((row, i) =>
    factor.map(
      (other, j) =>
        row.reduce((sum, each, k) => sum + each * other[k], 0) / scale + (i === j ? 0.1 : 0),
    ),
  );
  return { a, b: normals('linear', size, inputs), c: normals('target', size, 1) };
});

function quadratic(): BilevelProblem<Tensor, { x: Tensor }> {
  const [a, b, c] = [tensor(data().a), tensor(data().b), tensor(data().c)];
  return {
    inputs: { x: tensor(new Float64Array(inputs).fill(1), [inputs, 1]) },
    init: () => tensor(new Float64Array(size), [size, 1]),
    step: (w, { x }) => {
      const slope = sub(matmul(a, w), matmul(b, x));
      return sub(w, mul(learningRate, slope));
    },
    steps,
    objective: (w) => mul(0.5, sum(square(add(w, mul(-1, c))))),
  };
}

export const quadraticProblem: NeutralProblem = {
  name: 'quadratic',
  about: `${size} unknowns, ${inputs} inputs, ${steps} steps`,
  data: () => ({ ...data(), inputs, steps, learningRate }),
  problem: () => quadratic() as AnyProblem,
};
