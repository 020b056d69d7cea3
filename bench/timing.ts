/** @file Times contestants at the same work side by side, and checks that they agree on it. */

/** Something that does the work, set up and kept on its own device. */
export interface Running {
  run(): Promise<void> | void;
  /** The numbers of the last run; read once, outside of the timed part. */
  read?(): Promise<ArrayLike<number>> | ArrayLike<number>;
  stop(): Promise<void> | void;
}

export interface Contestant {
  readonly name: string;
  start(): Promise<Running>;
}

/** Seconds of one run, or why there are none. */
export type Timing =
  | {
      readonly median: number;
      readonly best: number;
      readonly samples: number;
      /** The first run of all, which starts and compiles; none where the first is the sample. */
      readonly first?: number;
    }
  | { readonly failure: string };

export interface Row {
  readonly label: string;
  /** What the work is, where the label does not say it all. */
  readonly about?: string;
  /** Operations or bytes of a run, for a rate. */
  readonly work?: number;
  readonly timings: ReadonlyMap<string, Timing>;
  /** What else was measured, by name. */
  readonly figures?: Readonly<Record<string, number>>;
}

interface Entry {
  readonly name: string;
  readonly samples: number[];
  running?: Running;
  repeats: number;
  first?: number;
  failure?: string;
}

const warmSeconds = 0.4;
const warmRuns = 3;
/** Short runs are repeated to fill a sample, so that the clock and other processes weigh less. */
const sampleSeconds = 0.02;
/** Past this many seconds of its own a contestant is not warmed or sampled any further. */
const patienceSeconds = 3;
const usualTolerance = 2e-3;

const now = () => performance.now() / 1e3;
const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

export interface Procedure {
  /** How often each contestant is sampled. */
  readonly rounds: number;
  /** Takes the first run that there is, for work of minutes; the numbers are not compared then. */
  readonly cold?: boolean;
  /** Largest difference allowed from the first contestant, relative to the largest number. */
  readonly tolerance?: number;
}

/**
 * Runs all contestants in rounds, in an order that turns from round to round, so that noise of
 * the machine hits all alike. The numbers of each are compared with the first contestant's.
 */
export async function compare(
  work: { label: string; about?: string; work?: number },
  contestants: readonly Contestant[],
  { rounds, cold = false, tolerance = usualTolerance }: Procedure,
): Promise<Row> {
  const entries = contestants.map(({ name }): Entry => ({ name, samples: [], repeats: 1 }));
  let expected: ArrayLike<number> | undefined;
  for (const [i, { start }] of contestants.entries()) {
    await attempt(entries[i], async (entry) => {
      const running = await start();
      entry.running = running;
      if (cold) return;
      const started = now();
      await running.run();
      entry.first = now() - started;
      const numbers = await running.read?.();
      expected ??= numbers;
      if (expected && numbers) expectClose(expected, numbers, tolerance);
      const seconds = await warm(running, entry.first);
      entry.repeats = Math.max(1, Math.ceil(sampleSeconds / seconds));
    });
  }
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < entries.length; i++) {
      await attempt(entries[(i + round) % entries.length], sample);
    }
  }
  for (const { running, failure } of entries) if (!failure) await running?.stop();
  return { ...work, timings: new Map(entries.map((entry) => [entry.name, timingOf(entry)])) };
}

/** Goes on with a contestant, unless it has failed or fails now, which ends it. */
async function attempt(entry: Entry, work: (entry: Entry) => Promise<void>): Promise<void> {
  if (entry.failure) return;
  try {
    await work(entry);
  } catch (error) {
    entry.failure = messageOf(error);
    await entry.running?.stop();
  }
}

function timingOf({ samples, first, failure }: Entry): Timing {
  if (failure) return { failure };
  const sorted = [...samples].sort((a, b) => a - b);
  return { median: sorted[sorted.length >> 1], best: sorted[0], samples: sorted.length, first };
}

/** Runs until the engine has optimised the code; returns the seconds of the last run. */
async function warm(running: Running, first: number): Promise<number> {
  const started = now() - first;
  let seconds = first;
  for (let i = 0; i < warmRuns || now() - started < warmSeconds; i++) {
    if (now() - started > patienceSeconds) break;
    const before = now();
    await running.run();
    seconds = now() - before;
  }
  return seconds;
}

async function sample({ running, repeats, samples }: Entry): Promise<void> {
  if (!running) return;
  const spent = samples.reduce((sum, x) => sum + x * repeats, 0);
  if (spent > patienceSeconds) return;
  // The contestant before has filled the caches with numbers of its own.
  if (repeats > 1) await running.run();
  const before = now();
  for (let i = 0; i < repeats; i++) await running.run();
  samples.push((now() - before) / repeats);
}

function expectClose(
  expected: ArrayLike<number>,
  numbers: ArrayLike<number>,
  tolerance: number,
): void {
  if (expected.length !== numbers.length) {
    throw new Error(`expected ${expected.length} numbers, got ${numbers.length}`);
  }
  let largest = 0;
  let difference = 0;
  for (let i = 0; i < expected.length; i++) {
    largest = Math.max(largest, Math.abs(expected[i]));
    difference = Math.max(difference, Math.abs(expected[i] - numbers[i]));
  }
  // Written so that NaN fails.
  if (!(difference <= tolerance * largest)) {
    throw new Error(`wrong numbers: off by ${difference}, where the largest is ${largest}`);
  }
}
