/** @file The largest eigenvalues of a symmetric operator, and their eigenvectors. */

import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { Turns } from '../../autodiff/index.ts';
import { type Random, random } from '../../data/random.ts';

/** A symmetric, positive semidefinite matrix `[n, n]` by its product with a vector. */
export interface SymmetricOperator {
  readonly size: number;
  apply(vector: Float64Array): Float64Array;
}

/** Eigenvalues, the largest first, and for each its eigenvector of norm 1. */
export interface Eigenpairs {
  readonly values: readonly number[];
  readonly vectors: readonly Float64Array[];
}

/** The basis is cut back to the best vectors when it would become longer. */
const longestBasis = 160;
/** A residual `‖A v - λ v‖` below this share of the largest eigenvalue counts as none. */
const tolerance = 1e-6;
const mostExpansions = 400;

/** Orthonormal vectors, their images, and the lower half of the operator's matrix among them. */
interface Basis {
  readonly vectors: Float64Array[];
  readonly images: Float64Array[];
  readonly entries: number[][];
}

/**
 * The `count` largest eigenvalues, multiple ones as often as they occur, by a block Krylov method
 * with Rayleigh-Ritz projection: the basis grows by the residuals of the best pairs until these are
 * below 1e-6 of the largest eigenvalue. Where the basis spans the whole space the pairs are exact.
 * The largest entry of an eigenvector is positive. Throws an Error if the pairs do not converge, and
 * the signal's reason when that is aborted.
 */
export async function topEigen(
  operator: SymmetricOperator,
  count: number,
  seed: number,
  signal?: AbortSignal,
): Promise<Eigenpairs> {
  const { size } = operator;
  if (size === 0) return { values: [], vectors: [] };
  const wanted = Math.min(count, size);
  const draw = random(seed).fork('eigenvectors');
  const block = Math.min(size, Math.max(wanted + 8, 12));
  const basis: Basis = { vectors: [], images: [], entries: [] };
  const turns = new Turns(signal);
  for (let i = 0; i < block; i++) {
    extend(basis, operator, noise(size, draw));
    await turns.pass();
  }
  for (let expansion = 0; expansion < mostExpansions; expansion++) {
    const pairs = ritzPairs(basis, Math.min(block, basis.vectors.length));
    await turns.pass();
    const scale = Math.max(pairs.values[0], Number.MIN_VALUE);
    const norms = pairs.residuals.slice(0, wanted).map(norm);
    if (basis.vectors.length >= size || norms.every((r) => r <= tolerance * scale)) {
      return { values: pairs.values.slice(0, wanted), vectors: upright(pairs, wanted) };
    }
    if (basis.vectors.length + block > longestBasis) {
      basis.vectors.splice(0, basis.vectors.length, ...pairs.vectors);
      basis.images.splice(0, basis.images.length, ...pairs.images);
      // Ritz vectors make the matrix diagonal.
      const rows = pairs.values.map((value, i) => [...new Array<number>(i).fill(0), value]);
      basis.entries.splice(0, basis.entries.length, ...rows);
    }
    let grown = false;
    for (const residual of pairs.residuals) {
      if (norm(residual) > (tolerance * scale) / 10) {
        grown = extend(basis, operator, residual) || grown;
        await turns.pass();
      }
    }
    if (!grown) extend(basis, operator, noise(size, draw));
  }
  throw new Error(`the ${wanted} largest eigenvalues did not converge`);
}

const noise = (size: number, draw: Random): Float64Array =>
  Float64Array.from({ length: size }, draw.normal);

/** Adds the part of a vector that is orthogonal to the basis; false if there is none. */
function extend(
  { vectors, images, entries }: Basis,
  operator: SymmetricOperator,
  candidate: Float64Array,
): boolean {
  const start = norm(candidate);
  const vector = candidate.map((x) => x / start);
  // Gram-Schmidt twice is orthogonal to rounding, unless all of the vector is within the basis.
  for (let pass = 0; pass < 2; pass++) {
    for (const other of vectors) subtract(vector, dot(vector, other), other);
    const left = norm(vector);
    if (!(left > 1e-8)) return false;
    for (let i = 0; i < vector.length; i++) vector[i] /= left;
  }
  vectors.push(vector);
  const image = operator.apply(vector);
  images.push(image);
  entries.push(vectors.map((other) => dot(other, image)));
  return true;
}

/** The best `count` approximations within the basis, with their images and residuals. */
function ritzPairs({ vectors, images, entries }: Basis, count: number) {
  const n = vectors.length;
  const projected = new Matrix(n, n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      projected.set(i, j, entries[i][j]);
      projected.set(j, i, entries[i][j]);
    }
  }
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(projected, {
    assumeSymmetric: true,
  });
  const order = realEigenvalues.map((_, i) => i);
  order.sort((a, b) => realEigenvalues[b] - realEigenvalues[a]);
  const best = order.slice(0, count);
  const values = best.map((i) => realEigenvalues[i]);
  const coefficients = best.map((i) => eigenvectorMatrix.getColumn(i));
  const ritz = coefficients.map((weights) => combined(weights, vectors));
  const imagesOfRitz = coefficients.map((weights) => combined(weights, images));
  const residuals = imagesOfRitz.map((image, i) => {
    const residual = image.slice();
    subtract(residual, values[i], ritz[i]);
    return residual;
  });
  return { values, vectors: ritz, images: imagesOfRitz, residuals };
}

function combined(weights: readonly number[], vectors: readonly Float64Array[]): Float64Array {
  const sum = new Float64Array(vectors[0].length);
  weights.forEach((weight, i) => {
    subtract(sum, -weight, vectors[i]);
  });
  return sum;
}

function subtract(from: Float64Array, factor: number, vector: Float64Array): void {
  for (let i = 0; i < from.length; i++) from[i] -= factor * vector[i];
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

const norm = (vector: Float64Array): number => Math.sqrt(dot(vector, vector));

/** The first vectors, each with the sign that makes its largest entry positive. */
const upright = ({ vectors }: Eigenpairs, count: number): Float64Array[] =>
  vectors.slice(0, count).map((vector) => {
    const largest = vector.reduce((most, x) => (Math.abs(x) > Math.abs(most) ? x : most), 0);
    return largest < 0 ? vector.map((x) => -x) : vector;
  });
