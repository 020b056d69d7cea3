/** @file Ridge regression with a learned weight for each coefficient, by gradient descent. */

import {
  add,
  type BilevelProblem,
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
} from '../../src/autodiff/index.ts';
import { type AnyProblem, type NeutralProblem, normals, once } from './problem.ts';

const [rows, columns, steps, learningRate] = [1000, 200, 200, 0.05];

const data = once(() => {
  const truth = normals('truth', columns, 1);
  const set = (name: string) => {
    const x = normals(name, rows, columns);
    const noise = normals(`${name} noise`, rows, 1);
    const y = x.map((row, i) => [
      row.reduce((sum, each, j) => sum + each * truth[j][0], 0) / Math.sqrt(columns) + noise[i][0],
    ]);
    return { x, y };
  };
  const [train, validation] = [set('train'), set('validation')];
  return { ...train, xVal: validation.x, yVal: validation.y };
});

function ridge(): BilevelProblem<Tensor, { h: Tensor }> {
  const { x, y, xVal, yVal } = data();
  const [trainX, trainY] = [tensor(x), tensor(y)];
  const [validationX, validationY] = [tensor(xVal), tensor(yVal)];
  const error = (at: Tensor, from: Tensor, to: Tensor) => mean(square(sub(matmul(from, at), to)));
  const loss = (w: Tensor, h: Tensor) => add(error(w, trainX, trainY), sum(mul(exp(h), square(w))));
  return {
    inputs: { h: tensor(new Float64Array(columns).fill(-3), [columns, 1]) },
    init: () => tensor(new Float64Array(columns), [columns, 1]),
    step: (w, { h }) => sub(w, mul(learningRate, grad((at: Tensor) => loss(at, h))(w))),
    steps,
    objective: (w) => error(w, validationX, validationY),
  };
}

export const ridgeProblem: NeutralProblem = {
  name: 'ridge',
  about: `${rows} x ${columns}, ${steps} steps, one weight a coefficient`,
  data: () => ({ ...data(), steps, learningRate }),
  problem: () => ridge() as AnyProblem,
};
