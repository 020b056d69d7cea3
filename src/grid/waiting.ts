/** @file Names the processes that this one waits for, where it waits for nothing else. */

import type { Leases } from './lease.ts';

/** Milliseconds of waiting for other processes alone after which they are named. */
const patience = 5000;

/** What another process does that this one waits for. */
export interface Awaited {
  /** The id of its lease. */
  readonly id: string;
  /** What a line calls it. */
  readonly name: string;
}

/** Names the holder of each lease that is waited for, once, in a line that says the mend. */
export class Waiting {
  private readonly named = new Set<string>();
  private since: number | null = null;

  constructor(
    private readonly leases: Leases,
    private readonly tell: (line: string) => void,
  ) {}

  /** Notes what is waited for now; nothing while there is own work. */
  async on(awaited: readonly Awaited[]): Promise<void> {
    const now = performance.now();
    this.since = awaited.length > 0 ? (this.since ?? now) : null;
    if (this.since === null || now - this.since < patience) return;
    for (const { id, name } of awaited) {
      const held = await this.leases.holder(id);
      // A lease that cannot be read is being written.
      if (!held?.pid || this.named.has(held.path)) continue;
      this.named.add(held.path);
      this.tell(
        `waiting for ${name}, which process ${held.pid} of ${held.host} has: if that is ` +
          `gone, delete ${held.path}`,
      );
    }
  }
}
