/**
 * @file Vectors held without their long runs of zeros: a step that reads some rows of the inputs
 * has a share of zeros in all others.
 */

/** Numbers in the precision of a device. */
export type Numbers = Float32Array | Float64Array;

/** Zeros in a row that end a run of numbers. */
const gap = 16;

/** A vector as its runs of numbers; it is 0 elsewhere. */
export interface Compact {
  readonly length: number;
  /** Where each run starts in the vector, and how long it is, in turns. */
  readonly runs: Uint32Array;
  /** The numbers of all runs, one after another. */
  readonly values: Numbers;
}

/** A vector without its long runs of zeros; it keeps `numbers` where there are none. */
export function compactOf(numbers: Numbers): Compact {
  const { length } = numbers;
  const runs: number[] = [];
  let size = 0;
  for (let i = 0; i < length; i++) {
    if (numbers[i] === 0) continue;
    const start = i;
    let end = i + 1;
    for (; i < length && i < end + gap; i++) if (numbers[i] !== 0) end = i + 1;
    runs.push(start, end - start);
    size += end - start;
    i = end - 1;
  }
  if (size > 0.9 * length) return { length, runs: Uint32Array.of(0, length), values: numbers };
  const values = arrayLike(numbers, size);
  let at = 0;
  for (let run = 0; run < runs.length; run += 2) {
    const [start, count] = [runs[run], runs[run + 1]];
    values.set(numbers.subarray(start, start + count), at);
    at += count;
  }
  return { length, runs: Uint32Array.from(runs), values };
}

/** An array of zeros in the precision of another. */
export const arrayLike = (like: Numbers, length: number): Numbers =>
  like instanceof Float64Array ? new Float64Array(length) : new Float32Array(length);

/** The vector in full. */
export function expanded(compact: Compact): Numbers {
  const full = arrayLike(compact.values, compact.length);
  addTo(full, compact);
  return full;
}

/** Bytes that it takes. */
export const bytesOf = ({ runs, values }: Compact): number => runs.byteLength + values.byteLength;

/** The products of a vector with itself and with another. */
export function products(
  { runs, values }: Compact,
  other: Numbers,
): { readonly own: number; readonly cross: number } {
  let [own, cross, at] = [0, 0, 0];
  for (let run = 0; run < runs.length; run += 2) {
    const [start, count] = [runs[run], runs[run + 1]];
    for (let i = 0; i < count; i++) {
      const value = values[at + i];
      own += value * value;
      cross += value * other[start + i];
    }
    at += count;
  }
  return { own, cross };
}

/** Adds a vector to a sum, which is rounded as the device rounds. */
export function addTo(sum: Numbers, { runs, values }: Compact): void {
  let at = 0;
  for (let run = 0; run < runs.length; run += 2) {
    const [start, count] = [runs[run], runs[run + 1]];
    for (let i = 0; i < count; i++) sum[start + i] += values[at + i];
    at += count;
  }
}
