/**
 * @file Hyper-cleaning (Franceschi et al. 2017, section 5.1): learns a weight for each training
 * example, a third of which are labelled wrongly, from a few clean ones.
 *
 * Run: node --import tsx examples/hyper-cleaning.ts
 */

import {
  adam,
  crossEntropy,
  evaluate,
  exact,
  grad,
  hypergradient,
  logSoftmax,
  matmul,
  mul,
  neg,
  openDevice,
  release,
  setDefaultDevice,
  sigmoid,
  sub,
  sum,
  type Tensor,
  tensor,
} from 'hypertape/autodiff';
import { random } from 'hypertape/data';

// Float64 in plain JavaScript: slow, but enough for 120 rows, and exact to the digits printed.
setDefaultDevice(await openDevice('reference'));

export const classes = 3;
export const features = 6;
export const steps = 40;
export const rate = 0.5;
const generator = random(11);
const normals = (count: number) => Array.from({ length: count }, () => generator.normal());
const centres = Array.from({ length: classes }, () => normals(features));

const oneHot = (label: number) => Array.from({ length: classes }, (_, i) => (i === label ? 1 : 0));

/** Rows around the centre of their class; a share of the labels is replaced by another class. */
function draw(count: number, wrongShare: number) {
  const labels = Array.from({ length: count }, () => generator.integer(classes));
  const x = labels.map((label) => normals(features).map((noise, i) => centres[label][i] + noise));
  const wrong = labels.map(() => generator.uniform() < wrongShare);
  const given = labels.map((label, i) =>
    wrong[i] ? (label + 1 + generator.integer(classes - 1)) % classes : label,
  );
  return { x, y: given.map(oneHot), wrong };
}

export const training = draw(120, 1 / 3);
export const validation = draw(60, 0);
const [x, y] = [tensor(training.x), tensor(training.y)];
const [cleanX, cleanY] = [tensor(validation.x), tensor(validation.y)];

/** The cross-entropy of a linear classifier, each example weighted by the sigmoid of its logit. */
function weightedLoss(model: Tensor, logits: Tensor): Tensor {
  const entropy = neg(sum(mul(y, logSoftmax(matmul(x, model))), 1));
  return mul(sum(mul(sigmoid(logits), entropy)), 1 / training.x.length);
}

let inputs = { logits: tensor(new Float64Array(training.x.length)) };
const optimizer = adam({ learningRate: 0.3 });
let state = optimizer.init(inputs);
const mean = (numbers: number[]) => numbers.reduce((total, n) => total + n, 0) / numbers.length;

const iterations = 40;

for (let iteration = 0; ; iteration++) {
  const result = await hypergradient(
    {
      inputs,
      init: () => tensor(new Float64Array(features * classes), [features, classes]),
      step: (model: Tensor, { logits }) => sub(model, mul(rate, grad(weightedLoss)(model, logits))),
      steps,
      objective: (model) => crossEntropy(matmul(cleanX, model), cleanY),
    },
    { method: exact() },
  );
  if (iteration % 20 === 0) {
    const weights = [...(await sigmoid(inputs.logits).data())];
    const clean = mean(weights.filter((_, i) => !training.wrong[i]));
    const wrong = mean(weights.filter((_, i) => training.wrong[i]));
    console.log(
      `iteration ${iteration}: validation loss ${result.value.toPrecision(6)}, ` +
        `mean weight ${clean.toFixed(3)} where the label is right, ${wrong.toFixed(3)} where wrong`,
    );
  }
  if (iteration === iterations) break;
  const before = [inputs, state];
  [inputs, state] = await evaluate(optimizer.update(result.gradient, state, inputs));
  release([before, result.gradient, result.state]);
}

/** The weights that the last line printed is about. */
export const weights = await sigmoid(inputs.logits).data();
