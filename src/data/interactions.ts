/** @file Interactions by the ids of their source, before users and items are numbered. */

/**
 * Distinct (user, item) pairs. `users` and `items` are the ids of the source; pair `i` is of
 * `users[userOf[i]]` and `items[itemOf[i]]`.
 */
export interface Interactions {
  readonly users: readonly string[];
  readonly items: readonly string[];
  readonly userOf: Int32Array;
  readonly itemOf: Int32Array;
}

/** Collects pairs of ids; a pair that comes twice counts once. */
export class InteractionCollector {
  private readonly users = new Map<string, number>();
  private readonly items = new Map<string, number>();
  private readonly userOf: number[] = [];
  private readonly itemOf: number[] = [];

  /** Adds a pair. */
  add(user: string, item: string): void {
    this.userOf.push(numberOf(this.users, user));
    this.itemOf.push(numberOf(this.items, item));
  }

  /** The distinct pairs, in the order in which they came. */
  finish(): Interactions {
    const { users, items } = this;
    const userOf = Int32Array.from(this.userOf);
    const itemOf = Int32Array.from(this.itemOf);
    const first = firstOfEach(userOf, itemOf, users.size, items.size);
    return {
      users: [...users.keys()],
      items: [...items.keys()],
      userOf: userOf.filter((_, pair) => first[pair] === 1),
      itemOf: itemOf.filter((_, pair) => first[pair] === 1),
    };
  }
}

/**
 * Marks the first of equal pairs. Pairs are sorted by user through counting: a Set holds at most
 * 2^24 entries, and MovieLens has more.
 */
function firstOfEach(userOf: Int32Array, itemOf: Int32Array, users: number, items: number) {
  const next = new Int32Array(users + 1);
  for (const user of userOf) next[user + 1]++;
  for (let user = 0; user < users; user++) next[user + 1] += next[user];
  const byUser = new Int32Array(userOf.length);
  userOf.forEach((user, pair) => {
    byUser[next[user]++] = pair;
  });
  const first = new Uint8Array(userOf.length);
  const lastUser = new Int32Array(items).fill(-1);
  for (const pair of byUser) {
    if (lastUser[itemOf[pair]] === userOf[pair]) continue;
    lastUser[itemOf[pair]] = userOf[pair];
    first[pair] = 1;
  }
  return first;
}

function numberOf(ids: Map<string, number>, id: string): number {
  let number = ids.get(id);
  if (number === undefined) {
    number = ids.size;
    ids.set(id, number);
  }
  return number;
}
