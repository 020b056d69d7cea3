/** @file The two problems of the fixtures: logistic regression and hyper-cleaning. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  add,
  grad,
  logSoftmax,
  matmul,
  mean,
  mul,
  neg,
  type Optimizer,
  oneHot,
  reshape,
  sigmoid,
  softplus,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
} from '../../../src/autodiff/index.ts';

type Matrix = number[][];

/** A gradient with the relative residual of the system that it came from. */
interface Solved {
  readonly relative_residual: number | null;
}

/** `logistic_regression.json`. */
export interface LogisticRegression {
  readonly X_train: Matrix;
  readonly y_train: number[];
  readonly X_val: Matrix;
  readonly y_val: number[];
  readonly learning_rate: number;
  readonly T: number;
  readonly value: number;
  readonly exact: number[];
  readonly contributions_last_first: Matrix;
  readonly adjoint_norms_last_first: number[];
  readonly estimators: {
    readonly [name: string]: Solved & {
      readonly d_h: number[];
      readonly relative_error: number;
      readonly cosine: number;
    };
  };
  readonly implicit_at_last_step: number[];
  readonly implicit_at_optimum: number[];
  readonly stationarity_at_last_step: number;
  readonly hessian_eigenvalues_at_last_step: [number, number];
}

/** What is implicit at one point of `hyper_cleaning_N.json`. */
export interface AtPoint {
  readonly point: Matrix;
  readonly value: number;
  readonly stationarity: number;
  readonly implicit: number[];
  readonly hessian_eigenvalues: [number, number];
  readonly [solver: string]: unknown;
}

/** A gradient through training. */
export interface Through {
  readonly value: number;
  readonly d_weights: number[];
  readonly d_learning_rate: number;
  readonly d_initial: Matrix | null;
}

/** `hyper_cleaning_N.json`. */
export interface HyperCleaning {
  readonly classes: number;
  readonly X_train: Matrix;
  readonly y_train: number[];
  readonly X_val: Matrix;
  readonly y_val: number[];
  readonly W_init: Matrix;
  readonly v: number[];
  readonly L: number;
  readonly learning_rate: number;
  readonly lambda: number;
  readonly results: {
    readonly at_last_step: AtPoint;
    readonly at_optimum: AtPoint;
    readonly [run: string]: unknown;
  };
}

/** Reads a fixture. */
export const fixture = <F>(folder: string, name: string): F =>
  JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as F;

/** The mean of -y log σ(z) - (1 - y) log(1 - σ(z)). */
const logisticLoss = (x: Tensor, y: Tensor, w: Tensor): Tensor => {
  const z = reshape(matmul(x, reshape(w, [w.size, 1])), [x.shape[0]]);
  return mean(sub(softplus(z), mul(y, z)));
};

/** Logistic regression with a ridge of its own for each feature. */
export function logisticRegression(of: LogisticRegression) {
  const [x, y] = [tensor(of.X_train), tensor(of.y_train)];
  const [xVal, yVal] = [tensor(of.X_val), tensor(of.y_val)];
  const features = of.X_train[0].length;
  const loss = (w: Tensor, { ridge }: { readonly ridge: Tensor }): Tensor =>
    add(logisticLoss(x, y, w), mul(0.5, sum(mul(ridge, square(w)))));
  const problem = {
    inputs: { ridge: tensor(new Float64Array(features).fill(1)) },
    init: () => tensor(new Float64Array(features)),
    step: (w: Tensor, inputs: { readonly ridge: Tensor }) =>
      sub(w, mul(of.learning_rate, grad(loss)(w, inputs))),
    steps: of.T,
    objective: (w: Tensor) => logisticLoss(xVal, yVal, w),
  };
  return { problem, loss };
}

/** The inputs of hyper-cleaning. */
export type CleaningInputs = {
  readonly logits: Tensor;
  readonly rate: Tensor;
  readonly initial: Tensor;
};

