/** @file Features of how similar a profile is to those of other users. */

import { Turns } from '../../autodiff/index.ts';
import { rowOf, type SparseMatrix, transposed } from '../../data/sparse.ts';
import type { Feature } from './feature.ts';

/** The similarity of two profiles of `a` and `b` items, `shared` of them common, at least 1. */
type Similarity = (shared: number, a: number, b: number) => number;

const cosine: Similarity = (shared, a, b) => shared / Math.sqrt(a * b);
const jaccard: Similarity = (shared, a, b) => shared / (a + b - shared);

/**
 * Calls `visit` for each user with the other users that share an item, and how many items each of
 * them shares: views that the next call overwrites. In time the sum of the squared popularities.
 */
export async function eachOverlap(
  clicks: SparseMatrix,
  signal: AbortSignal | undefined,
  visit: (user: number, others: Int32Array, shared: Int32Array) => void,
): Promise<void> {
  const turns = new Turns(signal);
  const usersOf = transposed(clicks);
  const count = new Int32Array(clicks.rows);
  const others = new Int32Array(clicks.rows);
  const shared = new Int32Array(clicks.rows);
  for (let user = 0; user < clicks.rows; user++) {
    let found = 0;
    for (const item of rowOf(clicks, user)) {
      const { indptr, indices } = usersOf;
      for (let e = indptr[item]; e < indptr[item + 1]; e++) {
        const other = indices[e];
        if (count[other]++ === 0) others[found++] = other;
      }
    }
    let kept = 0;
    for (let i = 0; i < found; i++) {
      const other = others[i];
      if (other !== user) {
        others[kept] = other;
        shared[kept++] = count[other];
      }
      count[other] = 0;
    }
    visit(user, others.subarray(0, kept), shared.subarray(0, kept));
    await turns.pass();
  }
}

/** The mean similarity of each user to the `k` most similar others, or to all if they are fewer. */
async function meanOfNearest(
  clicks: SparseMatrix,
  k: number,
  similarity: Similarity,
  signal?: AbortSignal,
): Promise<Float64Array> {
  const length = (user: number) => clicks.indptr[user + 1] - clicks.indptr[user];
  const means = new Float64Array(clicks.rows);
  const neighbours = Math.max(0, Math.min(k, clicks.rows - 1));
  const best = new Float64Array(neighbours);
  await eachOverlap(clicks, signal, (user, others, shared) => {
    best.fill(0);
    // Ascending, so that best[0] is the one to be replaced.
    others.forEach((other, i) => {
      const value = similarity(shared[i], length(user), length(other));
      if (!(value > best[0])) return;
      let at = 0;
      for (; at + 1 < neighbours && best[at + 1] < value; at++) best[at] = best[at + 1];
      best[at] = value;
    });
    means[user] = best.reduce((sum, x) => sum + x, 0) / Math.max(neighbours, 1);
  });
  return means;
}

/**
 * DegSim by the cosine of profiles: the mean over the `k` nearest others, the user left out. Throws
 * the signal's reason when that is aborted.
 */
export const degSimCosine = (
  clicks: SparseMatrix,
  k: number,
  signal?: AbortSignal,
): Promise<Float64Array> => meanOfNearest(clicks, k, cosine, signal);

/** DegSim by the Jaccard similarity of profiles, as `degSimCosine`. */
export const degSimJaccard = (
  clicks: SparseMatrix,
  k: number,
  signal?: AbortSignal,
): Promise<Float64Array> => meanOfNearest(clicks, k, jaccard, signal);

/** As published for detection (Burke et al. 2006). */
const neighbours = 25;

/** DegSim by the cosine, of 25 neighbours. */
export const degSimCosineFeature: Feature = {
  name: 'DegSim cosine',
  about: 'mean cosine to the 25 most similar other profiles (Burke et al. 2006)',
  values: (clicks, signal) => degSimCosine(clicks, neighbours, signal),
};

/** DegSim by the Jaccard similarity, of 25 neighbours. */
export const degSimJaccardFeature: Feature = {
  name: 'DegSim Jaccard',
  about: 'mean Jaccard similarity to the 25 most similar other profiles',
  values: (clicks, signal) => degSimJaccard(clicks, neighbours, signal),
};

/** The Jaccard similarity to the most similar other profile: 1 for a duplicate. */
export const maxJaccard: Feature = {
  name: 'max Jaccard',
  about: 'Jaccard similarity to the most similar other profile: 1 for a duplicate',
  values: (clicks, signal) => degSimJaccard(clicks, 1, signal),
};
