/** @file How many recommendations PORE certifies against fake users (Jia et al. 2023). */

import type { Bounds } from '../numerics/binomial.ts';

/** Of an ensemble: how its bags were drawn, and how it recommends. */
export interface Ensemble {
  /** Users among whom bags are drawn. */
  readonly users: number;
  /** Users of a bag. */
  readonly bagSize: number;
  /** Items that each recommender recommends at most to a user of its bag. */
  readonly votes: number;
}

/** The votes of an ensemble. */
export interface Votes extends Ensemble {
  readonly bags: number;
  /** For each user, how many recommenders recommended each item, where any did. */
  readonly counts: readonly ReadonlyMap<number, number>[];
}

/** The part of bags of poisoned data, `fakes` users more, that no fake user is in. */
export function cleanShare({ users, bagSize }: Ensemble, fakes: number): number {
  let share = 1;
  for (let i = 0; i < bagSize; i++) share *= (users - i) / (users + fakes - i);
  return share;
}

/** What is known of one user: how often the ensemble recommended items. */
export interface UserVotes {
  /** Votes of each item that has any. */
  readonly counts: ReadonlyMap<number, number>;
  readonly items: number;
  /** The items that are to be recommended: the user's test items. */
  readonly wanted: readonly number[];
}

/**
 * The largest r such that at least r of the user's wanted items are among the first `k` of the
 * ensemble whatever `fakes` fake users click, at the confidence of the bounds (Jia et al. 2023,
 * theorem 2). With ρ the clean share of bags and n' = users + fakes, the r-th best wanted item keeps
 * at least ρ p̲ of its frequency. It can only be pushed out by N - r + 1 other items, each of which
 * gains at most Δ = s/n' - ρ s/n, and all together at most N' Δ.
 */
export function certifiedSize(
  { counts, items, wanted }: UserVotes,
  ensemble: Ensemble,
  { k, fakes, bounds }: { readonly k: number; readonly fakes: number; readonly bounds: Bounds },
): number {
  const { users, bagSize, votes } = ensemble;
  const clean = cleanShare(ensemble, fakes);
  const gain = bagSize / (users + fakes) - (clean * bagSize) / users;
  const inWanted = new Set(wanted);
  const lowest = [...inWanted].map((item) => bounds.lower(counts.get(item) ?? 0));
  lowest.sort((a, b) => b - a);
  const others = [...counts].filter(([item]) => !inWanted.has(item));
  const highest = others.map(([, count]) => bounds.upper(count)).sort((a, b) => b - a);
  const unseen = items - inWanted.size - highest.length;
  for (let i = 0; i < Math.min(unseen, k); i++) highest.push(bounds.upper(0));
  for (let r = Math.min(k, lowest.length); r > 0; r--) {
    const rivals = k - r + 1;
    // Fewer others than it takes cannot push an item out.
    if (highest.length < rivals) return r;
    const top = highest.slice(0, rivals);
    const together = (clean * top.reduce((a, b) => a + b, 0) + votes * gain) / rivals;
    const alone = clean * top[rivals - 1] + gain;
    if (clean * lowest[r - 1] > Math.min(together, alone)) return r;
  }
  return 0;
}
