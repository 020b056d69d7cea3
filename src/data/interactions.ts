/** @file Interactions as a file names them, before ids are numbered. */

/** Distinct (user, item) pairs; pair `i` is `users[userOf[i]]` and `items[itemOf[i]]`. */
export interface Interactions {
  readonly users: readonly string[];
  readonly items: readonly string[];
  readonly userOf: Int32Array;
  readonly itemOf: Int32Array;
}

/** Collects pairs of labels; a pair that comes twice counts once. */
export class InteractionCollector {
  private readonly users = new Map<string, number>();
  private readonly items = new Map<string, number>();
  private readonly seen = new Set<number>();
  private readonly userOf: number[] = [];
  private readonly itemOf: number[] = [];

  add(user: string, item: string): void {
    const u = numberOf(this.users, user);
    const i = numberOf(this.items, item);
    // Both numbers are below 2^26, so the key is exact.
    const key = u * 2 ** 26 + i;
    if (this.seen.has(key)) return;
    this.seen.add(key);
    this.userOf.push(u);
    this.itemOf.push(i);
  }

  finish(): Interactions {
    return {
      users: [...this.users.keys()],
      items: [...this.items.keys()],
      userOf: Int32Array.from(this.userOf),
      itemOf: Int32Array.from(this.itemOf),
    };
  }
}

function numberOf(labels: Map<string, number>, label: string): number {
  const known = labels.get(label);
  if (known !== undefined) return known;
  labels.set(label, labels.size);
  return labels.size - 1;
}
