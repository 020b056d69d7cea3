/** @file Mult-VAE: its loss written out in plain numbers, its derivatives, annealing and noise. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { batchOf } from '../../src/autodiff/hypergradient/problem.ts';
import {
  adam,
  checkGradients,
  grad,
  hypergradient,
  leaves,
  openDevice,
  readAll,
  setDefaultDevice,
  type Tensor,
  tensor,
} from '../../src/autodiff/index.ts';
import { fromDense, fromPairs, type SparseMatrix } from '../../src/data/sparse.ts';
import {
  type Factors,
  initialMultVae,
  type Layer,
  type MultVaeOptions,
  type MultVaeWeights,
  multVae,
  multVaeKind,
  type Poison,
  predictions,
  scoresOf,
} from '../../src/models/index.ts';
import { multVaeLoss } from '../../src/models/mult-vae.ts';
import { type Draw, forAllFilled } from '../autodiff/draw.ts';
import { likelihoodLoss } from './recommenders.ts';

setDefaultDevice(await openDevice('reference'));

type Rows = readonly (readonly number[])[];
type PlainLayer = { readonly weight: Rows; readonly bias: readonly number[] };
type PlainWeights = { readonly [part in keyof MultVaeWeights]: readonly PlainLayer[] };

const total = (x: readonly number[]): number => x.reduce((sum, value) => sum + value, 0);
const dot = (a: readonly number[], b: readonly number[]) => total(a.map((x, i) => x * b[i]));
const apply = ({ weight, bias }: PlainLayer, x: readonly number[]) =>
  bias.map((b, i) => b + dot(weight[i], x));
const flip = (rows: Rows): Rows => rows[0].map((_, i) => rows.map((row) => row[i]));

async function plainWeights({ encoder, decoder }: MultVaeWeights): Promise<PlainWeights> {
  const plain = async ({ weight, bias }: Layer) =>
    ({ weight: await weight.array(), bias: await bias.array() }) as PlainLayer;
  const [input, ...rest] = await Promise.all(encoder.map(plain));
  const first = { ...input, weight: flip(input.weight) };
  return { encoder: [first, ...rest], decoder: await Promise.all(decoder.map(plain)) };
}

function plainCode({ encoder }: PlainWeights, clicks: readonly number[]) {
  const [first, ...rest] = encoder;
  const both = rest.reduce((x, layer) => apply(layer, x.map(Math.tanh)), apply(first, clicks));
  return { mean: both.slice(0, both.length / 2), logVariance: both.slice(both.length / 2) };
}

function plainLogits({ decoder }: PlainWeights, code: readonly number[]): readonly number[] {
  const hidden = decoder.slice(0, -1).reduce((x, layer) => apply(layer, x).map(Math.tanh), code);
  return apply(decoder[decoder.length - 1], hidden);
}

/** One user's loss, every item of the softmax in turn. */
function plainLoss(w: PlainWeights, clicks: readonly number[], noise: Rows[0], beta: number) {
  const { mean, logVariance } = plainCode(w, clicks);
  const code = mean.map((m, i) => m + Math.exp(logVariance[i] / 2) * noise[i]);
  const logits = plainLogits(w, code);
  const normalizer = Math.log(total(logits.map(Math.exp)));
  const likelihood = dot(
    clicks,
    logits.map((logit) => logit - normalizer),
  );
  const cells = mean.map((m, i) => 1 + logVariance[i] - m * m - Math.exp(logVariance[i]));
  return -likelihood / (total(clicks) || 1) - (beta / 2) * total(cells);
}

interface Drawn {
  readonly data: SparseMatrix;
  readonly clicks: Rows;
  readonly fakes: Rows;
  readonly weights: MultVaeWeights;
}

/** Users with no click and with all, fake users in between, and one to three layers. */
function drawn(draw: Draw): Drawn {
  const [n, items, fakeCount] = draw.shape(3).map((size) => size + 1);
  const rows = (count: number, cell: () => number) =>
    Array.from({ length: count }, (_, row) =>
      Array.from({ length: items }, () => (row === 0 ? 1 : cell())),
    );
  const clicks = rows(n, () => (draw.chance(0.4) ? 1 : 0));
  clicks[1].fill(0);
  const layers = [3, 2, 2].slice(draw.integer(0, 2));
  return {
    data: fromDense(Float64Array.from(clicks.flat()), n, items),
    clicks,
    fakes: rows(fakeCount, () => draw.numbers(1, 0.1, 0.9)[0]),
    weights: initialMultVae(items, layers, draw.integer(0, 1000)),
  };
}

