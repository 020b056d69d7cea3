/**
 * @file Exact hypergradients by jax-js for bench/hypergradients.ts; the problems, and the lines that
 * are asked and answered, are those of bench/torch/hypergradients.py.
 *
 * jax-js has no loop that it differentiates (no `scan`): either `grad` goes through a training that
 * is unrolled, or, with the argument `by-hand`, the sweep back is written out. An operation uses up
 * the arrays that it is given; `ref` keeps one. `grad` stops gradients at arguments that it is not
 * asked about, of outer calls too, so that a loss closes over the inputs.
 */

import { createInterface } from 'node:readline';
import { type JaxArray, type Nested, openJax } from '../peers.ts';

/** A training and what it is judged by; states are used up, all else is lent. */
interface Problem {
  readonly inputs: readonly JaxArray[];
  init(inputs: readonly JaxArray[]): JaxArray[];
  step(state: JaxArray[], inputs: readonly JaxArray[], schedule: readonly JaxArray[]): JaxArray[];
  /** Numbers that differ from step to step; the first step is 1. */
  schedule?(t: number): JaxArray[];
  objective(state: JaxArray[]): JaxArray;
}

const installed = await openJax();
if (!installed) throw new Error('jax-js is not installed');
const jax = installed;
const { numpy: np, nn } = jax;

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const problem = JSON.parse((await lines.next()).value);
const { learningRate, steps } = problem;

const load = (name: string): JaxArray => np.array(problem[name] as Nested);
const keep = (arrays: readonly JaxArray[]): JaxArray[] => arrays.map((each) => each.ref);
const drop = (arrays: readonly JaxArray[]): void => {
  for (const each of arrays) each.dispose();
};

/** One step of gradient descent. */
function descend(loss: (w: JaxArray[]) => JaxArray, w: JaxArray[]): JaxArray[] {
  const slopes = jax.grad(loss)(keep(w));
  return w.map((each, i) => each.sub(slopes[i].mul(learningRate)));
}

/**
 * x yᵀ. In the two problems that use it, what `jit` of version 0.1.25 makes of second derivatives
 * through `matmul` is wrong; through products that are summed it is right.
 */
function sumOfProducts(x: JaxArray, y: JaxArray): JaxArray {
  const [rows, inner] = x.shape;
  return x.reshape([rows, 1, inner]).mul(y).sum(2);
}

const squared = (x: JaxArray): JaxArray => x.ref.mul(x);

/** Of rows of numbers with a label each, 1 where the label is, else 0. */
const oneHot = (labels: readonly number[], classes: number): JaxArray =>
  np.array(labels.map((label) => Array.from({ length: classes }, (_, c) => Number(c === label))));

function logisticRegression(): Problem {
  const [x, y, xVal, yVal] = ['x', 'y', 'xVal', 'yVal'].map(load);
  const columns = x.shape[1];
  const entropy = (logits: JaxArray, labels: JaxArray) =>
    nn.softplus(logits.ref).sub(labels.mul(logits)).mean();
  return {
    inputs: [np.ones([columns, 1])],
    init: () => [np.zeros([columns, 1])],
    step: (state, [h]) =>
      descend(
        ([w]) => entropy(np.matmul(x.ref, w.ref), y.ref).add(h.ref.mul(squared(w)).sum().mul(0.5)),
        state,
      ),
    objective: ([w]) => entropy(np.matmul(xVal.ref, w), yVal.ref),
  };
}

function quadratic(): Problem {
  const [a, b, c] = ['a', 'b', 'c'].map(load);
  return {
    inputs: [np.ones([problem.inputs, 1])],
    init: () => [np.zeros([a.shape[0], 1])],
    step: ([w], [x]) => {
      const slope = np.matmul(a.ref, w.ref).sub(np.matmul(b.ref, x.ref));
      return [w.sub(slope.mul(learningRate))];
    },
    objective: ([w]) => squared(w.sub(c.ref)).sum().mul(0.5),
  };
}

