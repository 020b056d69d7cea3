/** @file Hyper-cleaning in the plane: a weight for each training point (Franceschi et al. 2017). */

import {
  type BilevelProblem,
  evaluate,
  grad,
  matmul,
  mean,
  mul,
  readAll,
  release,
  sigmoid,
  softplus,
  sub,
  type Tensor,
  type Tree,
  tensor,
  zeros,
} from '../../../autodiff/index.ts';
import { random } from '../../../data/portable.ts';
import { descentRun } from '../descent-run.ts';
import type { AnyProblem, OpenRun } from '../problem.ts';
import type { PlaneView } from '../view.ts';

const points = 120;
const side = 32;
const extent = 3;
/** The inner learning rate. */
const learningRate = 0.8;

type Inputs = { readonly h: Tensor };

/** The features that a place has for the classifier: 1, x, y, x², y², x y. */
const featuresOf = (x: number, y: number): number[] => [1, x, y, x * x, y * y, x * y];

/** Two classes around two arcs; of the training labels a share is turned. */
function drawPoints(seed: number, label: string, wrong: number) {
  const generator = random(seed).fork(label);
  const places: [number, number][] = [];
  const truth: number[] = [];
  const labels: number[] = [];
  for (let i = 0; i < points; i++) {
    const one = i % 2;
    const angle = Math.PI * generator.uniform() + (one ? Math.PI : 0);
    const noise = () => 0.15 * generator.normal();
    places.push([
      1.5 * Math.cos(angle) + (one ? 0.75 : -0.75) + noise(),
      1.5 * Math.sin(angle) + (one ? 0.5 : -0.5) + noise(),
    ]);
    truth.push(one);
    labels.push(generator.uniform() < wrong ? 1 - one : one);
  }
  return { places, truth, labels };
}

const tableOf = (places: readonly (readonly [number, number])[]): Tensor =>
  tensor(places.map(([x, y]) => featuresOf(x, y)));

const columnOf = (numbers: readonly number[]): Tensor => tensor(numbers.map((x) => [x]));

/** A lattice of places over the square, row by row from the top. */
const lattice = Array.from({ length: side * side }, (_, i): [number, number] => [
  extent * ((2 * (i % side) + 1) / side - 1),
  -extent * ((2 * Math.floor(i / side) + 1) / side - 1),
]);

/** Opens hyper-cleaning. */
export const openCleaning: OpenRun = async ({ wrong, steps, rate, momentum }, how) => {
  const training = drawPoints(how.seed, 'training', Number(wrong));
  const clean = drawPoints(how.seed, 'clean', 0);
  const [x, y] = [tableOf(training.places), columnOf(training.labels)];
  const [cleanX, cleanY] = [tableOf(clean.places), columnOf(clean.labels)];
  const places = tableOf(lattice);
  /** The cross-entropy of each point, [points, 1]. */
  const errors = (w: Tensor, from: Tensor, to: Tensor): Tensor => {
    const logits = matmul(from, w);
    return sub(softplus(logits), mul(to, logits));
  };
  const problemOf = (inputs: Inputs): AnyProblem => {
    const problem: BilevelProblem<Tensor, Inputs> = {
      inputs,
      init: () => zeros([6, 1]),
      step: (w, { h }) =>
        sub(w, mul(learningRate, grad((at: Tensor) => mean(mul(sigmoid(h), errors(at, x, y))))(w))),
      steps: Number(steps),
      objective: (w) => mean(errors(w, cleanX, cleanY)),
    };
    return problem as AnyProblem;
  };
  const { device } = how;
  const read = async (what: Tensor): Promise<ArrayLike<number>> => {
    const value = await evaluate(what, { device });
    const [numbers] = await readAll(value, { device });
    release(value);
    return numbers;
  };
  const turned = training.labels.map((label, i) => (label === training.truth[i] ? 0 : 1));
  return descentRun<Inputs>(
    {
      facts: {
        problem: 'cleaning',
        title: `${points} points, ${turned.filter(Boolean).length} with a wrong label`,
        inputs: `${points} weights of training points`,
        shape: [points, 1],
        steps: Number(steps),
        figures: [
          { name: 'accuracy', label: 'clean points classified right', axis: 'rate' },
          { name: 'found', label: 'wrong labels below half weight', axis: 'rate' },
          { name: 'kept', label: 'right labels above half weight', axis: 'rate' },
        ],
      },
      start: { h: zeros([points, 1]) },
      problemOf,
      inner: {
        options: {
          loss: (w, inputs) => {
            const { h } = inputs as Inputs;
            return mean(mul(sigmoid(h), errors(w as Tensor, x, y)));
          },
        },
        rate: learningRate,
        rank: 6,
      },
      rate: Number(rate),
      momentum: Number(momentum),
      figures: async (state, { h }) => {
        const logits = await read(matmul(cleanX, state as Tensor));
        const right = clean.labels.filter((label, i) => logits[i] > 0 === (label === 1)).length;
        const [weights] = await readAll(h, { device });
        const share = (of: number, is: (weight: number) => boolean) => {
          const those = turned.flatMap((wrongLabel, i) => (wrongLabel === of ? [weights[i]] : []));
          return those.length === 0 ? 1 : those.filter(is).length / those.length;
        };
        return {
          accuracy: right / points,
          found: share(1, (weight) => weight < 0),
          kept: share(0, (weight) => weight >= 0),
        };
      },
      view: async (state: Tree, { h }): Promise<PlaneView> => ({
        kind: 'plane',
        positions: Float32Array.from(training.places.flat()),
        labels: Uint8Array.from(training.labels),
        wrong: Uint8Array.from(turned),
        weights: Float32Array.from(await read(sigmoid(h))),
        field: Float32Array.from(await read(sigmoid(matmul(places, state as Tensor)))),
        side,
        extent,
      }),
    },
    how,
  );
};
