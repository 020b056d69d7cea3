/** @file `co-detector`: a decision tree on user factors that clicks and shared clicks explain. */

import { Turns } from '../../autodiff/index.ts';
import { int32Column } from '../../data/columns.ts';
import { random } from '../../data/random.ts';
import type { SparseMatrix } from '../../data/sparse.ts';
import { eachOverlap } from '../features/similarity.ts';
import { fitTree } from '../numerics/decision-tree.ts';
import type { Detector, DetectorOptions } from './detector.ts';
import { expectExamples, withExamples } from './examples.ts';

/** As published, but for 200 epochs: factors, rate, weights of the norms. All converge before. */
const factors = 10;
const epochs = 50;
const learningRate = 0.01;
const userDecay = 0.8;
const itemDecay = 0.4;
/** Users are in one another's context if they share more items than this. */
const fewShared = 4;
/** The negative samples by which the shift of the SPPMI is published: log2 256. */
const mostShift = 8;

/** Pairs of users with their shifted positive pointwise mutual information, at most 1. */
interface Contexts {
  readonly userOf: Int32Array;
  readonly contextOf: Int32Array;
  readonly values: Float64Array;
}

/**
 * `max(log2(c_uv D / (c_u c_v)) - shift, 0)`, over its maximum, of all pairs that share more than 4
 * items, where c_uv is the number of items they share, c_u its sum over v and D that over u. The
 * shift is log2 256, or where that is more than a tenth of the logarithms reach, what a tenth of
 * them exceed: small data have few so large. Throws the signal's reason when that is aborted.
 */
export async function sppmi(clicks: SparseMatrix, signal?: AbortSignal): Promise<Contexts> {
  const [users, contexts, counts] = [int32Column(), int32Column(), int32Column()];
  const totals = new Float64Array(clicks.rows);
  await eachOverlap(clicks, signal, (user, others, shared) => {
    others.forEach((context, i) => {
      if (shared[i] <= fewShared) return;
      users.push(user);
      contexts.push(context);
      counts.push(shared[i]);
      totals[user] += shared[i];
    });
  });
  // The pairs may be millions: a turn between what is done to all of them.
  const turns = new Turns(signal);
  const [userOf, contextOf] = [users.take(), contexts.take()];
  const total = totals.reduce((sum, x) => sum + x, 0);
  const information = Float64Array.from(counts.take(), (count, pair) =>
    Math.log2((count * total) / (totals[userOf[pair]] * totals[contextOf[pair]])),
  );
  await turns.pass();
  const sorted = information.slice().sort();
  await turns.pass();
  const most = sorted[sorted.length - 1];
  const asked = Math.min(mostShift, sorted[Math.floor(0.9 * sorted.length)]);
  // Where a tenth of the pairs have the highest value of all, none would be left.
  const shift = most > asked ? asked : 0;
  const isKept = (_: number, pair: number) => information[pair] > shift;
  return {
    userOf: userOf.filter(isKept),
    contextOf: contextOf.filter(isKept),
    values: information.filter((x) => x > shift).map((x) => (x - shift) / (most - shift)),
  };
}

/** Rows of numbers from 0 to 1/20, as published, row-major. */
const table = (rows: number, width: number, uniform: () => number): Float64Array =>
  Float64Array.from({ length: rows * width }, () => uniform() / 20);

/**
 * The factors of users `[users, 10]` by stochastic gradient descent on the sum of the squared errors
 * of the clicks, p q = 1, and of the contexts, p g + w + c = SPPMI, with decay of p and q. The
 * authors had ratings; for clicks each comes with a random item that should be 0, since otherwise
 * equal factors for everybody would be best.
 */
async function fitFactors(
  clicks: SparseMatrix,
  { seed, signal, onProgress }: DetectorOptions,
): Promise<Float64Array> {
  const draw = random(seed).fork('co-detector');
  const p = table(clicks.rows, factors, draw.uniform);
  const q = table(clicks.columns, factors, draw.uniform);
  const g = table(clicks.rows, factors, draw.uniform);
  const w = table(clicks.rows, 1, draw.uniform);
  const c = table(clicks.rows, 1, draw.uniform);
  const contexts = await sppmi(clicks, signal);
  const turns = new Turns(signal);
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (let user = 0; user < clicks.rows; user++) {
      for (let e = clicks.indptr[user]; e < clicks.indptr[user + 1]; e++) {
        const other = Math.floor(draw.uniform() * clicks.columns);
        fit(p, user, q, clicks.indices[e], 1);
        if (!clicked(clicks, user, other)) fit(p, user, q, other, 0);
      }
      await turns.pass();
    }
    await fitContexts({ p, g, w, c }, contexts, turns);
    onProgress?.(epoch + 1, epochs);
  }
  return p;
}