function ridge(): Problem {
  const [x, y, xVal, yVal] = ['x', 'y', 'xVal', 'yVal'].map(load);
  const columns = x.shape[1];
  const error = (w: JaxArray, from: JaxArray, to: JaxArray) =>
    squared(np.matmul(from.ref, w).sub(to.ref)).mean();
  return {
    inputs: [np.full([columns, 1], -3)],
    init: () => [np.zeros([columns, 1])],
    step: (state, [h]) =>
      descend(([w]) => error(w.ref, x, y).add(np.exp(h.ref).mul(squared(w)).sum()), state),
    objective: ([w]) => error(w, xVal, yVal),
  };
}

function hyperCleaning(): Problem {
  const [x, xVal] = ['x', 'xVal'].map(load);
  const { classes } = problem;
  const [y, yVal] = [oneHot(problem.y, classes), oneHot(problem.yVal, classes)];
  /** The cross-entropy of each row. */
  const errors = (w: JaxArray, from: JaxArray, to: JaxArray) =>
    nn
      .logSoftmax(sumOfProducts(from.ref, np.matrixTranspose(w)))
      .mul(to.ref)
      .sum(1)
      .mul(-1);
  return {
    inputs: [np.zeros([x.shape[0]])],
    init: () => [np.zeros([x.shape[1], classes])],
    step: (state, [h]) =>
      descend(
        ([w]) =>
          nn
            .sigmoid(h.ref)
            .mul(errors(w, x, y))
            .mean(),
        state,
      ),
    objective: ([w]) => errors(w, xVal, yVal).mean(),
  };
}

function maml(): Problem {
  const [x, y, xVal, yVal] = ['x', 'y', 'xVal', 'yVal'].map(load);
  const tasks = x.shape[0];
  const names = ['b1', 'b2', 'b3', 'w1', 'w2', 'w3'];
  const layers = names.map((name) => np.array(problem.layers[name] as Nested));
  const error = ([b1, b2, b3, w1, w2, w3]: JaxArray[], from: JaxArray, to: JaxArray) => {
    const first = nn.relu(np.matmul(from.ref, w1).add(b1));
    const second = nn.relu(np.matmul(first, w2).add(b2));
    return squared(np.matmul(second, w3).add(b3).sub(to.ref)).mean([1, 2]).sum();
  };
  return {
    inputs: layers,
    init: (inputs) => inputs.map((each) => np.broadcastTo(each.ref, [tasks, ...each.shape])),
    step: (state) => descend((w) => error(w, x, y), state),
    objective: (w) => error(w, xVal, yVal).div(tasks),
  };
}

function wrmf(): Problem {
  const { items, weight, target } = problem;
  const start = ['users0', 'items0', 'fakes0'].map(load);
  const clicks = (name: string, rows: number) => {
    const dense = new Float32Array(rows * items);
    for (const cell of problem[name]) dense[cell] = 1;
    return np.array(dense).reshape([rows, items]);
  };
  const isTarget = oneHot([target], items);
  const real = clicks('clicks', start[0].shape[0]);
  const error = (x: JaxArray, scores: JaxArray) =>
    np
      .where(np.greater(x.ref, 0), weight, 1)
      .mul(squared(x.sub(scores)))
      .sum();
  return {
    inputs: [clicks('fakeClicks', start[2].shape[0])],
    init: () => {
      const zeros = [...start, ...start].map((each) => np.zeros(each.shape));
      return [...keep(start), ...zeros];
    },
    schedule: (t) => [1 - 0.9 ** t, 1 - 0.999 ** t].map((each) => np.full([], each)),
    step: (state, [fakes], corrections) => {
      const p = state.slice(0, 3);
      const slopes = jax.grad(([u, v, f]: JaxArray[]) =>
        error(real.ref, sumOfProducts(u, v.ref)).add(error(fakes.ref, sumOfProducts(f, v))),
      )(keep(p));
      const means = slopes.map((g, i) => state[3 + i].mul(0.9).add(g.ref.mul(0.1)));
      const squares = slopes.map((g, i) => state[6 + i].mul(0.999).add(squared(g).mul(0.001)));
      const next = p.map((each, i) => {
        const [first, second] = keep(corrections);
        const direction = means[i].ref.div(first);
        const size = np.sqrt(squares[i].ref.div(second)).add(1e-8);
        return each.sub(direction.div(size).mul(learningRate));
      });
      return [...next, ...means, ...squares];
    },
    objective: ([u, v, f, ...averages]) => {
      drop([f, ...averages]);
      return nn.logSoftmax(sumOfProducts(u, v)).mul(isTarget.ref).sum().mul(-1);
    },
  };
}

