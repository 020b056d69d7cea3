/** @file Names the processes that a run waits for, where it waits for nothing else. */

import type { Cell } from './cell.ts';
import { labelOf } from './grid.ts';
import type { Leases } from './lease.ts';

/** Milliseconds of waiting for other processes alone after which they are named. */
const patience = 5000;

/** Names the holder of each lease that a run waits for, once. */
export class Waiting {
  private readonly named = new Set<string>();
  private since: number | null = null;

  constructor(
    private readonly leases: Leases,
    private readonly tell: (line: string) => void,
  ) {}

  /** Notes the cells of other processes that the run waits for now; none while it has own work. */
  async on(cells: readonly Cell[]): Promise<void> {
    const now = performance.now();
    this.since = cells.length > 0 ? (this.since ?? now) : null;
    if (this.since === null || now - this.since < patience) return;
    for (const cell of cells) {
      const held = await this.leases.holder(cell.id);
      // A lease that cannot be read is being written.
      if (!held?.pid || this.named.has(held.path)) continue;
      this.named.add(held.path);
      this.tell(
        `waiting for ${labelOf(cell)}, which process ${held.pid} of ${held.host} runs: if that is ` +
          `gone, delete ${held.path}`,
      );
    }
  }
}
