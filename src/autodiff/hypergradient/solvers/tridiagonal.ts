/**
 * @file Eigenvalues of symmetric matrices: Householder's reduction to a tridiagonal one, and
 * bisection by Sturm's count, which gives each to the last digits of the largest (Golub & Van Loan
 * 2013, sections 8.3.1 and 8.4.1).
 */

/**
 * How many eigenvalues of the tridiagonal matrix are below `x`: the negative pivots of
 * T - x I = L D Lᵀ.
 */
function countBelow(diagonal: readonly number[], beside: readonly number[], x: number): number {
  let count = 0;
  let pivot = 1;
  for (let i = 0; i < diagonal.length; i++) {
    const above = i > 0 ? beside[i - 1] ** 2 / pivot : 0;
    pivot = diagonal[i] - x - above;
    if (pivot === 0) pivot = Number.MIN_VALUE / Number.EPSILON;
    if (pivot < 0) count++;
  }
  return count;
}

/** The largest sum of absolute values in a row: no eigenvalue is farther from 0. */
function radius(diagonal: readonly number[], beside: readonly number[]): number {
  return diagonal.reduce((most, value, i) => {
    const [left, right] = [beside[i - 1] ?? 0, beside[i] ?? 0];
    return Math.max(most, Math.abs(value) + Math.abs(left) + Math.abs(right));
  }, 0);
}

/** Eigenvalue number `which`, from 0, of a symmetric tridiagonal matrix. */
function eigenvalue(diagonal: readonly number[], beside: readonly number[], which: number): number {
  const bound = radius(diagonal, beside);
  let [low, high] = [-bound, bound];
  while (high - low > 2 * Number.EPSILON * bound) {
    const middle = (low + high) / 2;
    if (countBelow(diagonal, beside, middle) > which) high = middle;
    else low = middle;
  }
  return (low + high) / 2;
}

/** The least and the largest eigenvalue of a symmetric tridiagonal matrix. */
export const extremes = (
  diagonal: readonly number[],
  beside: readonly number[],
): [least: number, largest: number] => [
  eigenvalue(diagonal, beside, 0),
  eigenvalue(diagonal, beside, diagonal.length - 1),
];

/** All eigenvalues, ascending, of a symmetric matrix given by its rows. */
export function eigenvaluesOf(rows: readonly Float64Array[]): Float64Array {
  const { diagonal, beside } = tridiagonal(rows.map((row) => row.slice()));
  return Float64Array.from(rows, (_, i) => eigenvalue(diagonal, beside, i));
}

/** Reduces a symmetric matrix, in place: for each column A <- H A H with H = I - 2 v vᵀ / vᵀv. */
function tridiagonal(a: readonly Float64Array[]): { diagonal: number[]; beside: number[] } {
  const n = a.length;
  const beside: number[] = [];
  for (let k = 0; k < n - 1; k++) {
    const v = Float64Array.from({ length: n }, (_, i) => (i > k ? a[i][k] : 0));
    const length = Math.hypot(...v.subarray(k + 1));
    const reflected = v[k + 1] > 0 ? -length : length;
    beside.push(reflected);
    v[k + 1] -= reflected;
    const vv = v.reduce((total, value) => total + value * value, 0);
    if (vv === 0) continue;
    const product = a.map((row) => (2 / vv) * row.reduce((sum, value, j) => sum + value * v[j], 0));
    const shift = product.reduce((sum, value, i) => sum + value * v[i], 0) / vv;
    const w = product.map((value, i) => value - shift * v[i]);
    for (let i = k; i < n; i++) {
      for (let j = k; j < n; j++) a[i][j] -= v[i] * w[j] + w[i] * v[j];
    }
  }
  return { diagonal: a.map((row, i) => row[i]), beside };
}
