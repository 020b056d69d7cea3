/** @file How many users each item shares with every other, whatever the lengths of users' rows. */

import { rowOf, type SparseMatrix, transposed } from '../../data/sparse.ts';

/** The bits that are set in 32 of them (Warren, Hacker's Delight, 5-1). */
function bitCount(word: number): number {
  let x = word - ((word >>> 1) & 0x55555555);
  x = (x & 0x33333333) + ((x >>> 2) & 0x33333333);
  return Math.imul((x + (x >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/**
 * 1 for users whose clicks, taken one by one for each of them, would take longer than their share of
 * a word of bits for each pair of items: both take about a cycle of the memory. All 0 where such users
 * are too few to fill a word.
 */
function longUsers({ rows, columns, indptr }: SparseMatrix): Uint8Array {
  const isLong = new Uint8Array(rows);
  let [count, additions] = [0, 0];
  for (let user = 0; user < rows; user++) {
    const clicks = indptr[user + 1] - indptr[user];
    if (32 * clicks ** 2 <= columns ** 2) continue;
    isLong[user] = 1;
    count++;
    additions += clicks ** 2;
  }
  return additions > Math.ceil(count / 32) * columns ** 2 ? isLong : new Uint8Array(rows);
}

/**
 * Counts the users that items share. Users of few clicks are taken one by one from the lists of the
 * items. Users of so many that the squares of their lengths would take longer than all pairs of
 * items are bits: of each item a few words that say which of these users clicked it.
 */
export class SharedUsers {
  /** How many users clicked each item. */
  readonly degrees: Int32Array;
  /** Of the item counted last: its count with each item. Only those in `touched` are not 0. */
  readonly counts: Int32Array;
  /** The items with a count, `touchedCount` of them. */
  readonly touched: Int32Array;
  touchedCount = 0;
  private readonly usersByItem: SparseMatrix;
  private readonly isLong: Uint8Array;
  private readonly words: number;
  private readonly bits: Int32Array;

  constructor(private readonly clicks: SparseMatrix) {
    const { columns } = clicks;
    this.usersByItem = transposed(clicks);
    const starts = this.usersByItem.indptr;
    this.degrees = Int32Array.from({ length: columns }, (_, i) => starts[i + 1] - starts[i]);
    this.counts = new Int32Array(columns);
    this.touched = new Int32Array(columns);
    this.isLong = longUsers(clicks);
    const long = this.isLong.reduce((count, is) => count + is, 0);
    this.words = Math.ceil(long / 32);
    this.bits = this.bitsOfLong();
  }

  /** By item, a bit for each user of many clicks. */
  private bitsOfLong(): Int32Array {
    const { clicks, words } = this;
    const bits = new Int32Array(clicks.columns * words);
    let next = 0;
    for (let user = 0; user < clicks.rows; user++) {
      if (this.isLong[user] === 0) continue;
      const bit = next++;
      for (const item of rowOf(clicks, user)) bits[item * words + (bit >> 5)] |= 1 << (bit & 31);
    }
    return bits;
  }

  /** Counts the users that an item shares with every item, itself among them. */
  count(item: number): void {
    const { counts, touched, words } = this;
    for (let i = 0; i < this.touchedCount; i++) counts[touched[i]] = 0;
    this.touchedCount = 0;
    this.countShort(item);
    const start = item * words;
    for (let word = start; word < start + words; word++) {
      if (this.bits[word] === 0) continue;
      this.countLong(item);
      return;
    }
  }

  private countShort(item: number): void {
    const { counts, touched, isLong, usersByItem } = this;
    const { indptr, indices } = this.clicks;
    let end = 0;
    for (let at = usersByItem.indptr[item]; at < usersByItem.indptr[item + 1]; at++) {
      const user = usersByItem.indices[at];
      if (isLong[user] === 1) continue;
      for (let e = indptr[user]; e < indptr[user + 1]; e++) {
        const other = indices[e];
        if (counts[other]++ === 0) touched[end++] = other;
      }
    }
    this.touchedCount = end;
  }

  private countLong(item: number): void {
    const { counts, touched, words, bits } = this;
    const start = item * words;
    let end = this.touchedCount;
    let at = 0;
    for (let other = 0; other < counts.length; other++) {
      let shared = 0;
      for (let word = start; word < start + words; word++) {
        shared += bitCount(bits[word] & bits[at++]);
      }
      if (shared === 0) continue;
      if (counts[other] === 0) touched[end++] = other;
      counts[other] += shared;
    }
    this.touchedCount = end;
  }
}
