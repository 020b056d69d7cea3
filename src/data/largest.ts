/** @file The best of many scored items, without sorting the rest. */

/**
 * The numbers of the `count` largest values, or of all if they are fewer, best first; of equal ones
 * the lower number comes first. Throws a RangeError for NaN.
 */
export function largestOf(values: ArrayLike<number>, count: number): Int32Array {
  const largest = new Largest(Math.min(count, values.length));
  for (let i = 0; i < values.length; i++) largest.offer(i, values[i]);
  return largest.take();
}

/** Keeps the `k` items with the largest scores, best first; ties go to the lower item number. */
export class Largest {
  private readonly items: Int32Array;
  private readonly scores: Float64Array;
  private count = 0;

  constructor(private readonly k: number) {
    this.items = new Int32Array(k);
    this.scores = new Float64Array(k);
  }

  /** The score that a further item must reach, or exceed if its number is higher. */
  get bound(): number {
    return this.count < this.k ? Number.NEGATIVE_INFINITY : this.scores[this.k - 1];
  }

  /** Keeps an item if it is among the best so far. Throws a RangeError for NaN, which has no place. */
  offer(item: number, score: number): void {
    const { items, scores, k } = this;
    if (Number.isNaN(score)) throw new RangeError(`the score of ${item} is NaN: it has no rank`);
    if (this.count === k && !this.comesBefore(item, score, k - 1)) return;
    let rank = this.count < k ? this.count++ : k - 1;
    for (; rank > 0 && this.comesBefore(item, score, rank - 1); rank--) {
      items[rank] = items[rank - 1];
      scores[rank] = scores[rank - 1];
    }
    items[rank] = item;
    scores[rank] = score;
  }

  private comesBefore(item: number, score: number, rank: number): boolean {
    const other = this.scores[rank];
    return score > other || (score === other && item < this.items[rank]);
  }

  /** The items kept, best first; forgets them. */
  take(): Int32Array {
    const items = this.items.slice(0, this.count);
    this.count = 0;
    return items;
  }
}
