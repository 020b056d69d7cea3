/** @file Hyper-cleaning in the plane: a weight for each training point (Franceschi et al. 2017). */

import {
  type BilevelProblem,
  type Device,
  grad,
  matmul,
  mean,
  mul,
  readAll,
  sigmoid,
  softplus,
  sub,
  type Tensor,
  type Tree,
  tensor,
  zeros,
} from '../../../autodiff/index.ts';
import { random } from '../../../data/portable.ts';
import { type DescentSetup, descentRun } from '../descent-run.ts';
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

/** What a run measures: on the device, in one plan each. */
const readerOn =
  (device: Device) =>
  async (what: Tensor): Promise<ArrayLike<number>> => {
    const [numbers] = await readAll(what, { device });
    return numbers;
  };

/** The cross-entropy of each point, [points, 1]. */
function errors(w: Tensor, from: Tensor, to: Tensor): Tensor {
  const logits = matmul(from, w);
  return sub(softplus(logits), mul(to, logits));
}

type Drawn = ReturnType<typeof drawPoints>;

/** Training points with wrong labels, and clean ones that judge, as tensors. */
const tensorsOf = (training: Drawn, clean: Drawn) => ({
  x: tableOf(training.places),
  y: columnOf(training.labels),
  cleanX: tableOf(clean.places),
  cleanY: columnOf(clean.labels),
});

function problemOf(
  { x, y, cleanX, cleanY }: ReturnType<typeof tensorsOf>,
  steps: number,
): (inputs: Inputs) => AnyProblem {
  return (inputs) => {
    const problem: BilevelProblem<Tensor, Inputs> = {
      inputs,
      init: () => zeros([6, 1]),
      step: (w, { h }) => {
        const loss = (at: Tensor) => mean(mul(sigmoid(h), errors(at, x, y)));
        return sub(w, mul(learningRate, grad(loss)(w)));
      },
      steps,
      objective: (w) => mean(errors(w, cleanX, cleanY)),
    };
    return problem;
  };
}

/**
 * Shares of clean points that are right, of wrong labels that weigh less than half, if there are any,
 * and of right ones that weigh more.
 */
function figuresOf(
  logits: ArrayLike<number>,
  weights: ArrayLike<number>,
  { clean, turned }: { readonly clean: Drawn; readonly turned: readonly number[] },
) {
  const right = clean.labels.filter((label, i) => logits[i] > 0 === (label === 1)).length;
  const share = (of: number, is: (weight: number) => boolean) => {
    const those = turned.flatMap((isWrong, i) => (isWrong === of ? [weights[i]] : []));
    return those.filter(is).length / those.length;
  };
  return {
    accuracy: right / points,
    ...(turned.includes(1) && { found: share(1, (weight) => weight < 0) }),
    kept: share(0, (weight) => weight > 0),
  };
}

const figureFacts = [
  { name: 'accuracy', label: 'clean points classified right', axis: 'rate' },
  { name: 'found', label: 'wrong labels below half weight', axis: 'rate' },
  { name: 'kept', label: 'right labels above half weight', axis: 'rate' },
] as const;

/** Opens hyper-cleaning. */
export const openCleaning: OpenRun = async (values, how) => {
  const steps = Number(values.steps);
  const training = drawPoints(how.seed, 'training', Number(values.wrong));
  const clean = drawPoints(how.seed, 'clean', 0);
  const tensors = tensorsOf(training, clean);
  const { x, y, cleanX } = tensors;
  const places = tableOf(lattice);
  const turned = training.labels.map((label, i) => (label === training.truth[i] ? 0 : 1));
  const read = readerOn(how.device);
  const loss = (w: Tree, inputs: Tree) =>
    mean(mul(sigmoid((inputs as Inputs).h), errors(w as Tensor, x, y)));
  const setup: DescentSetup<Inputs> = {
    facts: {
      problem: 'cleaning',
      title: `${points} points, ${turned.filter(Boolean).length} with a wrong label`,
      inputs: `${points} weights of training points`,
      shape: [points, 1],
      steps,
      figures: figureFacts.filter(({ name }) => name !== 'found' || turned.includes(1)),
    },
    start: { h: zeros([points, 1]) },
    problemOf: problemOf(tensors, steps),
    training: { inner: { loss }, rate: learningRate },
    rate: Number(values.rate),
    momentum: Number(values.momentum),
    figures: async (state, { h }) =>
      figuresOf(await read(matmul(cleanX, state as Tensor)), await read(h), { clean, turned }),
    view: async (state, { h }): Promise<PlaneView> => ({
      kind: 'plane',
      positions: Float32Array.from(training.places.flat()),
      labels: Uint8Array.from(training.labels),
      wrong: Uint8Array.from(turned),
      weights: Float32Array.from(await read(sigmoid(h))),
      field: Float32Array.from(await read(sigmoid(matmul(places, state as Tensor)))),
      side,
      extent,
    }),
  };
  return descentRun(setup, how);
};
