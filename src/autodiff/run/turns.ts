/** @file Long loops: turns for the event loop, and an end when a signal asks for it. */

/** Milliseconds that a loop may go on before the event loop gets a turn. */
const longest = 50;

/** A turn of the event loop: timers, signals and finalizers run. */
const turn = (): Promise<void> =>
  new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });

/**
 * What a loop passes between two steps. Synchronous devices never wait for anything outside, so
 * that without it no timer and no signal would be heard until the loop ends.
 */
export class Turns {
  private last = performance.now();

  /** Throws the signal's reason if it is aborted. */
  constructor(private readonly signal?: AbortSignal) {
    signal?.throwIfAborted();
  }

  /** Gives the event loop a turn if the last is long ago; then throws the reason of an abort. */
  async pass(): Promise<void> {
    if (performance.now() - this.last > longest) {
      await turn();
      this.last = performance.now();
    }
    this.signal?.throwIfAborted();
  }
}
