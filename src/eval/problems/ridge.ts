/** @file Ridge regression with a learned weight for each coefficient, by gradient descent. */

import {
  add,
  exp,
  grad,
  matmul,
  mean,
  mul,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
} from '../../autodiff/index.ts';
import { type ComparedProblem, type NeutralProblem, normals, once } from './problem.ts';

const [rows, columns, learningRate] = [1000, 200, 0.05];
const usualSteps = 200;

function draw(seed: number) {
  const truth = normals(seed, 'truth', columns, 1);
  const set = (name: string) => {
    const x = normals(seed, name, rows, columns);
    const noise = normals(seed, `${name} noise`, rows, 1);
    const y = x.map((row, i) => [
      row.reduce((sum, each, j) => sum + each * truth[j][0], 0) / Math.sqrt(columns) + noise[i][0],
    ]);
    return { x, y };
  };
  const [train, validation] = [set('train'), set('validation')];
  return { ...train, xVal: validation.x, yVal: validation.y };
}

type Inputs = { readonly h: Tensor };

function ridge({ x, y, xVal, yVal }: ReturnType<typeof draw>, steps: number): ComparedProblem {
  const [trainX, trainY] = [tensor(x), tensor(y)];
  const [validationX, validationY] = [tensor(xVal), tensor(yVal)];
  const error = (at: Tensor, from: Tensor, to: Tensor) => mean(square(sub(matmul(from, at), to)));
  const loss = (w: Tensor, { h }: Inputs) =>
    add(error(w, trainX, trainY), sum(mul(exp(h), square(w))));
  const problem = {
    inputs: { h: tensor(new Float64Array(columns).fill(-3), [columns, 1]) },
    init: () => tensor(new Float64Array(columns), [columns, 1]),
    step: (w: Tensor, inputs: Inputs) => sub(w, mul(learningRate, grad(loss)(w, inputs))),
    steps,
    objective: (w: Tensor) => error(w, validationX, validationY),
  };
  return { problem, inner: { loss }, rate: learningRate };
}

/** As bench and `hypertape compare` know it. */
export const ridgeProblem: NeutralProblem = {
  name: 'ridge',
  about: `ridge regression, ${rows} x ${columns}, one weight a coefficient`,
  steps: usualSteps,
  open: ({ seed, steps = usualSteps }) => {
    const data = once(() => draw(seed));
    return {
      data: () => ({ ...data(), steps, learningRate }),
      make: () => ridge(data(), steps),
    };
  },
};
