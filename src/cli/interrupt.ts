/** @file Ctrl-C: the first stops a run after the step at hand, a second ends the process at once. */

/** A run was stopped by a signal. The message says how to go on. */
export class Interrupted extends Error {
  override name = 'Interrupted';

  constructor(
    message: string,
    /** 128 and the number of the signal, as shells have it. */
    readonly status: number,
  ) {
    super(message);
  }
}

const statuses = { SIGINT: 130, SIGTERM: 143 } as const;

/**
 * Runs work that heeds a signal. SIGINT or SIGTERM aborts it with an Interrupted whose message ends
 * in what `mend` says then. Work that ends of itself once it is aborted gives its result.
 */
export async function interruptible<T>(
  mend: () => string,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const stop = (name: keyof typeof statuses) => {
    const status = statuses[name];
    if (controller.signal.aborted) process.exit(status);
    controller.abort(new Interrupted(`stopped by ${name}: ${mend()}`, status));
  };
  const names = Object.keys(statuses) as (keyof typeof statuses)[];
  for (const name of names) process.on(name, stop);
  try {
    return await work(controller.signal);
  } finally {
    for (const name of names) process.off(name, stop);
  }
}