const problems: Readonly<Record<string, () => Problem>> = {
  logistic_regression: logisticRegression,
  quadratic,
  ridge,
  hyper_cleaning: hyperCleaning,
  maml,
  wrmf,
};

const fixed = (): JaxArray[] => [];

/** A step that is compiled once, and uses up all that it is given. */
const compiledStep = ({ step }: Problem) =>
  jax.jit((state: JaxArray[], given: JaxArray[], numbers: JaxArray[]) => {
    const next = step(state, given, numbers);
    drop([...given, ...numbers]);
    return next;
  });

/** `grad` through the whole training, compiled as one program. */
function unrolled(training: Problem): () => JaxArray[] {
  const { inputs, init, schedule = fixed, objective } = training;
  const step = compiledStep(training);
  const gradient = jax.grad((given) => {
    let state = init(given);
    for (let t = 1; t <= steps; t++) state = step(state, keep(given), schedule(t));
    drop(given);
    return objective(state);
  });
  const compiled = jax.jit(gradient);
  return () => compiled(keep(inputs));
}

/** The sweep back written out: all states are kept, and `vjp` of a step is compiled once. */
function byHand(training: Problem): () => Promise<JaxArray[]> {
  const { inputs, init, schedule = fixed, objective } = training;
  const step = compiledStep(training);
  const slope = jax.jit((state: JaxArray[]) => jax.grad(objective)(state));
  const back = jax.jit(
    (
      state: JaxArray[],
      given: JaxArray[],
      numbers: JaxArray[],
      ct: JaxArray[],
      sum: JaxArray[],
    ) => {
      const [next, pullback] = jax.vjp((w, x) => step(w, x, keep(numbers)), [state, given]);
      drop([...next, ...numbers]);
      const [before, more] = pullback(ct);
      return [...before, ...sum.map((each, i) => each.add(more[i]))];
    },
  );
  return async () => {
    const states = [init(inputs)];
    for (let t = 1; t <= steps; t++) {
      states.push(step(keep(states[t - 1]), keep(inputs), schedule(t)));
      await states[t][0].blockUntilReady();
    }
    const last = states.pop() ?? [];
    const count = last.length;
    let ct = slope(last);
    let sum = inputs.map((each) => np.zeros(each.shape));
    for (let t = steps; t >= 1; t--) {
      const all = back(states.pop() ?? [], keep(inputs), schedule(t), ct, sum);
      [ct, sum] = [all.slice(0, count), all.slice(count)];
      await sum[0].blockUntilReady();
    }
    const [start, pullback] = jax.vjp(
      (given) => {
        const state = init(given);
        drop(given);
        return state;
      },
      [keep(inputs)],
    );
    drop(start);
    const [more] = pullback(ct);
    return sum.map((each, i) => each.add(more[i]));
  };
}

const training = problems[problem.name]();
const hypergradient = process.argv[2] === 'by-hand' ? byHand(training) : unrolled(training);
const peak = () => process.resourceUsage().maxRSS * 1024;
const before = peak();
let gradient: readonly JaxArray[] = [];

async function answer(question: string): Promise<string> {
  if (question === 'peak') return `${peak() - before}`;
  if (question === 'read') {
    const leaves = await Promise.all(gradient.map((each) => each.ref.data()));
    return JSON.stringify(leaves.flatMap((leaf) => Array.from(leaf)));
  }
  drop(gradient);
  gradient = await hypergradient();
  for (const each of gradient) await each.blockUntilReady();
  return 'done';
}

for await (const line of lines) {
  try {
    console.log(await answer(line));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    console.log(`error: ${/memory/.test(message) ? 'out of memory: ' : ''}${message}`);
  }
}
