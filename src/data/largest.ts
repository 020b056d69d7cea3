/** @file The best of many scored items, without sorting the rest. */

/** Keeps the `k` items of the largest scores, best first; ties go to the lower item number. */
export class Largest {
  private readonly kept: Int32Array;
  private readonly scores: Float64Array;
  private count = 0;

  constructor(private readonly k: number) {
    this.kept = new Int32Array(k);
    this.scores = new Float64Array(k);
  }

  /** The score that one more item needs to be kept, or beat if its number is higher. */
  get bound(): number {
    return this.count < this.k ? Number.NEGATIVE_INFINITY : this.scores[this.k - 1];
  }

  offer(item: number, score: number): void {
    const { kept, scores, k } = this;
    if (this.count === k && !this.comesBefore(item, score, k - 1)) return;
    let at = this.count < k ? this.count++ : k - 1;
    for (; at > 0 && this.comesBefore(item, score, at - 1); at--) {
      kept[at] = kept[at - 1];
      scores[at] = scores[at - 1];
    }
    kept[at] = item;
    scores[at] = score;
  }

  private comesBefore(item: number, score: number, place: number): boolean {
    const other = this.scores[place];
    return score > other || (score === other && item < this.kept[place]);
  }

  /** The items kept, and none from there on. */
  take(): Int32Array {
    const items = this.kept.slice(0, this.count);
    this.count = 0;
    return items;
  }
}
