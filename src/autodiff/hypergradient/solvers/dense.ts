/** @file A small matrix from its products, and Gaussian elimination with partial pivoting. */

import type { Vector } from '../vectors.ts';
import type { LinearSystem } from './solver.ts';

/** The columns of A that `which` names, one product each. */
export async function columnsOf(
  apply: LinearSystem['apply'],
  length: number,
  which: readonly number[],
): Promise<Vector[]> {
  const columns: Vector[] = [];
  for (const column of which) {
    const unit = new Float64Array(length);
    unit[column] = 1;
    columns.push(await apply(unit));
  }
  return columns;
}

/**
 * The solution of a square system given by its rows, which are overwritten. Undefined where a pivot
 * is 0.
 */
export function eliminate(rows: readonly Vector[], right: Vector): Vector | undefined {
  const a = [...rows];
  const x = right.slice();
  const n = a.length;
  for (let k = 0; k < n; k++) {
    let best = k;
    for (let i = k + 1; i < n; i++) if (Math.abs(a[i][k]) > Math.abs(a[best][k])) best = i;
    if (a[best][k] === 0) return undefined;
    [a[k], a[best]] = [a[best], a[k]];
    [x[k], x[best]] = [x[best], x[k]];
    for (let i = k + 1; i < n; i++) {
      const factor = a[i][k] / a[k][k];
      if (factor === 0) continue;
      for (let j = k; j < n; j++) a[i][j] -= factor * a[k][j];
      x[i] -= factor * x[k];
    }
  }
  for (let k = n - 1; k >= 0; k--) {
    for (let j = k + 1; j < n; j++) x[k] -= a[k][j] * x[j];
    x[k] /= a[k][k];
  }
  return x;
}
