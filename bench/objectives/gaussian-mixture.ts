/** @file The log posterior of a Gaussian mixture, in the two forms that benchmarks ask for. */

import {
  add,
  concat,
  exp,
  gather,
  logSumExp,
  matmul,
  mul,
  reshape,
  rowIndex,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
} from '../../src/autodiff/index.ts';

/** What is differentiated: `alpha` [k], `mu` [k, d], `q` [k, d], `l` [k, d (d - 1) / 2]. */
export type MixtureParameters = {
  readonly alpha: Tensor;
  readonly mu: Tensor;
  readonly q: Tensor;
  readonly l: Tensor;
};

/** The points [n, d], and the prior's parameters. */
export interface MixtureData {
  readonly x: Tensor;
  readonly m: number;
  readonly gamma: number;
}

/**
 * The log posterior as GradBench defines it (`evals/gmm`), without the errors of ADBench:
 * -n (d/2 log 2π + lse α) + Σ_i lse β_i + k (ν d log(γ/√2) - log Γ_d(ν/2)) - γ²/2 ‖Q‖² + m Σ q,
 * ν = d + m + 1.
 */
export function logPosterior(parameters: MixtureParameters, data: MixtureData): Tensor {
  const { k, d, n, terms, norm, logDeterminants } = mixture(parameters, data);
  const { m, gamma } = data;
  const nu = d + m + 1;
  const constant =
    -0.5 * n * d * Math.log(2 * Math.PI) +
    k * (nu * d * Math.log(gamma / Math.SQRT2) - logGammaOf(nu / 2, d, Math.PI));
  const prior = sub(mul(m, logDeterminants), mul(0.5 * gamma * gamma, norm));
  return add(add(terms, prior), constant);
}

/** ADBench rounds π, and its constants with it. */
const roundedPi = 3.14159265359;

/** The objective as ADBench computes it (`gmm.h`): the prior has the other sign. */
export function adbenchPosterior(parameters: MixtureParameters, data: MixtureData): Tensor {
  const { k, d, n, terms, norm, logDeterminants } = mixture(parameters, data);
  const { m, gamma } = data;
  const nu = d + m + 1;
  const constant =
    -0.5 * n * d * Math.log(2 * roundedPi) -
    k * (nu * d * (Math.log(gamma) - 0.5 * Math.LN2) - logGammaOf(nu / 2, d, roundedPi));
  const prior = sub(mul(0.5 * gamma * gamma, norm), mul(m, logDeterminants));
  return add(add(terms, prior), constant);
}

/** What both forms share: Σ_i lse β_i - n lse α, ‖Q‖² and Σ q. */
function mixture({ alpha, mu, q, l }: MixtureParameters, { x }: MixtureData) {
  const [k, d] = mu.shape;
  const n = x.shape[0];
  const factors = triangles(q, l);
  const centres = sum(mul(factors, reshape(mu, [k, 1, d])), [2]);
  const points = reshape(matmul(x, reshape(factors, [k * d, d]), { transposeB: true }), [n, k, d]);
  const distances = sum(square(sub(points, centres)), [2]);
  const beta = sub(add(alpha, sum(q, [1])), mul(0.5, distances));
  const terms = sub(sum(logSumExp(beta)), mul(n, sum(logSumExp(alpha))));
  return { k, d, n, terms, norm: sum(square(factors)), logDeterminants: sum(q) };
}

/** Q_k [k, d, d]: exp(q) on the diagonal, `l` below it column by column, 0 above. */
function triangles(q: Tensor, l: Tensor): Tensor {
  const [k, d] = q.shape;
  const below = (d * (d - 1)) / 2;
  // Each row of the table is one entry of all k factors; the last one is 0.
  const width = d + below + 1;
  const entries = new Int32Array(d * d).fill(width - 1);
  let entry = d;
  for (let column = 0; column < d; column++) {
    entries[column * d + column] = column;
    for (let row = column + 1; row < d; row++) entries[row * d + column] = entry++;
  }
  const all = new Int32Array(k * d * d);
  for (let i = 0; i < all.length; i++) {
    all[i] = Math.floor(i / (d * d)) * width + entries[i % (d * d)];
  }
  const zero = tensor(new Float64Array(k), [k, 1]);
  const table = concat(below > 0 ? [exp(q), l, zero] : [exp(q), zero], 1);
  const cells = gather(reshape(table, [k * width, 1]), rowIndex(all, k * width));
  return reshape(cells, [k, d, d]);
}

/** log Γ_p(a), the multivariate gamma function; `a` is a multiple of one half. */
function logGammaOf(a: number, p: number, pi: number): number {
  let total = 0.25 * p * (p - 1) * Math.log(pi);
  for (let j = 1; j <= p; j++) total += logGamma(a + 0.5 * (1 - j));
  return total;
}

/** log Γ(x) for x = 1/2, 1, 3/2, … by Γ(x + 1) = x Γ(x). */
function logGamma(x: number): number {
  if (!(x > 0 && Number.isInteger(2 * x))) throw new Error(`log Γ(${x}): expected 1/2, 1, 3/2, …`);
  let total = Number.isInteger(x) ? 0 : 0.5 * Math.log(Math.PI);
  for (let i = x - 1; i > 0; i--) total += Math.log(i);
  return total;
}
