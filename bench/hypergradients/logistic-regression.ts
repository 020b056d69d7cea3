/** @file Logistic regression with a learned L2 weight for each coefficient, by gradient descent. */

import {
  add,
  type BilevelProblem,
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
} from '../../src/autodiff/index.ts';
import { random } from '../../src/data/random.ts';
import { type AnyProblem, type NeutralProblem, once } from './problem.ts';

export const rows = 500;
export const columns = 20;
export const learningRate = 0.1;

type Weights = { readonly h: Tensor };

/** Labels are the sign of a linear function, a tenth of them at random. */
export function drawData() {
  const generator = random(1);
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

export type DataTensors = ReturnType<typeof tensorsOf>;

export function logisticRegression(
  { x, y, xVal, yVal }: DataTensors,
  steps: number,
): BilevelProblem<Tensor, Weights> {
  const crossEntropy = (logits: Tensor, labels: Tensor) =>
    mean(sub(softplus(logits), mul(labels, logits)));
  const loss = (w: Tensor, h: Tensor) =>
    add(crossEntropy(matmul(x, w), y), mul(0.5, sum(mul(h, square(w)))));
  return {
    inputs: { h: tensor(new Float64Array(columns).fill(1), [columns, 1]) },
    init: () => tensor(new Float64Array(columns), [columns, 1]),
    step: (w, { h }) => sub(w, mul(learningRate, grad((at: Tensor) => loss(at, h))(w))),
    steps,
    objective: (w) => crossEntropy(matmul(xVal, w), yVal),
  };
}

const data = once(drawData);
const steps = 1000;

export const logisticRegressionProblem: NeutralProblem = {
  name: 'logistic_regression',
  about: `${rows} x ${columns}, ${steps} steps, one L2 weight a coefficient`,
  data: () => ({ ...data(), steps, learningRate }),
  problem: () => logisticRegression(tensorsOf(data()), steps) as AnyProblem,
};
