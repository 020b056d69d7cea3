/** @file Hypergradients of many small steps: what replaying a step costs beside its kernels. */

import {
  add,
  type BilevelProblem,
  type Device,
  exact,
  grad,
  hypergradient,
  matmul,
  mean,
  mul,
  readAll,
  release,
  softplus,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
} from '../src/autodiff/index.ts';
import { random } from '../src/data/random.ts';
import type { Benchmark } from './benchmark.ts';
import { type Contestant, compare } from './timing.ts';
import { pythonWithTorch, torchContestant } from './torch.ts';

const [rows, columns, learningRate] = [500, 20, 0.1];

type Weights = { readonly h: Tensor };

/** Labels are the sign of a linear function, a tenth of them at random. */
function drawData() {
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

const tensorsOf = (data: Data) => ({
  x: tensor(data.x),
  y: tensor(data.y),
  xVal: tensor(data.xVal),
  yVal: tensor(data.yVal),
});

type DataTensors = ReturnType<typeof tensorsOf>;

/** Logistic regression with a learned L2 weight for each coefficient, by gradient descent. */
function logisticRegression(
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

/** A further call: the problem is made, traced and differentiated anew; programs are there. */
function onDevice(name: string, device: Device, data: DataTensors, steps: number): Contestant {
  const method = steps > 1000 ? exact({ checkpoints: 100 }) : exact();
  const start = async () => {
    let numbers: ArrayLike<number> = [];
    return {
      run: async () => {
        const problem = logisticRegression(data, steps);
        const { gradient, state } = await hypergradient(problem, { device, method });
        [numbers] = await readAll(gradient, { device });
        release([gradient, state]);
      },
      read: () => numbers,
      stop: () => {},
    };
  };
  return { name, start };
}

export const replayBenchmark: Benchmark = {
  name: 'replay',
  about: `exact hypergradients of logistic regression, ${rows} x ${columns}, gradient descent`,
  async *rows({ simd, runs }) {
    const data = drawData();
    const tensors = tensorsOf(data);
    const python = await pythonWithTorch();
    for (const steps of [1, 10, 100, 1000, 100_000]) {
      const label = `${steps} steps${steps > 1000 ? ', 100 checkpoints' : ''}`;
      const contestants = [onDevice(simd[0].name, simd[0].device, tensors, steps)];
      if (python && steps <= 1000) {
        contestants.push(torchContestant(python, 'logistic.py', { ...data, steps, learningRate }));
      }
      yield await compare({ label }, contestants, { rounds: runs });
    }
  },
};