const matrix = (rows: Rows): Tensor => tensor(rows.flat(), [rows.length, rows[0].length]);

const optimizer = adam({ learningRate: 0.05, eps: 0.1, weightDecay: 0.01 });
const fixed = { optimizer, beta: 1, annealing: 0.25, seed: 3 };

/** Step 0 has all users, step 1 the second and the last one: it is padded to the size of step 0. */
function modelOf({ data, weights, fakes }: Drawn, options: Partial<MultVaeOptions> = {}) {
  const all = data.rows + fakes.length;
  const everyone = Int32Array.from({ length: all }, (_, user) => user);
  const batches = [everyone, Int32Array.of(1, all - 1)];
  return multVae(data, { ...fixed, fakes: fakes.length, batches, initial: weights, ...options });
}

/** Sums of at most 30 terms below 10, through at most 6 layers. */
const tolerance = 6 * 30 * 10 * Number.EPSILON;

const close = (got: number, expected: number) =>
  assert.ok(Math.abs(got - expected) <= tolerance, `${got} is not ${expected}`);

test('the loss is the mean over the batch, every item of the softmax written out', async () => {
  await forAllFilled(20, async (draw) => {
    const at = drawn(draw);
    const { clicks, weights } = at;
    const fakes = [...at.fakes, clicks[1]];
    const model = modelOf({ ...at, fakes });
    const plain = await plainWeights(weights);
    for (const [step, beta] of [0.25, 0.5].entries()) {
      const batch = batchOf(model, step);
      const loss = await multVaeLoss(weights, { fakes: matrix(fakes) }, batch).item();
      const noise = (await batch.noise.array()) as Rows;
      const firstFake = batch.rows.mask.size;
      const real = step === 0 ? clicks : [clicks[1]];
      const fake = step === 0 ? fakes : [clicks[1]];
      const losses = [
        ...real.map((x, i) => plainLoss(plain, x, noise[i], beta)),
        ...fake.map((x, i) => plainLoss(plain, x, noise[firstFake + i], beta)),
      ];
      close(loss, total(losses) / losses.length);
    }
  });
});

test('the loss is twice differentiable in weights and fake users', async () => {
  await forAllFilled(8, async (draw) => {
    const at = drawn(draw);
    const model = modelOf(at);
    for (const step of [0, 1]) {
      const batch = batchOf(model, step);
      const loss = (inputs: { weights: MultVaeWeights; fakes: Tensor }) =>
        multVaeLoss(inputs.weights, { fakes: inputs.fakes }, batch);
      await checkGradients(
        loss,
        { weights: at.weights, fakes: matrix(at.fakes) },
        { order: 2, seed: step },
      );
    }
  });
});

test('scores after training are differentiable in the fake users', async () => {
  await forAllFilled(4, async (draw) => {
    const at = drawn(draw);
    const model = modelOf(at);
    const scores = ({ fakes }: { fakes: Tensor }) => {
      const poison = { fakes };
      let state = model.init(poison);
      for (const step of [0, 1]) state = model.step(state, poison, batchOf(model, step));
      return predictions(model, state, poison);
    };
    await checkGradients(scores, { fakes: matrix(at.fakes) });
  });
});

test('the hypergradient is that of the loop on the tape', async () => {
  await forAllFilled(4, async (draw) => {
    const given = drawn(draw);
    const model = modelOf(given);
    const inputs: Poison = { fakes: matrix(given.fakes) };
    const { gradient } = await hypergradient({
      ...model,
      inputs,
      readout: model.factors,
      objective: (factors: Factors) => likelihoodLoss(scoresOf(factors), 0),
    });
    const written = (poison: Poison) => {
      let state = model.init(poison);
      for (let step = 0; step < model.steps; step++) {
        state = model.step(state, poison, batchOf(model, step));
      }
      return likelihoodLoss(predictions(model, state, poison), 0);
    };
    const [got, expected] = await readAll([gradient.fakes, grad(written)(inputs).fakes]);
    const scale = Math.max(...[...expected].map(Math.abs));
    // The same operations, some sums of at most 100 terms in another order, through two steps.
    expected.forEach((value: number, i: number) => {
      assert.ok(
        Math.abs(got[i] - value) <= 200 * Number.EPSILON * scale,
        `${got[i]} is not ${value}`,
      );
    });
  });
});

