/** @file Lets a loop that calls back after each turn go on one turn at a time. */

/** A loop that waits after each turn until it is asked for the next one. */
export class Turnstile<Turn> {
  private readonly ended: Promise<void>;
  private arrive: (turn: Turn) => void = () => {};
  private fail: (error: unknown) => void = () => {};
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
    this.ended = opened
      .then(() => loop(pass, this.controller.signal))
      .then(
        () => this.fail(new Error('the loop has ended')),
        (error) => this.fail(error),
      );
  }

  private readonly controller = new AbortController();

  /** The next turn. Rejects if the loop ends or throws before it. */
  next(): Promise<Turn> {
    return new Promise((resolve, reject) => {
      this.arrive = resolve;
      this.fail = reject;
      this.release();
    });
  }

  /** Ends the loop where it is. */
  async close(): Promise<void> {
    this.controller.abort();
    this.fail = () => {};
    this.release();
    await this.ended;
  }
}
