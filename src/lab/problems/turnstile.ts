/** @file Lets a loop that calls back after each turn go on one turn at a time. */

/** A loop that waits after each turn until it is asked for the next one. */
export class Turnstile<Turn> {
  private readonly ended: Promise<void>;
  /** Why there is no next turn, once the loop has ended or thrown. */
  private over: { readonly reason: unknown } | undefined;
  private arrive: (turn: Turn) => void = () => {};
  private fail: (reason: unknown) => void = () => {};
  private release: () => void = () => {};

  /** Starts a loop at the first `next`; it must await what it gets after each turn. */
  constructor(loop: (pass: (turn: Turn) => Promise<void>, stop: AbortSignal) => Promise<unknown>) {
    const opened = new Promise<void>((resolve) => {
      this.release = resolve;
    });
    const pass = (turn: Turn) =>
      new Promise<void>((resolve) => {
        this.release = resolve;
        this.arrive(turn);
      });
    const end = (reason: unknown) => {
      this.over = { reason };
      this.fail(reason);
    };
    this.ended = opened
      .then(() => loop(pass, this.controller.signal))
      .then(() => end(new Error('the run has ended: no turn is left')), end);
  }

  private readonly controller = new AbortController();

  /** The next turn. Rejects, now and ever after, if the loop ends or throws before it. */
  next(): Promise<Turn> {
    return new Promise((resolve, reject) => {
      if (this.over) return reject(this.over.reason);
      this.arrive = resolve;
      this.fail = reject;
      this.release();
    });
  }

  /** Ends the loop where it is, for a reason that a `next` which waits rejects with. */
  async close(reason?: unknown): Promise<void> {
    this.controller.abort(reason);
    this.release();
    await this.ended;
  }
}
