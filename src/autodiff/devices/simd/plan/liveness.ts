/** @file Places the values that live between kernels in one workspace, by liveness. */

/** A value: when it is first written and last read, and its bytes. */
export interface Lifetime {
  readonly from: number;
  readonly to: number;
  readonly bytes: number;
}

/** Offsets such that values alive at the same time do not meet, and the bytes in all. */
export function placeByLiveness(lifetimes: readonly Lifetime[], alignment: number) {
  const round = (bytes: number) => Math.ceil(bytes / alignment) * alignment;
  const offsets = new Array<number>(lifetimes.length).fill(0);
  // Large values first: small ones find room between them.
  const order = lifetimes.map((_, i) => i).sort((a, b) => lifetimes[b].bytes - lifetimes[a].bytes);
  const placed: number[] = [];
  let total = 0;
  for (const i of order) {
    const { from, to, bytes } = lifetimes[i];
    const others = placed
      .filter((j) => lifetimes[j].from <= to && from <= lifetimes[j].to)
      .sort((a, b) => offsets[a] - offsets[b]);
    let at = 0;
    for (const j of others) {
      if (at + round(bytes) <= offsets[j]) break;
      at = Math.max(at, offsets[j] + round(lifetimes[j].bytes));
    }
    offsets[i] = at;
    placed.push(i);
    total = Math.max(total, at + round(bytes));
  }
  return { offsets, total };
}
