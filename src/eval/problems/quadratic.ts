/** @file A quadratic whose linear term is learned, by gradient descent. */

import { add, matmul, mul, square, sub, sum, type Tensor, tensor } from '../../autodiff/index.ts';
import { type ComparedProblem, type NeutralProblem, normals, once } from './problem.ts';

const [size, inputs, learningRate] = [200, 100, 1];
const usualSteps = 1000;

/** ½ wᵀ A w - wᵀ B x with eigenvalues of A from 0.1 to about 1, and ½ ‖w - c‖². */
function draw(seed: number) {
  const factor = normals(seed, 'quadratic', size, size);
  const scale = 4.2 * size;
  const a = factor.map((row, i) =>
    factor.map(
      (other, j) =>
        row.reduce((sum, each, k) => sum + each * other[k], 0) / scale + (i === j ? 0.1 : 0),
    ),
  );
  return { a, b: normals(seed, 'linear', size, inputs), c: normals(seed, 'target', size, 1) };
}

type Inputs = { readonly x: Tensor };

function quadratic(data: ReturnType<typeof draw>, steps: number): ComparedProblem {
  const [a, b, c] = [tensor(data.a), tensor(data.b), tensor(data.c)];
  const loss = (w: Tensor, { x }: Inputs) =>
    sub(mul(0.5, sum(mul(w, matmul(a, w)))), sum(mul(w, matmul(b, x))));
  const problem = {
    inputs: { x: tensor(new Float64Array(inputs).fill(1), [inputs, 1]) },
    init: () => tensor(new Float64Array(size), [size, 1]),
    step: (w: Tensor, { x }: Inputs) => {
      const slope = sub(matmul(a, w), matmul(b, x));
      return sub(w, mul(learningRate, slope));
    },
    steps,
    objective: (w: Tensor) => mul(0.5, sum(square(add(w, mul(-1, c))))),
  };
  return { problem, inner: { loss }, rate: learningRate };
}

/** As bench and `hypertape compare` know it. */
export const quadraticProblem: NeutralProblem = {
  name: 'quadratic',
  about: `${size} unknowns, ${inputs} inputs in the linear term, with a closed form`,
  steps: usualSteps,
  open: ({ seed, steps = usualSteps }) => {
    const data = once(() => draw(seed));
    return {
      data: () => ({ ...data(), inputs, steps, learningRate }),
      make: () => quadratic(data(), steps),
    };
  },
};
