/** @file Workers that compute for the page, and what is done with one that does not answer. */

import { type Calls, connect } from '../calls.ts';
import type { Methods } from '../session/methods.ts';

/** A worker at work. */
export interface Bench {
  readonly calls: Calls<Methods>;
  /** Ends its calls after the step at hand. */
  stop(): void;
  /** Ends it at once, and its calls with a `Stopped`. */
  end(): void;
}

/** What a worker's page wants to know. */
export interface BenchListener {
  /** What a call tells before it is done. */
  onNews(method: string, news: unknown): void;
  /** The worker could not be started, or failed outside of a call. */
  onFailure(): void;
}

/** Starts a worker. */
export function startBench({ onNews, onFailure }: BenchListener): Bench {
  const worker = new Worker(new URL('./worker.js', location.href), { type: 'module' });
  worker.addEventListener('error', onFailure);
  const { calls, stop, abandon } = connect<Methods>(worker, onNews);
  const end = () => {
    worker.terminate();
    abandon();
  };
  return { calls, stop, end };
}

/** Milliseconds that a worker has to end its calls. */
const patience = 1500;

/** A worker that is replaced where it does not stop, as one that waits for a slow GPU. */
export class LastingBench {
  private bench: Bench;
  /** Whether the worker has been loaded: one that is still loading does not hang. */
  private loaded: Promise<boolean>;

  constructor(private readonly listener: BenchListener) {
    [this.bench, this.loaded] = this.start();
  }

  private start(): [Bench, Promise<boolean>] {
    const bench = startBench(this.listener);
    const loaded = bench.calls.idle().then(
      () => true,
      () => false,
    );
    return [bench, loaded];
  }

  /** Calls to the worker that there is when they are made: who holds one need not know of others. */
  readonly calls = new Proxy({} as Calls<Methods>, {
    get:
      (_, name) =>
      (...args: readonly unknown[]) =>
        Reflect.get(this.bench.calls, name)(...args),
  });

  /** Ends what is at work, and has a worker that is free. */
  async clear(): Promise<void> {
    await this.loaded;
    const { bench } = this;
    bench.stop();
    const free = await Promise.race([
      bench.calls.idle().then(() => true),
      new Promise<false>((resolve) => setTimeout(() => resolve(false), patience)),
    ]).catch(() => true);
    if (free || bench !== this.bench) return;
    bench.end();
    [this.bench, this.loaded] = this.start();
  }
}
