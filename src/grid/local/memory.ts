/** @file Memory that cells share: each waits until there is as much as it says that it needs. */

/** A number of bytes that are given out and come back, first come, first served. */
export class Memory {
  private free: number;
  private waiting: { readonly bytes: number; readonly begin: () => void }[] = [];

  constructor(readonly bytes: number) {
    this.free = bytes;
  }

  /**
   * Waits until so many bytes are free and takes them. Gives the function that returns them. Throws
   * the signal's reason when that is aborted.
   */
  async take(bytes: number, signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      const leave = () => {
        this.waiting = this.waiting.filter((other) => other !== entry);
        reject(signal.reason);
        this.serve();
      };
      const begin = () => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const entry = { bytes, begin };
      this.waiting.push(entry);
      signal.addEventListener('abort', leave, { once: true });
      this.serve();
    });
    return () => {
      this.free += bytes;
      this.serve();
    };
  }

  private serve(): void {
    for (let next = this.waiting[0]; next && next.bytes <= this.free; next = this.waiting[0]) {
      this.waiting.shift();
      this.free -= next.bytes;
      next.begin();
    }
  }
}
