/** @file MAML on sines (Finn et al. 2017): initial weights that five steps adapt to any sine. */

import {
  add,
  broadcastTo,
  grad,
  matmul,
  mean,
  mul,
  relu,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
} from '../../autodiff/index.ts';
import { random } from '../../data/random.ts';
import { type ComparedProblem, type NeutralProblem, once } from './problem.ts';

const [tasks, shots, width, learningRate] = [25, 10, 40, 0.01];
const usualSteps = 5;

const shapes = {
  w1: [1, width],
  b1: [1, width],
  w2: [width, width],
  b2: [1, width],
  w3: [width, 1],
  b3: [1, 1],
} as const;

type Name = keyof typeof shapes;
type Layers = Readonly<Record<Name, Tensor>>;
type LayerNumbers = Record<Name, number[][]>;

const names = Object.keys(shapes) as Name[];

const mapLayers = <T>(fn: (name: Name) => T): Record<Name, T> =>
  Object.fromEntries(names.map((name) => [name, fn(name)])) as Record<Name, T>;

/** Amplitudes 0.1 to 5, phases 0 to π, points -5 to 5; weights of deviation 1/√inputs. */
function draw(seed: number) {
  const generator = random(seed).fork('sines');
  const between = (least: number, most: number) => least + (most - least) * generator.uniform();
  const sines = Array.from({ length: tasks }, () => [between(0.1, 5), between(0, Math.PI)]);
  const set = () => {
    const x = sines.map(() => Array.from({ length: shots }, () => [between(-5, 5)]));
    const y = x.map((points, i) =>
      points.map(([at]) => [sines[i][0] * Math.sin(at - sines[i][1])]),
    );
    return { x, y };
  };
  const layers: LayerNumbers = mapLayers((name) => {
    const [inputs, outputs] = shapes[name];
    const scale = name.startsWith('b') ? 0.1 : 1 / Math.sqrt(inputs);
    return Array.from({ length: inputs }, () =>
      Array.from({ length: outputs }, () => scale * generator.normal()),
    );
  });
  const [support, query] = [set(), set()];
  return { ...support, xVal: query.x, yVal: query.y, layers };
}

function predict({ w1, b1, w2, b2, w3, b3 }: Layers, x: Tensor): Tensor {
  const first = relu(add(matmul(x, w1), b1));
  const second = relu(add(matmul(first, w2), b2));
  return add(matmul(second, w3), b3);
}

function maml(
  { x, y, xVal, yVal, layers }: ReturnType<typeof draw>,
  steps: number,
): ComparedProblem {
  const [trainX, trainY, testX, testY] = [tensor(x), tensor(y), tensor(xVal), tensor(yVal)];
  /** The sum over tasks of the mean over shots: each task has weights of its own. */
  const error = (at: Layers, from: Tensor, to: Tensor) =>
    sum(mean(square(sub(predict(at, from), to)), [1, 2]));
  const loss = (at: Layers) => error(at, trainX, trainY);
  const problem = {
    inputs: mapLayers((name) => tensor(layers[name])),
    init: (start: Layers) =>
      mapLayers((name) => broadcastTo(start[name], [tasks, ...shapes[name]])),
    step: (now: Layers) => {
      const slope = grad(loss)(now);
      return mapLayers((name) => sub(now[name], mul(learningRate, slope[name])));
    },
    steps,
    objective: (end: Layers) => mul(1 / tasks, error(end, testX, testY)),
  };
  return { problem, inner: { loss }, rate: learningRate };
}

/** As bench and `hypertape compare` know it. */
export const mamlProblem: NeutralProblem = {
  name: 'maml',
  about: `initial weights that adapt to ${tasks} sines, ${shots} shots, 2 x ${width} ReLU`,
  steps: usualSteps,
  open: ({ seed, steps = usualSteps }) => {
    const data = once(() => draw(seed));
    return {
      data: () => ({ ...data(), steps, learningRate }),
      make: () => maml(data(), steps),
    };
  },
};
