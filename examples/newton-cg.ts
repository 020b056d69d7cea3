/**
 * @file Newton's method on hyperparameters: a penalty for each coefficient of a logistic regression,
 * by conjugate gradients on the Hessian of the outer objective. Its products are hypergradients of
 * `outerHvp`, through all 40 steps of training, with six checkpoints.
 *
 * Run: node --import tsx examples/newton-cg.ts
 */

import {
  add,
  exact,
  exp,
  grad,
  hypergradient,
  matmul,
  mean,
  mul,
  neg,
  openDevice,
  outerHvp,
  partial,
  release,
  setDefaultDevice,
  softplus,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
} from 'hypertape/autodiff';
import { random } from 'hypertape/data';

setDefaultDevice(await openDevice('reference'));

const features = 6;
const generator = random(11);
const normals = (count: number) => Array.from({ length: count }, () => generator.normal());
// Half of the features say nothing.
const truth = normals(features).map((value, i) => (i % 2 === 0 ? value : 0));

/** Rows of features, and labels -1 or 1: the sign of a linear function with noise. */
function draw(rows: number) {
  const x = Array.from({ length: rows }, () => normals(features));
  const y = x.map((row) => {
    const score = row.reduce((total, value, i) => total + value * truth[i], 0);
    return [score + generator.normal() > 0 ? 1 : -1];
  });
  return { x, y };
}

export const steps = 40;
export const rate = 0.5;
/** What keeps the logarithms of the penalties near -3. */
export const prior = 0.002;
export const training = draw(40);
export const validation = draw(60);

/** The mean of log(1 + exp(-y w·x)) over the rows; `w` is `[features, 1]`. */
function lossOn({ x, y }: { x: number[][]; y: number[][] }) {
  const [rows, labels] = [tensor(x), tensor(y)];
  return (w: Tensor) => mean(softplus(neg(mul(labels, matmul(rows, w)))));
}
const [trainingLoss, validationLoss] = [lossOn(training), lossOn(validation)];

type Inputs = { readonly logPenalty: Tensor };
const loss = (w: Tensor, { logPenalty }: Inputs) =>
  add(trainingLoss(w), sum(mul(exp(logPenalty), square(w))));

const inputsOf = (numbers: readonly number[]): Inputs => ({
  logPenalty: tensor([...numbers], [features, 1]),
});

const problemAt = (logPenalty: readonly number[]) => ({
  inputs: inputsOf(logPenalty),
  init: () => tensor(new Float64Array(features), [features, 1]),
  step: (w: Tensor, inputs: Inputs) => sub(w, mul(rate, grad(loss)(w, inputs))),
  steps,
  objective: (w: Tensor, inputs: Inputs) =>
    add(validationLoss(w), mul(prior, sum(square(add(inputs.logPenalty, 3))))),
});

const dot = (a: readonly number[], b: readonly number[]) =>
  a.reduce((total, value, i) => total + value * b[i], 0);
const plus = (a: readonly number[], scale: number, b: readonly number[]) =>
  a.map((value, i) => value + scale * b[i]);

const method = exact({ checkpoints: 6 });

async function gradientAt(at: readonly number[]) {
  const { value, gradient, state } = await hypergradient(problemAt(at), { method });
  const numbers = [...(await gradient.logPenalty.data())];
  release([gradient, state]);
  return { value, gradient: numbers };
}

async function valueAt(at: readonly number[]) {
  const { value, gradient, state } = await hypergradient(problemAt(at), { method: partial() });
  release([gradient, state]);
  return value;
}

/** The outer Hessian times a direction. */
async function product(at: readonly number[], direction: readonly number[]) {
  const tangent = outerHvp(problemAt(at), inputsOf(direction));
  const { gradient, state } = await hypergradient(tangent, { method });
  const numbers = [...(await gradient.logPenalty.data())];
  release([gradient, state]);
  return numbers;
}

/**
 * Solves H d = -g by conjugate gradients, up to where the curvature is not positive. Where it is not
 * from the start, Newton's method has no step, and one of length 1 goes downhill.
 */
async function newtonDirection(at: readonly number[], gradient: readonly number[]) {
  const start = gradient.map((value) => -value);
  const size = dot(gradient, gradient);
  // The nearer to the end, the more exactly: Newton's method then converges superlinearly.
  const enough = size * Math.min(0.25, Math.sqrt(size)) ** 2;
  let direction = gradient.map(() => 0);
  let residual = start;
  let towards = start;
  let products = 0;
  while (products < 2 * features && dot(residual, residual) > enough) {
    const curved = await product(at, towards);
    products++;
    const curvature = dot(towards, curved);
    if (curvature <= 0) {
      const downhill = start.map((value) => value / Math.sqrt(size));
      return { direction: products === 1 ? downhill : direction, products };
    }
    const length = dot(residual, residual) / curvature;
    direction = plus(direction, length, towards);
    const next = plus(residual, -length, curved);
    towards = plus(next, dot(next, next) / dot(residual, residual), towards);
    residual = next;
  }
  return { direction, products };
}

/** The penalties of each iteration, as logarithms, with the objective and its gradient there. */
export const history: { at: number[]; value: number; gradient: number[] }[] = [];

let at = Array.from({ length: features }, () => -1);
for (let iteration = 0; iteration <= 20; iteration++) {
  const { value, gradient } = await gradientAt(at);
  history.push({ at, value, gradient });
  const norm = Math.sqrt(dot(gradient, gradient));
  const line = `iteration ${iteration}: objective ${value.toPrecision(9)}, gradient ${norm.toExponential(3)}`;
  if (norm < 1e-10) {
    console.log(line);
    break;
  }
  const { direction, products } = await newtonDirection(at, gradient);
  // Backtracking: half the step until the objective falls as the slope says it must.
  const slope = dot(gradient, direction);
  let length = 1;
  while ((await valueAt(plus(at, length, direction))) > value + 1e-4 * length * slope) {
    if (length < 1e-6) break;
    length /= 2;
  }
  console.log(`${line}, ${products} products, step ${length}`);
  at = plus(at, length, direction);
}
console.log('penalties', at.map((value) => Math.exp(value).toPrecision(4)).join(' '));
