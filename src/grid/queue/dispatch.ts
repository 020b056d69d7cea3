/**
 * @file Runs cells by workers behind a queue. Whoever runs the grid keeps the store: inputs travel
 * to a worker with the job, its result comes back as the job's return value, and files go by their
 * digests through Redis. So no folder need be shared, only one process writes results, and a worker
 * that is lost or does a cell twice leaves no trace.
 */

import { Queue, QueueEvents } from 'bullmq';
import { Redis } from 'ioredis';
import { UserError } from '../../errors.ts';
import { Bell } from '../bell.ts';
import { shortId } from '../cell.ts';
import type { Executor, Outcome, Task } from '../executor.ts';
import { thisMachine } from '../record.ts';
import { getFiles, keepSeconds, putFile } from './blobs.ts';
import { connectionTo, prefix, queueName } from './connection.ts';
import { type CellJob, type CellReply, replySchema } from './messages.ts';

/** Milliseconds between two looks at a job, in case that its event was lost. */
const lookInterval = 5000;

/** How often a result may be gone before it is fetched. */
const lossLimit = 3;

/** An executor that hands cells to workers. */
export interface QueueExecutor extends Executor {
  /** Cells that wait for a worker, and workers that are there. */
  waiting(): Promise<{ readonly cells: number; readonly workers: number }>;
  close(): Promise<void>;
}

/** Opens the queue; see `queueExecutor`. */
export async function openQueue(
  url: string,
  onTrouble: (message: string) => void = () => {},
): Promise<QueueExecutor> {
  const connection = await connectionTo(url);
  const queue = new Queue<CellJob, CellReply>(queueName, { connection, prefix });
  const events = new QueueEvents(queueName, { connection, prefix });
  const redis = new Redis(url, { maxRetriesPerRequest: null });
  const tell = ({ message }: Error) => onTrouble(message);
  queue.on('error', tell);
  events.on('error', tell);
  redis.on('error', tell);
  await Promise.all([queue.waitUntilReady(), events.waitUntilReady()]);
  return new Dispatcher(queue, events, redis);
}

class Dispatcher implements QueueExecutor {
  readonly capacity = Number.POSITIVE_INFINITY;
  /** What to call when something happens to a job. */
  private readonly listeners = new Map<string, (event: 'active' | 'ended') => void>();

  constructor(
    private readonly queue: Queue<CellJob, CellReply>,
    private readonly events: QueueEvents,
    private readonly redis: Redis,
  ) {
    events.on('active', ({ jobId }) => this.listeners.get(jobId)?.('active'));
    for (const name of ['completed', 'failed'] as const) {
      events.on(name, ({ jobId }: { jobId: string }) => this.listeners.get(jobId)?.('ended'));
    }
  }

  /** Which cells a worker takes is the worker's to say. */
  refusal(): null {
    return null;
  }

  async waiting(): Promise<{ cells: number; workers: number }> {
    const [cells, workers] = [this.queue.getWaitingCount(), this.queue.getWorkersCount()];
    return { cells: await cells, workers: await workers };
  }

  async close(): Promise<void> {
    await this.events.close();
    await this.queue.close();
    this.redis.disconnect();
  }

  async run(task: Task, signal: AbortSignal, onStart: () => void): Promise<Outcome> {
    // A digest may consist of digits alone, and an id may not.
    const id = `cell-${task.id}`;
    await this.forgetFailure(id);
    const bell = new Bell();
    const ring = () => bell.ring();
    let begun = false;
    const begin = () => {
      begun = true;
      onStart();
    };
    // A worker may take the cell as soon as it is offered, or have it from an earlier run.
    this.listeners.set(id, (event) => (event === 'active' ? begin() : ring()));
    signal.addEventListener('abort', ring);
    try {
      for (let loss = 0; loss < lossLimit; loss++) {
        await this.offer(id, task);
        const state = await this.queue.getJobState(id);
        if (state === 'active' && !begun) begin();
        const reply = await this.ending(id, signal, bell);
        const outcome = reply && (await this.collect(reply, task.folder));
        if (outcome) return outcome;
        // The job or a file of its result is gone from Redis: it is to be done again.
        await this.queue.remove(id);
      }
    } finally {
      this.listeners.delete(id);
      signal.removeEventListener('abort', ring);
    }
    throw new UserError(
      `Redis lost ${lossLimit} results of ${task.kind} ${shortId(task.id)}: give it more memory and ` +
        'the policy maxmemory-policy noeviction',
    );
  }

  /** Puts the cell on the queue, unless it is there, or was done for an earlier run. */
  private async offer(id: string, task: Task): Promise<void> {
    const { folder: _, states: __, inputs, ...rest } = task;
    const sent: CellJob['inputs'] = {};
    for (const [name, { result, files }] of Object.entries(inputs)) {
      const digests: Record<string, string> = {};
      for (const [file, { path }] of Object.entries(files)) {
        digests[file] = await putFile(this.redis, path);
      }
      sent[name] = { result: result as CellJob['config'], files: digests };
    }
    const job = { ...rest, config: rest.config as CellJob['config'], inputs: sent };
    const age = keepSeconds / 2;
    await this.queue.add(task.kind, job, {
      jobId: id,
      removeOnComplete: { age },
      removeOnFail: { age },
    });
  }

  /** Waits until a job has ended. Null if it is gone. */
  private async ending(id: string, signal: AbortSignal, bell: Bell): Promise<CellReply | null> {
    for (;;) {
      signal.throwIfAborted();
      const state = await this.queue.getJobState(id);
      if (state === 'completed' || state === 'failed') return await this.replyOf(id);
      if (state === 'unknown') return null;
      await bell.heard(lookInterval);
    }
  }

  private async replyOf(id: string): Promise<CellReply | null> {
    const job = await this.queue.getJob(id);
    if (!job) return null;
    if (!job.failedReason) return replySchema.parse(job.returnvalue);
    // Failures of cells are replies. This one is the worker's.
    const message = `its worker could not do it: ${job.failedReason}`;
    return {
      message,
      details: job.stacktrace?.join('\n') ?? '',
      seconds: 0,
      machine: thisMachine(),
    };
  }

  private async collect(reply: CellReply, folder: string): Promise<Outcome | null> {
    if ('message' in reply) return reply;
    const paths = await getFiles(this.redis, reply.files, folder);
    return paths && { ...reply, files: Object.keys(reply.files) };
  }

  /** A cell that failed for an earlier run is done again for this one. */
  private async forgetFailure(id: string): Promise<void> {
    const job = await this.queue.getJob(id);
    const state = job ? await job.getState() : 'unknown';
    const reply = state === 'completed' && replySchema.safeParse(job?.returnvalue).data;
    const done = reply && 'result' in reply;
    if (state === 'failed' || (state === 'completed' && !done)) await this.queue.remove(id);
  }
}
