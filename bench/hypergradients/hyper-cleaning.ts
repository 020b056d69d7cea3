/** @file Hyper-cleaning: a weight for each training row, half of which have wrong labels. */

import {
  type BilevelProblem,
  grad,
  logSoftmax,
  matmul,
  mean,
  mul,
  neg,
  oneHot,
  sigmoid,
  sub,
  sum,
  type Tensor,
  tensor,
  zeros,
} from '../../src/autodiff/index.ts';
import { random } from '../../src/data/random.ts';
import { type AnyProblem, type NeutralProblem, normals, once } from './problem.ts';

const [rows, columns, classes, steps, learningRate] = [2000, 64, 10, 100, 1];

/** Points around the means of their classes; half of the training labels are drawn anew. */
const data = once(() => {
  const means = normals('means', classes, columns);
  const set = (name: string, wrong: number) => {
    const generator = random(1).fork(name);
    const classOf = () => generator.integer(classes);
    const truth = Array.from({ length: rows }, classOf);
    const noise = normals(`${name} noise`, rows, columns);
    const x = truth.map((label, i) => noise[i].map((each, j) => each + 0.5 * means[label][j]));
    const y = truth.map((label) => (generator.uniform() < wrong ? classOf() : label));
    return { x, y };
  };
  const [train, validation] = [set('cleaning', 0.5), set('clean', 0)];
  return { ...train, xVal: validation.x, yVal: validation.y };
});

function hyperCleaning(): BilevelProblem<Tensor, { h: Tensor }> {
  const { x, y, xVal, yVal } = data();
  const [trainX, validationX] = [tensor(x), tensor(xVal)];
  const [trainY, validationY] = [oneHot(y, classes), oneHot(yVal, classes)];
  /** The cross-entropy of each row, [rows, 1]. */
  const errors = (w: Tensor, from: Tensor, to: Tensor) =>
    neg(sum(mul(to, logSoftmax(matmul(from, w))), 1, { keepDims: true }));
  return {
    inputs: { h: tensor(new Float64Array(rows), [rows, 1]) },
    init: () => zeros([columns, classes]),
    step: (w, { h }) => {
      const loss = (at: Tensor) => mean(mul(sigmoid(h), errors(at, trainX, trainY)));
      return sub(w, mul(learningRate, grad(loss)(w)));
    },
    steps,
    objective: (w) => mean(errors(w, validationX, validationY)),
  };
}

export const hyperCleaningProblem: NeutralProblem = {
  name: 'hyper_cleaning',
  about: `${rows} x ${columns}, ${classes} classes, ${steps} steps, one weight a row`,
  data: () => ({ ...data(), classes, steps, learningRate }),
  problem: () => hyperCleaning() as AnyProblem,
};
