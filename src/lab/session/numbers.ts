/** @file Numbers of any shape as a small picture with what can be said of all of them. */

/** A picture of numbers, all of them or every n-th along each axis, and statistics of all of them. */
export interface NumberPicture {
  readonly shape: readonly number[];
  /** One cell of the picture stands for so many indices along each axis, of which it has the first. */
  readonly every: readonly number[];
  readonly rows: number;
  readonly columns: number;
  readonly cells: Float32Array;
  /** Of the finite numbers; infinities and NaN where there is none. */
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly nonFinite: number;
  readonly first: readonly number[];
}

/** Rows and columns that a picture has at most. */
const most = { rows: 48, columns: 96 };

const product = (sizes: readonly number[]): number => sizes.reduce((all, size) => all * size, 1);

/** The index along each axis of an entry of a tensor, from its place in row-major order. */
export function positionOf(place: number, shape: readonly number[]): number[] {
  const position: number[] = [];
  let rest = place;
  for (const size of shape.toReversed()) {
    position.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return position;
}

/** The index along each axis of the entry that a cell of a picture shows. */
export const entryOf = (cell: number, { shape, every }: NumberPicture): number[] =>
  positionOf(cell, sampled(shape, every)).map((index, axis) => index * every[axis]);

/** How many indices along each axis a picture shows. */
const sampled = (shape: readonly number[], every: readonly number[]): number[] =>
  shape.map((size, axis) => Math.ceil(size / every[axis]));

/** How many indices along each axis a cell stands for: columns are the last axis, rows all others. */
function samplingOf(shape: readonly number[]): number[] {
  let room = most.rows;
  return shape.map((size, axis) => {
    if (axis === shape.length - 1) return Math.max(1, Math.ceil(size / most.columns));
    const every = Math.max(1, Math.ceil(size / room));
    room = Math.floor(room / Math.max(1, Math.ceil(size / every)));
    return every;
  });
}

/** The summary of numbers, row-major in a shape; the picture has the last axis for columns. */
export function summaryOf(numbers: ArrayLike<number>, shape: readonly number[]): NumberPicture {
  let [min, max, sum, finite] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0];
  for (let i = 0; i < numbers.length; i++) {
    const x = numbers[i];
    if (!Number.isFinite(x)) continue;
    finite++;
    sum += x;
    min = Math.min(min, x);
    max = Math.max(max, x);
  }
  const every = samplingOf(shape);
  const sizes = sampled(shape, every);
  const cells = Float32Array.from({ length: product(sizes) }, (_, cell) => {
    const entry = positionOf(cell, sizes);
    const place = entry.reduce((at, index, axis) => at * shape[axis] + index * every[axis], 0);
    return numbers[place];
  });
  const columns = sizes.at(-1) ?? 1;
  return {
    shape,
    every,
    rows: columns === 0 ? 0 : cells.length / columns,
    columns,
    cells,
    min,
    max,
    mean: sum / finite,
    nonFinite: numbers.length - finite,
    first: Array.from({ length: Math.min(6, numbers.length) }, (_, i) => numbers[i]),
  };
}