/** Softmax regression whose examples are weighted by sigmoids. */
export function hyperCleaning(of: HyperCleaning) {
  const [x, y] = [tensor(of.X_train), oneHot(of.y_train, of.classes)];
  const [xVal, yVal] = [tensor(of.X_val), oneHot(of.y_val, of.classes)];
  const entropy = (x: Tensor, y: Tensor, w: Tensor) =>
    neg(sum(mul(y, logSoftmax(matmul(x, w))), 1));
  const loss = (w: Tensor, { logits }: Pick<CleaningInputs, 'logits'>): Tensor =>
    add(mean(mul(sigmoid(logits), entropy(x, y, w))), mul(of.lambda, sum(square(w))));
  const inputs: CleaningInputs = {
    logits: tensor(of.v),
    rate: tensor(of.learning_rate),
    initial: tensor(of.W_init),
  };
  const objective = (w: Tensor) => mean(entropy(xVal, yVal, w));
  const problem = {
    inputs,
    init: ({ initial }: CleaningInputs) => initial,
    step: (w: Tensor, at: CleaningInputs) => sub(w, mul(at.rate, grad(loss)(w, at))),
    steps: of.L,
    objective,
  };
  /** The problem whose training starts and ends at a point. */
  const at = (point: number[][]) => ({
    inputs: { logits: inputs.logits },
    init: () => tensor(point),
    step: (w: Tensor) => w,
    steps: 0,
    objective,
  });
  /** Trained by another optimiser, made of the learning rate. */
  const by = (optimizer: (rate: Tensor) => Optimizer) => ({
    inputs,
    init: ({ initial, rate }: CleaningInputs) => ({
      w: initial,
      averages: optimizer(rate).init(initial),
    }),
    step: (
      { w, averages }: { w: Tensor; averages: ReturnType<Optimizer['init']> },
      given: CleaningInputs,
    ) => {
      const [next, after] = optimizer(given.rate).update(grad(loss)(w, given), averages, w);
      return { w: next, averages: after };
    },
    steps: of.L,
    objective: ({ w }: { w: Tensor }) => objective(w),
  });
  return { problem, loss, at, by };
}

/**
 * Gradient descent on ½ wᵀA w - wᵀx with an objective bᵀw: at the minimum w = A⁻¹x, and the
 * hypergradient in x is A⁻¹b. A is symmetric.
 */
export function quadratic(
  matrix: number[][],
  b: number[],
  { rate, steps }: { readonly rate: number; readonly steps: number },
) {
  const [a, start, slope] = [tensor(matrix), tensor(new Float64Array(b.length)), tensor(b)];
  const column = (w: Tensor) => reshape(w, [w.size, 1]);
  const loss = (w: Tensor, { x }: { readonly x: Tensor }): Tensor =>
    sub(mul(0.5, sum(mul(w, reshape(matmul(a, column(w)), [w.size])))), sum(mul(w, x)));
  const problem = {
    inputs: { x: tensor(b.map((_, i) => Math.sin(i + 1))) },
    init: () => start,
    step: (w: Tensor, inputs: { readonly x: Tensor }) => sub(w, mul(rate, grad(loss)(w, inputs))),
    steps,
    objective: (w: Tensor) => sum(mul(slope, w)),
  };
  return { problem, loss };
}

/** V diag(eigenvalues) Vᵀ, where V reflects along the vector of ones and one more. */
export function symmetric(eigenvalues: readonly number[]): number[][] {
  const n = eigenvalues.length;
  const reflection = (u: number[]) => {
    const uu = u.reduce((total, value) => total + value * value, 0);
    return (x: number[]) => {
      const along = x.reduce((total, value, i) => total + value * u[i], 0);
      return x.map((value, i) => value - (2 * along * u[i]) / uu);
    };
  };
  const first = reflection(Array.from({ length: n }, () => 1));
  const second = reflection(Array.from({ length: n }, (_, i) => 1 + i));
  return Array.from({ length: n }, (_, column) => {
    const unit = Array.from({ length: n }, (_, i) => (i === column ? 1 : 0));
    return second(first(first(second(unit)).map((value, i) => value * eigenvalues[i])));
  });
}
