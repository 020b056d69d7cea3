/** @file Waiting for whatever happens first. */

import { setTimeout as pause } from 'node:timers/promises';

/** Lets a loop wait for whatever happens first. What happened before it waits is not lost. */
export class Bell {
  private rung = false;
  private wake: () => void = () => {};

  /** Ends the wait of now, or the next one. */
  ring(): void {
    this.rung = true;
    this.wake();
  }

  /** Waits until it is rung, or so long. */
  async heard(milliseconds: number): Promise<void> {
    const timer = new AbortController();
    const tick = pause(milliseconds, undefined, { signal: timer.signal }).catch(() => {});
    const ring = new Promise<void>((resolve) => {
      this.wake = resolve;
    });
    if (!this.rung) await Promise.race([ring, tick]);
    this.rung = false;
    timer.abort();
  }
}
