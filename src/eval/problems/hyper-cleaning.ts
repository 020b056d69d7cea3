/** @file Hyper-cleaning: a weight for each training row, half of which have wrong labels. */

import {
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
} from '../../autodiff/index.ts';
import { random } from '../../data/random.ts';
import { type ComparedProblem, type NeutralProblem, normals, once } from './problem.ts';

const [rows, columns, classes, learningRate] = [2000, 64, 10, 1];
const usualSteps = 100;

/** Points around the means of their classes; half of the training labels are drawn anew. */
function draw(seed: number) {
  const means = normals(seed, 'means', classes, columns);
  const set = (name: string, wrong: number) => {
    const generator = random(seed).fork(name);
    const classOf = () => generator.integer(classes);
    const truth = Array.from({ length: rows }, classOf);
    const noise = normals(seed, `${name} noise`, rows, columns);
    const x = truth.map((label, i) => noise[i].map((each, j) => each + 0.5 * means[label][j]));
    const y = truth.map((label) => (generator.uniform() < wrong ? classOf() : label));
    return { x, y };
  };
  const [train, validation] = [set('cleaning', 0.5), set('clean', 0)];
  return { ...train, xVal: validation.x, yVal: validation.y };
}

type Inputs = { readonly h: Tensor };

function hyperCleaning(
  { x, y, xVal, yVal }: ReturnType<typeof draw>,
  steps: number,
): ComparedProblem {
  const [trainX, validationX] = [tensor(x), tensor(xVal)];
  const [trainY, validationY] = [oneHot(y, classes), oneHot(yVal, classes)];
  /** The cross-entropy of each row, [rows, 1]. */
  const errors = (w: Tensor, from: Tensor, to: Tensor) =>
    neg(sum(mul(to, logSoftmax(matmul(from, w))), 1, { keepDims: true }));
  const loss = (w: Tensor, { h }: Inputs) => mean(mul(sigmoid(h), errors(w, trainX, trainY)));
  const problem = {
    inputs: { h: tensor(new Float64Array(rows), [rows, 1]) },
    init: () => zeros([columns, classes]),
    step: (w: Tensor, inputs: Inputs) => sub(w, mul(learningRate, grad(loss)(w, inputs))),
    steps,
    objective: (w: Tensor) => mean(errors(w, validationX, validationY)),
  };
  return { problem, inner: { loss }, rate: learningRate };
}

/** As bench and `hypertape compare` know it. */
export const hyperCleaningProblem: NeutralProblem = {
  name: 'hyper-cleaning',
  about: `${rows} x ${columns}, ${classes} classes, half of the labels drawn anew, one weight a row`,
  steps: usualSteps,
  open: ({ seed, steps = usualSteps }) => {
    const data = once(() => draw(seed));
    return {
      data: () => ({ ...data(), classes, steps, learningRate }),
      make: () => hyperCleaning(data(), steps),
    };
  },
};
