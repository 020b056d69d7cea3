/** @file Columns of numbers that grow, in typed arrays. */

import { UserError } from '../errors.ts';

const pieceLength = 2 ** 20;

/** As many entries as an int32 can number. */
const limit = 2 ** 31 - 1;

/** Appends numbers one by one, without ever copying those that are there before `take`. */
export class Column<T extends Int32Array | Float64Array> {
  private pieces: T[] = [];
  private used = pieceLength;

  /** `make` gives an array of zeros of a length. */
  constructor(private readonly make: (length: number) => T) {}

  /** How many numbers there are. */
  get length(): number {
    return this.pieces.length * pieceLength - (pieceLength - this.used);
  }

  /** Appends a number. Throws a UserError when there are 2^31 - 1 already. */
  push(value: number): void {
    if (this.used === pieceLength) {
      if (this.length + pieceLength > limit) {
        throw new UserError(`more than ${limit} interactions are not read: keep fewer`);
      }
      this.pieces.push(this.make(pieceLength));
      this.used = 0;
    }
    this.pieces[this.pieces.length - 1][this.used++] = value;
  }

  /** All numbers in one array; forgets them. */
  take(): T {
    const whole = this.make(this.length);
    const pieces = this.pieces.reverse();
    for (let at = 0; pieces.length > 0; at += pieceLength) {
      // Each piece is given up as soon as it is copied.
      const piece = pieces.pop() as T;
      whole.set(piece.subarray(0, Math.min(pieceLength, whole.length - at)), at);
    }
    this.pieces = [];
    this.used = pieceLength;
    return whole;
  }
}

/** A column of int32. */
export const int32Column = () => new Column((length) => new Int32Array(length));

/** A column of float64. */
export const float64Column = () => new Column((length) => new Float64Array(length));