/** The factors of the last seed, by clicks: other labels of the same users need no other ones. */
const fitted = new WeakMap<SparseMatrix, { seed: number; factors: Float64Array }>();

async function userFactors(clicks: SparseMatrix, options: DetectorOptions): Promise<Float64Array> {
  const known = fitted.get(clicks);
  if (known?.seed === options.seed) return known.factors;
  const factors = await fitFactors(clicks, options);
  fitted.set(clicks, { seed: options.seed, factors });
  return factors;
}

function clicked({ indptr, indices }: SparseMatrix, user: number, item: number): boolean {
  let [from, to] = [indptr[user], indptr[user + 1]];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (indices[middle] < item) from = middle + 1;
    else to = middle;
  }
  return from < indptr[user + 1] && indices[from] === item;
}

/** One step on the error of a click. */
function fit(p: Float64Array, user: number, q: Float64Array, item: number, target: number): void {
  const [u, i] = [user * factors, item * factors];
  let error = target;
  for (let k = 0; k < factors; k++) error -= p[u + k] * q[i + k];
  for (let k = 0; k < factors; k++) {
    const [x, y] = [p[u + k], q[i + k]];
    p[u + k] = x + learningRate * (error * y - userDecay * x);
    q[i + k] = y + learningRate * (error * x - itemDecay * y);
  }
}

/** The factors and biases of users, as themselves and as contexts. */
interface ContextTables {
  readonly p: Float64Array;
  readonly g: Float64Array;
  readonly w: Float64Array;
  readonly c: Float64Array;
}

/** Pairs between two turns of the event loop, at least. */
const pairsAtOnce = 1024;

/** One step on the error of each pair of users. */
async function fitContexts(
  { p, g, w, c }: ContextTables,
  { userOf, contextOf, values }: Contexts,
  turns: Turns,
): Promise<void> {
  for (let pair = 0; pair < values.length; pair++) {
    const [user, context] = [userOf[pair], contextOf[pair]];
    const [u, v] = [user * factors, context * factors];
    let error = values[pair] - w[user] - c[context];
    for (let k = 0; k < factors; k++) error -= p[u + k] * g[v + k];
    for (let k = 0; k < factors; k++) {
      const [x, y] = [p[u + k], g[v + k]];
      p[u + k] = x + learningRate * error * y;
      g[v + k] = y + learningRate * error * x;
    }
    w[user] += learningRate * error;
    c[context] += learningRate * error;
    if (pair % pairsAtOnce === 0) await turns.pass();
  }
}

/**
 * CoDetector (Dou et al. 2018): the factors of all users, with the labelled ones of the examples
 * among them, and a decision tree by entropy on them. The score is the share of fake users in the
 * leaf.
 */
export const coDetector: Detector = {
  name: 'co-detector',
  about: 'decision tree on factors of users from clicks and shared clicks (Dou et al. 2018)',
  needs: 'examples',
  scores: async (clicks, options) => {
    const { signal } = options;
    const all = await withExamples(clicks, expectExamples('co-detector', options), signal);
    const p = await userFactors(all.clicks, options);
    const known = Int32Array.from(all.labels, (_, user) => user).filter(
      (user) => all.labels[user] >= 0,
    );
    const columnsOf = (users: Int32Array) =>
      Array.from({ length: factors }, (_, k) =>
        Float64Array.from(users, (user) => p[user * factors + k]),
      );
    const classes = Uint8Array.from(known, (user) => all.labels[user]);
    const rows = { columns: columnsOf(known), classes };
    const classify = await fitTree(rows, { depth: 6, leaf: 5 }, signal);
    return classify(columnsOf(Int32Array.from({ length: clicks.rows }, (_, user) => user)));
  },
};
