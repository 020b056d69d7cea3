/** @file Random inputs of the property tests: shapes, tensors and patterns from one seed. */

import fc from 'fast-check';
import {
  distinctRows,
  type Shape,
  sparsePattern,
  type Tensor,
  tensor,
} from '../../src/autodiff/index.ts';
import { sizeOf } from '../../src/autodiff/tape/shape.ts';
import { random } from '../../src/data/random.ts';

/** Every property test draws from this seed; a failure prints it and the draw. */
export const seed = 20201013;

type Property = (draw: Draw) => Promise<unknown>;

/** The sizes of axes: 0 less often than others. */
const sizes = [0, 1, 1, 2, 2, 3, 3, 4, 4];

/** Runs a property on draws from `runs` seeds and shapes, the same in every run of the tests. */
export const forAll = (runs: number, property: Property): Promise<void> =>
  check(runs, property, fc.constantFrom(...sizes));

/** `forAll` with sizes from 1: a model has users, items and factors. */
export const forAllFilled = (runs: number, property: Property): Promise<void> =>
  check(runs, property, fc.constantFrom(...sizes.filter((n) => n > 0)));

async function check(runs: number, property: Property, size: fc.Arbitrary<number>): Promise<void> {
  const arbitrary = fc.record({
    seed: fc.nat(2 ** 31 - 1),
    sizes: fc.array(size, { minLength: 6, maxLength: 6 }),
  });
  const drawn = fc.asyncProperty(arbitrary, async (one) => {
    await property(new Draw(one.seed, one.sizes));
  });
  try {
    await fc.assert(drawn, { seed, numRuns: runs, endOnFailure: true });
  } catch (error) {
    console.log((error as Error).message);
    throw (error as Error).cause ?? error;
  }
}

export class Draw {
  private readonly generator;
  private next = 0;

  constructor(
    drawn: number,
    private readonly sizes: readonly number[] = [3, 2, 4, 1, 2, 3],
  ) {
    this.generator = random(drawn);
  }

  /** The next size of an axis, as fast-check drew and shrinks it. */
  size(): number {
    return this.sizes[this.next++ % this.sizes.length];
  }

  shape(rank: number): Shape {
    return Array.from({ length: rank }, () => this.size());
  }

  /** A shape without an axis of size 0: a maximum needs cells. */
  filledShape(rank: number): Shape {
    return this.shape(rank).map((n) => Math.max(1, n));
  }

  /** A part of an axis of `n` cells, of one cell or more where there is one. */
  part(n: number): { start: number; size: number } {
    if (n === 0) return { start: 0, size: 0 };
    const start = this.integer(0, n - 1);
    return { start, size: this.integer(1, n - start) };
  }

  integer(low: number, high: number): number {
    return low + this.generator.integer(high - low + 1);
  }

  chance(probability: number): boolean {
    return this.generator.uniform() < probability;
  }

  numbers(count: number, low: number, high: number): Float64Array {
    return Float64Array.from(
      { length: count },
      () => low + (high - low) * this.generator.uniform(),
    );
  }

  uniform(shape: Shape, low = -2, high = 2): Tensor {
    return tensor(this.numbers(sizeOf(shape), low, high), shape);
  }

  /** Tensors of one shape whose cells are all at least 0.2 apart and 0.1 away from 0. */
  spaced(shape: Shape, count: number): Tensor[] {
    const n = sizeOf(shape);
    const order = Int32Array.from({ length: n * count }, (_, i) => i);
    this.generator.shuffle(order);
    const middle = Math.floor(order.length / 2);
    const cells = Float64Array.from(
      order,
      (i) => 0.3 * (i - middle + 0.5) + 0.1 * (this.generator.uniform() - 0.5),
    );
    return Array.from({ length: count }, (_, i) => tensor(cells.slice(i * n, (i + 1) * n), shape));
  }

  /** Row numbers with repetitions, and with rows that are never named; none of none. */
  rows(count: number, rows: number): Int32Array {
    if (rows === 0) return new Int32Array();
    return Int32Array.from({ length: count }, () => this.integer(0, rows - 1));
  }

  /** One or more of the row numbers, if there are any, each once, in any order. */
  distinctRows(rows: number): Int32Array {
    const order = Int32Array.from({ length: rows }, (_, row) => row);
    this.generator.shuffle(order);
    return order.slice(0, rows && this.integer(1, rows));
  }

  /** An index of some rows, each once, padded by up to two positions at times. */
  distinctIndex(rows: number) {
    const list = this.distinctRows(rows);
    const capacity = this.chance(0.7) ? list.length + this.integer(0, 2) : undefined;
    return { list, index: distinctRows(list, rows, capacity) };
  }

  /** A CSR pattern, with empty rows and columns at times, padded by up to two entries at times. */
  pattern(rows: number, columns: number) {
    const indptr = new Int32Array(rows + 1);
    const indices: number[] = [];
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) if (this.chance(0.4)) indices.push(column);
      indptr[row + 1] = indices.length;
    }
    const capacity = this.chance(0.7) ? indices.length + this.integer(0, 2) : undefined;
    const matrix = { rows, columns, indptr, indices: Int32Array.from(indices) };
    return { matrix, pattern: sparsePattern(matrix, capacity) };
  }
}
