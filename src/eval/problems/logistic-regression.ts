/** @file Logistic regression with a learned L2 weight for each coefficient, by gradient descent. */

import {
  add,
  grad,
  matmul,
  mean,
  mul,
  softplus,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
} from '../../autodiff/index.ts';
import { random } from '../../data/random.ts';
import { type ComparedProblem, type NeutralProblem, once } from './problem.ts';

/** Rows of each of the two sets. */
export const rows = 500;
/** Features. */
export const columns = 20;
/** Of the gradient descent. */
export const learningRate = 0.1;
const usualSteps = 1000;

type Weights = { readonly h: Tensor };

/** Labels are the sign of a linear function, a tenth of them at random. */
export function drawData(seed: number) {
  const generator = random(seed);
  const normals = () => Array.from({ length: columns }, () => generator.normal());
  const truth = normals();
  const set = () => {
    const x = Array.from({ length: rows }, () => normals());
    const y = x.map((row) => {
      const sign = row.reduce((total, value, i) => total + value * truth[i], 0) > 0 ? 1 : 0;
      return [generator.uniform() < 0.1 ? 1 - sign : sign];
    });
    return { x, y };
  };
  const [train, validation] = [set(), set()];
  return { ...train, xVal: validation.x, yVal: validation.y };
}

type Data = ReturnType<typeof drawData>;

/** The numbers as tensors. */
export const tensorsOf = (data: Data) => ({
  x: tensor(data.x),
  y: tensor(data.y),
  xVal: tensor(data.xVal),
  yVal: tensor(data.yVal),
});

/** The data as tensors. */
export type DataTensors = ReturnType<typeof tensorsOf>;

/** The problem of so many steps, with the loss that they lower. */
export function logisticRegression({ x, y, xVal, yVal }: DataTensors, steps: number) {
  const crossEntropy = (logits: Tensor, labels: Tensor) =>
    mean(sub(softplus(logits), mul(labels, logits)));
  const loss = (w: Tensor, { h }: Weights) =>
    add(crossEntropy(matmul(x, w), y), mul(0.5, sum(mul(h, square(w)))));
  const problem = {
    inputs: { h: tensor(new Float64Array(columns).fill(1), [columns, 1]) },
    init: () => tensor(new Float64Array(columns), [columns, 1]),
    step: (w: Tensor, inputs: Weights) => sub(w, mul(learningRate, grad(loss)(w, inputs))),
    steps,
    objective: (w: Tensor) => crossEntropy(matmul(xVal, w), yVal),
  };
  return { problem, loss };
}

/** As bench and `hypertape compare` know it. */
export const logisticRegressionProblem: NeutralProblem = {
  name: 'logistic-regression',
  about: `logistic regression, ${rows} x ${columns}, one L2 weight a coefficient`,
  steps: usualSteps,
  open: ({ seed, steps = usualSteps }) => {
    const data = once(() => drawData(seed));
    return {
      data: () => ({ ...data(), steps, learningRate }),
      make: (): ComparedProblem => {
        const { problem, loss } = logisticRegression(tensorsOf(data()), steps);
        return { problem, inner: { loss }, rate: learningRate };
      },
    };
  },
};
