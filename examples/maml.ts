/**
 * @file MAML on sines (Finn, Abbeel & Levine 2017, section 5.1): learns weights from which five
 * steps of gradient descent on ten points fit a new sine, by hypergradients through those steps.
 *
 * Run: node --import tsx examples/maml.ts
 */

import {
  adam,
  add,
  directionalDerivative,
  evaluate,
  exact,
  grad,
  hypergradient,
  linear,
  mapTree,
  mean,
  mul,
  openDevice,
  partial,
  readAll,
  release,
  setDefaultDevice,
  square,
  sub,
  sum,
  type Tensor,
  type Tree,
  tanh,
  tensor,
} from 'hypertape/autodiff';
import { random } from 'hypertape/data';

setDefaultDevice(await openDevice('simd', { threads: 1 }));

const hidden = 40;
const points = 10;
const innerSteps = 5;
const innerRate = 0.05;
const tasksPerIteration = 4;
const iterations = 300;
const generator = random(3);

type Weights = { readonly [name: string]: Tensor };
type Points = { readonly x: Tensor; readonly y: Tensor };

/** Points of one sine of random amplitude and phase: some to adapt to, others to judge by. */
function drawTask(): { support: Points; query: Points } {
  const amplitude = 0.1 + 4.9 * generator.uniform();
  const phase = Math.PI * generator.uniform();
  const draw = (): Points => {
    const x = Float64Array.from({ length: points }, () => 10 * generator.uniform() - 5);
    const y = x.map((at) => amplitude * Math.sin(at - phase));
    return { x: tensor(x, [points, 1]), y: tensor(y, [points, 1]) };
  };
  return { support: draw(), query: draw() };
}
type Task = ReturnType<typeof drawTask>;

/** Normal weights of variance 1 / inputs, biases 0. */
function drawLayer(outputs: number, inputs: number) {
  const scale = 1 / Math.sqrt(inputs);
  const weight = Float64Array.from({ length: outputs * inputs }, () => scale * generator.normal());
  return { weight: tensor(weight, [outputs, inputs]), bias: tensor(new Float64Array(outputs)) };
}

function drawWeights(): Weights {
  const [first, second, last] = [
    drawLayer(hidden, 1),
    drawLayer(hidden, hidden),
    drawLayer(1, hidden),
  ];
  return {
    w1: first.weight,
    b1: first.bias,
    w2: second.weight,
    b2: second.bias,
    w3: last.weight,
    b3: last.bias,
  };
}

function squaredError({ w1, b1, w2, b2, w3, b3 }: Weights, { x, y }: Points): Tensor {
  const prediction = linear(tanh(linear(tanh(linear(x, w1, b1)), w2, b2)), w3, b3);
  return mean(square(sub(prediction, y)));
}

/** The error on a task's query points after adapting to its support points. */
const adaptation = (inputs: Weights, { support, query }: Task) => ({
  inputs,
  // The inputs are where training starts, so the hypergradient goes back through `init`.
  init: (weights: Weights) => weights,
  step: (weights: Weights, _inputs: Weights, data: Points) =>
    mapTree((w, g) => sub(w, mul(innerRate, g)), weights, grad(squaredError)(weights, data)),
  steps: innerSteps,
  // Data that differ from task to task come as `batch` and `blocks`: they are no part of `inputs`,
  // and all tasks share one compiled step.
  batch: () => support,
  objective: (weights: Weights, _inputs: Weights, data: Points) => squaredError(weights, data),
  blocks: [query],
});

/** The mean error over tasks, after adapting from these weights to each. */
async function meanError(weights: Weights, tasks: readonly Task[]): Promise<number> {
  let total = 0;
  for (const task of tasks) {
    const { value, gradient, state } = await hypergradient(adaptation(weights, task), {
      method: partial(),
    });
    release([gradient, state]);
    total += value;
  }
  return total / tasks.length;
}

const unseen = Array.from({ length: 40 }, drawTask);
let weights = drawWeights();
console.log(`before: error after adapting ${(await meanError(weights, unseen)).toFixed(3)}`);

const optimizer = adam({ learningRate: 0.01 });
let state = optimizer.init(weights);
for (let iteration = 0; iteration < iterations; iteration++) {
  let total: Weights | undefined;
  const used: Tree[] = [weights, state];
  for (let i = 0; i < tasksPerIteration; i++) {
    const result = await hypergradient(adaptation(weights, drawTask()), { method: exact() });
    used.push(result.gradient, result.state);
    total = total ? mapTree(add, total, result.gradient) : result.gradient;
  }
  if (!total) break;
  const gradient = mapTree((sum) => mul(1 / tasksPerIteration, sum), total);
  [weights, state] = await evaluate(optimizer.update(gradient, state, weights));
  release(used);
}
console.log(`after:  error after adapting ${(await meanError(weights, unseen)).toFixed(3)}`);

// The same derivative along a direction, by forward mode: the rules applied the other way round,
// through the same steps. In float64 both agree to the digits printed.
const device = await openDevice('reference');
const problem = adaptation(weights, unseen[0]);
const direction = drawWeights();
const { gradient } = await hypergradient(problem, { method: exact(), device });
const products = mapTree((g, d) => sum(mul(g, d)), gradient, direction);
const parts = await readAll(products, { device });
const reverse = parts.reduce((total, [part]) => total + part, 0);
const { derivative: forward } = await directionalDerivative(problem, direction, { device });
console.log(
  `check:  reverse mode ${reverse.toPrecision(9)}, forward mode ${forward.toPrecision(9)}`,
);
