/** @file Numbers of any shape as a small picture with what can be said of all of them. */

/** A picture of numbers, and statistics of all of them. */
export interface NumberPicture {
  readonly shape: readonly number[];
  /** Rows and columns of the picture: those of the numbers, or every n-th of them. */
  readonly rows: number;
  readonly columns: number;
  readonly cells: Float32Array;
  /** How many rows and columns of the numbers one of the picture stands for. */
  readonly every: readonly [number, number];
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly nonFinite: number;
  readonly first: readonly number[];
}

/** Rows and columns that a picture has at most. */
const most = { rows: 48, columns: 96 };

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
  const last = shape[shape.length - 1] ?? 1;
  // A column is shown as a row.
  const width = last === 1 ? numbers.length : last;
  const height = width === 0 ? 0 : numbers.length / width;
  const every: [number, number] = [
    Math.max(1, Math.ceil(height / most.rows)),
    Math.max(1, Math.ceil(width / most.columns)),
  ];
  const [rows, columns] = [Math.ceil(height / every[0]), Math.ceil(width / every[1])];
  const cells = Float32Array.from({ length: rows * columns }, (_, cell) => {
    const [row, column] = [Math.floor(cell / columns), cell % columns];
    return numbers[row * every[0] * width + column * every[1]];
  });
  return {
    shape,
    rows,
    columns,
    cells,
    every,
    min,
    max,
    mean: sum / finite,
    nonFinite: numbers.length - finite,
    first: Array.from({ length: Math.min(6, numbers.length) }, (_, i) => numbers[i]),
  };
}
