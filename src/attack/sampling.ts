/** @file Draws items without replacement, many times over, in time of what is drawn. */

import type { Random } from '../data/random.ts';

/** Items that are drawn with equal probability. */
export class UniformPool {
  private readonly items: Int32Array;

  /** The items are copied. */
  constructor(items: Int32Array) {
    this.items = items.slice();
  }

  /** How many items there are. */
  get size(): number {
    return this.items.length;
  }

  /** `count` different items, at most all. Draws of different calls are independent. */
  draw(count: number, generator: Random): Int32Array {
    const swaps = new Int32Array(count);
    for (let i = 0; i < count; i++) {
      swaps[i] = i + generator.integer(this.items.length - i);
      this.swap(i, swaps[i]);
    }
    const drawn = this.items.slice(0, count);
    // Put back, so that a draw depends on the generator alone.
    for (let i = count - 1; i >= 0; i--) this.swap(i, swaps[i]);
    return drawn;
  }

  private swap(i: number, j: number): void {
    const item = this.items[i];
    this.items[i] = this.items[j];
    this.items[j] = item;
  }
}

/**
 * Numbers 0 to n - 1 that are drawn one after the other, each with a probability proportional to
 * its weight among those that remain. The weights are whole, so that their sums stay exact.
 */
export class WeightedPool {
  /** A Fenwick tree: entry `i` sums the weights of the `i & -i` numbers before number `i`. */
  private readonly sums: Float64Array;
  private readonly top: number;
  private total = 0;

  constructor(private readonly weights: Int32Array) {
    const n = weights.length;
    this.sums = new Float64Array(n + 1);
    this.top = 2 ** Math.floor(Math.log2(Math.max(1, n)));
    for (let i = 1; i <= n; i++) {
      this.sums[i] += weights[i - 1];
      this.total += weights[i - 1];
      const parent = i + (i & -i);
      if (parent <= n) this.sums[parent] += this.sums[i];
    }
  }

  /** `count` different numbers, or all of positive weight where these are fewer. */
  draw(count: number, generator: Random): Int32Array {
    const drawn = new Int32Array(count);
    let length = 0;
    while (length < count && this.total > 0) {
      const number = this.find(generator.integer(this.total));
      this.change(number, -this.weights[number]);
      drawn[length++] = number;
    }
    const taken = drawn.slice(0, length);
    for (const number of taken) this.change(number, this.weights[number]);
    return taken;
  }

  /** The number in whose share of the total `position` lies. */
  private find(position: number): number {
    let before = 0;
    for (let step = this.top; step >= 1; step /= 2) {
      const next = before + step;
      if (next >= this.sums.length || this.sums[next] > position) continue;
      before = next;
      position -= this.sums[next];
    }
    return before;
  }

  private change(number: number, weight: number): void {
    this.total += weight;
    for (let i = number + 1; i < this.sums.length; i += i & -i) this.sums[i] += weight;
  }
}
