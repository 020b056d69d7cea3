/** @file Gives the values that live between nests a part of one workspace, by liveness. */

import { blockAlignment, bytesPerCell } from '../convention.ts';
import type { PlannedNests } from './plan-nests.ts';

/** When a value is first written and last read, and its bytes. */
export interface Lifetime {
  readonly from: number;
  readonly to: number;
  readonly bytes: number;
}

/** A value that no caller sees: its slot, and where in the workspace it is. */
export interface Temporary {
  readonly slot: number;
  readonly offset: number;
}

/** Places all values in the workspace that are not outputs; `bytes` is what the workspace takes. */
export function placeTemporaries({ nests, sizes, inputs, outputs }: PlannedNests): {
  readonly temporaries: readonly Temporary[];
  readonly bytes: number;
} {
  const lives = new Map<number, { from: number; to: number; bytes: number }>();
  nests.forEach(({ stores, reads }, i) => {
    for (const { slot } of stores) {
      if (outputs.includes(slot)) continue;
      lives.set(slot, { from: i, to: i, bytes: sizes[slot - inputs] * bytesPerCell });
    }
    for (const slot of reads) {
      const life = lives.get(slot);
      if (life) life.to = i;
    }
  });
  const { offsets, total } = placeByLiveness([...lives.values()], blockAlignment);
  const temporaries = [...lives.keys()].map((slot, i) => ({ slot, offset: offsets[i] }));
  return { temporaries, bytes: total };
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
    let offset = 0;
    for (const j of others) {
      if (offset + round(bytes) <= offsets[j]) break;
      offset = Math.max(offset, offsets[j] + round(lifetimes[j].bytes));
    }
    offsets[i] = offset;
    placed.push(i);
    total = Math.max(total, offset + round(bytes));
  }
  return { offsets, total };
}
