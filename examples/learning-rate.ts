/**
 * @file Tunes the learning rate of a logistic regression: each outer step follows the derivative
 * of the validation loss through all 30 steps of training.
 *
 * Run: node --import tsx examples/learning-rate.ts
 */

import {
  adam,
  evaluate,
  exact,
  exp,
  grad,
  hypergradient,
  matmul,
  mean,
  mul,
  neg,
  openDevice,
  release,
  setDefaultDevice,
  softplus,
  sub,
  type Tensor,
  tensor,
} from 'hypertape/autodiff';
import { random } from 'hypertape/data';

// Float64 in plain JavaScript: slow, but enough for 60 rows, and exact to the digits printed.
setDefaultDevice(await openDevice('reference'));

const features = 8;
const generator = random(7);
const normals = (count: number) => Array.from({ length: count }, () => generator.normal());
const truth = normals(features);

/** Rows of features, and labels -1 or 1: the sign of a linear function with noise. */
function draw(rows: number) {
  const x = Array.from({ length: rows }, () => normals(features));
  const y = x.map((row) => {
    const score = row.reduce((sum, value, i) => sum + value * truth[i], 0);
    return [score + generator.normal() > 0 ? 1 : -1];
  });
  return { x, y };
}

export const steps = 30;
export const training = draw(60);
export const validation = draw(60);

/** The mean of log(1 + exp(-y w·x)) over the rows; `weights` is `[features, 1]`. */
function lossOn({ x, y }: { x: number[][]; y: number[][] }) {
  const [rows, labels] = [tensor(x), tensor(y)];
  return (weights: Tensor) => mean(softplus(neg(mul(labels, matmul(rows, weights)))));
}
const trainingLoss = lossOn(training);
const validationLoss = lossOn(validation);

// The rate must stay positive, so its logarithm is what the outer loop tunes.
let inputs = { logRate: tensor(Math.log(0.01)) };
const optimizer = adam({ learningRate: 0.3 });
let state = optimizer.init(inputs);

for (let iteration = 0; iteration <= 20; iteration++) {
  const result = await hypergradient(
    {
      inputs,
      init: () => tensor(new Float64Array(features), [features, 1]),
      step: (weights: Tensor, { logRate }) =>
        sub(weights, mul(exp(logRate), grad(trainingLoss)(weights))),
      steps,
      objective: (weights) => validationLoss(weights),
    },
    { method: exact() },
  );
  if (iteration % 5 === 0) {
    const rate = Math.exp(await inputs.logRate.item());
    const slope = await result.gradient.logRate.item();
    console.log(
      `iteration ${iteration}: learning rate ${rate.toPrecision(12)}, ` +
        `validation loss ${result.value.toPrecision(6)}, ` +
        `derivative in its logarithm ${slope.toPrecision(6)}`,
    );
  }
  const before = [inputs, state];
  // Computes the next inputs, so that the tape does not grow from one iteration to the next.
  [inputs, state] = await evaluate(optimizer.update(result.gradient, state, inputs));
  release([before, result.gradient, result.state]);
}
