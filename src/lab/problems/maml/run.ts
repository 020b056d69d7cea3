/** @file MAML on sines (Finn, Abbeel & Levine 2017): initial weights that a few steps adapt. */

import {
  add,
  type BilevelProblem,
  broadcastTo,
  grad,
  matmul,
  mean,
  mul,
  readAll,
  square,
  sub,
  sum,
  type Tensor,
  type Tree,
  tanh,
  tensor,
} from '../../../autodiff/index.ts';
import { random } from '../../../data/portable.ts';
import { counted } from '../../counted.ts';
import { descentRun } from '../descent-run.ts';
import type { AnyProblem, OpenRun } from '../problem.ts';
import type { CurvesView } from '../view.ts';

const [tasks, shots, width, learningRate] = [25, 10, 40, 0.02];
/** Places at which a sine and the network are drawn. */
const places = Float32Array.from({ length: 101 }, (_, i) => i / 10 - 5);

const shapes = {
  w1: [1, width],
  b1: [1, width],
  w2: [width, width],
  b2: [1, width],
  w3: [width, 1],
  b3: [1, 1],
} as const;

/** Of the network. */
const weights = Object.values(shapes).reduce((count, [rows, columns]) => count + rows * columns, 0);

type Layers = Readonly<Record<keyof typeof shapes, Tensor>>;

const mapLayers = (fn: (name: keyof typeof shapes) => Tensor): Layers =>
  Object.fromEntries(
    (Object.keys(shapes) as (keyof typeof shapes)[]).map((name) => [name, fn(name)]),
  ) as Layers;

function predict({ w1, b1, w2, b2, w3, b3 }: Layers, x: Tensor): Tensor {
  const first = tanh(add(matmul(x, w1), b1));
  const second = tanh(add(matmul(first, w2), b2));
  return add(matmul(second, w3), b3);
}

/** Amplitudes 0.1 to 5, phases 0 to π, points -5 to 5. */
function drawSines(seed: number) {
  const generator = random(seed).fork('sines');
  const between = (least: number, most: number) => least + (most - least) * generator.uniform();
  const sines = Array.from({ length: tasks }, () => [between(0.1, 5), between(0, Math.PI)]);
  const set = () => {
    const x = sines.map(() => Array.from({ length: shots }, () => [between(-5, 5)]));
    const y = x.map((row, i) => row.map(([at]) => [sines[i][0] * Math.sin(at - sines[i][1])]));
    return { x, y };
  };
  return { sines, support: set(), query: set() };
}

/** Opens MAML. */
export const openMaml: OpenRun = async ({ steps: asked, rate, momentum }, how) => {
  const steps = Number(asked);
  const { seed, device } = how;
  const { sines, support, query } = drawSines(seed);
  const generator = random(seed).fork('weights');
  const start = mapLayers((name) => {
    const [inputs, outputs] = shapes[name];
    const scale = name.startsWith('b') ? 0.1 : 1 / Math.sqrt(inputs);
    const numbers = Float64Array.from(
      { length: inputs * outputs },
      () => scale * generator.normal(),
    );
    return tensor(numbers, [inputs, outputs]);
  });
  const [x, y, queryX, queryY] = [support.x, support.y, query.x, query.y].map((set) => tensor(set));
  /** The sum over sines of the mean over points: each sine has weights of its own. */
  const error = (at: Layers, from: Tensor, to: Tensor) =>
    sum(mean(square(sub(predict(at, from), to)), [1, 2]));
  const problemOf = (inputs: Layers): AnyProblem => {
    const problem: BilevelProblem<Layers, Layers> = {
      inputs,
      init: (given) => mapLayers((name) => broadcastTo(given[name], [tasks, ...shapes[name]])),
      step: (now) => {
        const slope = grad((at: Layers) => error(at, x, y))(now);
        return mapLayers((name) => sub(now[name], mul(learningRate, slope[name])));
      },
      steps,
      objective: (end) => mul(1 / tasks, error(end, queryX, queryY)),
    };
    return problem;
  };
  const at = tensor(places, [places.length, 1]);
  /** What weights of all sines, or of one network, say at the places: the first sine's. */
  const drawn = async (layers: Layers): Promise<Float32Array> => {
    const [numbers] = await readAll(predict(layers, at), { device });
    return Float32Array.from(numbers.slice(0, places.length));
  };
  const [amplitude, phase] = sines[0];
  return descentRun<Layers>(
    {
      facts: {
        problem: 'maml',
        title: `${tasks} sines, ${shots} points of each, ${counted(steps, 'step')}`,
        inputs: `the ${weights.toLocaleString('en')} first weights of a network`,
        shape: [weights],
        steps,
        figures: [],
      },
      start,
      problemOf,
      rate: Number(rate),
      momentum: Number(momentum),
      figures: async () => ({}),
      view: async (state: Tree, inputs): Promise<CurvesView> => ({
        kind: 'curves',
        x: places,
        curves: [
          { name: 'the sine', y: places.map((x) => amplitude * Math.sin(x - phase)) },
          { name: 'before the steps', y: await drawn(inputs) },
          { name: 'after the steps', y: await drawn(state as Layers) },
        ],
        shots: Float32Array.from(support.x[0].flatMap(([x], i) => [x, support.y[0][i][0]])),
      }),
    },
    how,
  );
};