test('scores are the logits of the mean code, without noise', async () => {
  await forAllFilled(10, async (draw) => {
    const at = drawn(draw);
    const model = modelOf(at);
    const scores = (await predictions(model, model.init({}), {}).array()) as Rows;
    const plain = await plainWeights(at.weights);
    at.clicks.forEach((x, user) => {
      const logits = plainLogits(plain, plainCode(plain, x).mean);
      logits.forEach((logit, item) => {
        close(scores[user][item], logit);
      });
    });
  });
});

const small = fromPairs(
  [
    [0, 0],
    [1, 1],
  ],
  2,
  2,
);

test('beta rises from the first step on up to its largest value', async () => {
  const betas = (beta: number) => {
    const batches = Array.from({ length: 6 }, () => Int32Array.of(0, 1));
    const initial = initialMultVae(2, [2], 1);
    const model = multVae(small, { ...fixed, beta, fakes: 0, batches, initial });
    return readAll(batches.map((_, step) => batchOf(model, step).beta));
  };
  assert.equal((await betas(1)).map(Number), [0.25, 0.5, 0.75, 1, 1, 1]);
  assert.equal((await betas(0.6)).map(Number), [0.25, 0.5, 0.6, 0.6, 0.6, 0.6]);
  assert.equal((await betas(0)).map(Number), [0, 0, 0, 0, 0, 0]);
});

test('noise is normal, follows from seed and step alone, and no two steps share it', async () => {
  const code = 2000;
  const noise = async (seed: number, step: number) => {
    const batches = [Int32Array.of(0, 1), Int32Array.of(0, 1)];
    const initial = initialMultVae(2, [code], 1);
    const model = multVae(small, { ...fixed, seed, fakes: 0, batches, initial });
    return [...(await batchOf(model, step).noise.data())];
  };
  const first = await noise(1, 0);
  assert.equal(await noise(1, 0), first);
  assert.not.equal(await noise(1, 1), first);
  assert.not.equal(await noise(2, 0), first);
  // Within five standard deviations of the mean and of the mean square of 4,000 draws.
  const count = 2 * code;
  assert.is(first.length, count);
  assert.ok(Math.abs(total(first) / count) < 5 / Math.sqrt(count));
  assert.ok(Math.abs(dot(first, first) / count - 1) < 5 * Math.sqrt(2 / count));
});

test('weights start uniform within 1 / sqrt(fan in), the decoder mirroring the encoder', async () => {
  const { encoder, decoder } = initialMultVae(40, [30, 20, 10], 1);
  const shapes = (layers: readonly Layer[]) => layers.map(({ weight }) => weight.shape);
  // The input's weight is transposed, as clicks multiply it.
  assert.equal(shapes(encoder), [
    [40, 30],
    [20, 30],
    [20, 20],
  ]);
  assert.equal(shapes(decoder), [
    [20, 10],
    [30, 20],
    [40, 30],
  ]);
  const fanIns = [40, 30, 20, 10, 20, 30];
  for (const [i, { weight, bias }] of [...encoder, ...decoder].entries()) {
    assert.is(bias.size, i === 0 ? weight.shape[1] : weight.shape[0]);
    const bound = 1 / Math.sqrt(fanIns[i]);
    for (const leaf of leaves([weight, bias])) {
      const largest = Math.max(...[...(await leaf.data())].map(Math.abs));
      assert.ok(largest <= bound && largest > bound / 2, `${largest} within ${bound}`);
    }
  }
});

test('a fitted model ranks the items of a user’s own group first', async () => {
  // Two groups of users and items; each user lacks one item of their group.
  const [users, items] = [20, 10];
  const group = (n: number) => n % 2;
  const lacks = (user: number, item: number) => item === (user + 2 * Math.floor(user / 4)) % items;
  const pairs: [number, number][] = [];
  for (let user = 0; user < users; user++) {
    for (let item = 0; item < items; item++) {
      if (group(user) === group(item) && !lacks(user, item)) pairs.push([user, item]);
    }
  }
  const settings = {
    ...multVaeKind.synthetic,
    layers: [8, 4],
    batchSize: 8,
    epochs: 60,
  };
  const device = await openDevice('reference');
  const fitted = await multVaeKind.fit(fromPairs(pairs, users, items), settings, {
    seed: 1,
    device,
  });
  const scores = await fitted.scores(Int32Array.from({ length: users }, (_, user) => user));
  for (let user = 0; user < users; user++) {
    const row = [...scores.subarray(user * items, (user + 1) * items)];
    const inGroup = (which: number) => row.filter((_, item) => group(item) === which);
    const [own, other] = [inGroup(group(user)), inGroup(1 - group(user))];
    assert.ok(Math.min(...own) > Math.max(...other), `user ${user}`);
  }
  fitted.release();
});

test.run();
