/** @file A worker: takes cells from a queue and computes each in a process of its own. */

import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Job, WaitingError, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { UserError } from '../../errors.ts';
import { shortId } from '../cell.ts';
import { type Executor, type Outcome, succeeded, type Task, type TaskInput } from '../executor.ts';
import { type LocalOptions, localExecutor } from '../local/local.ts';
import { getFiles, putFile } from './blobs.ts';
import { connectionTo, prefix, queueName } from './connection.ts';
import { type CellJob, type CellReply, jobSchema } from './messages.ts';

/** How often a cell may be lost with its worker before it counts as failed. */
const lossLimit = 3;

/** How a worker works. */
export interface ServeOptions extends LocalOptions {
  /** Ends the worker: cells under way go back to the queue. */
  readonly signal: AbortSignal;
  /** Seconds after which another worker may take the cells of one that is silent. 30 by default. */
  readonly lockSeconds?: number;
  /** Told of cells that begin and end, and of trouble with the connection, a line each. */
  readonly onLine?: (line: string) => void;
}

/** Takes cells from the queue; see `serveQueue`. */
export async function serve(url: string, options: ServeOptions): Promise<void> {
  const { lockSeconds = 30, onLine = () => {} } = options;
  const connection = await connectionTo(url);
  const redis = new Redis(url, { maxRetriesPerRequest: null });
  const service = new CellService(localExecutor(options), redis, options);
  const worker = new Worker<CellJob, CellReply>(
    queueName,
    (job, token = '') => service.process(job, token),
    {
      connection,
      prefix,
      concurrency: service.executor.capacity,
      lockDuration: 1000 * lockSeconds,
      stalledInterval: (1000 * lockSeconds) / 2,
      maxStalledCount: lossLimit,
    },
  );
  const tell = ({ message }: Error) => onLine(message);
  worker.on('error', tell);
  redis.on('error', tell);
  // Another worker may have those now, and the queue would refuse a second result.
  worker.on('lockRenewalFailed', (ids) => service.giveUp(ids));
  await service.stopped;
  await worker.close();
  redis.disconnect();
  if (service.reason) throw service.reason;
}

class CellService {
  /** Why the service ends, where that is an error. */
  reason: UserError | null = null;
  readonly stopped: Promise<void>;
  private readonly stop = new AbortController();
  private readonly running = new Map<string, AbortController>();

  constructor(
    readonly executor: Executor,
    private readonly redis: Redis,
    private readonly options: ServeOptions,
  ) {
    const { signal } = options;
    const end = () => this.stop.abort(new Error('stopped'));
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
    this.stopped = new Promise((resolve) => {
      this.stop.signal.addEventListener('abort', () => resolve(), { once: true });
      if (this.stop.signal.aborted) resolve();
    });
  }

  /** Stops the cells of these jobs. */
  giveUp(ids: readonly string[]): void {
    for (const id of ids) this.running.get(id)?.abort(new Error('its lock was lost'));
  }

  async process(job: Job<CellJob, CellReply>, token: string): Promise<CellReply> {
    const cell = jobSchema.parse(job.data);
    const label = `${cell.kind} ${shortId(cell.id)}`;
    const refusal = this.executor.refusal({
      kind: { name: cell.kind, version: cell.version, run: () => null },
      config: cell.config,
    });
    if (refusal) {
      this.reason = new UserError(`${label} cannot run here: ${refusal}`);
      this.stop.abort(this.reason);
    }
    const own = new AbortController();
    this.running.set(job.id ?? '', own);
    const signal = AbortSignal.any([this.stop.signal, own.signal]);
    try {
      signal.throwIfAborted();
      return await this.compute(cell, label, signal);
    } catch (error) {
      if (!this.stop.signal.aborted) throw error;
      await job.moveToWait(token);
      throw new WaitingError();
    } finally {
      this.running.delete(job.id ?? '');
    }
  }

  private async compute(cell: CellJob, label: string, signal: AbortSignal): Promise<CellReply> {
    const { onLine = () => {} } = this.options;
    const folder = await mkdtemp(join(tmpdir(), 'hypertape-cell-'));
    try {
      const task = await this.taskOf(cell, folder);
      const outcome = await this.executor.run(task, signal, () => onLine(`${label} begins`));
      const end = succeeded(outcome) ? 'is done' : `failed: ${outcome.message}`;
      onLine(`${label} ${end}, ${outcome.seconds.toFixed(1)} s`);
      return await this.replyOf(outcome, task.folder);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  private async taskOf(cell: CellJob, root: string): Promise<Task> {
    const inputs: Record<string, TaskInput> = {};
    for (const [i, [name, { result, files }]] of Object.entries(cell.inputs).entries()) {
      const folder = join(root, `input-${i}`);
      await mkdir(folder);
      const paths = await getFiles(this.redis, files, folder);
      if (paths === null) throw new UserError(`files of its input ${name} are gone from Redis`);
      const entries = Object.entries(files).map(([file, digest]) => {
        return [file, { path: paths[file], digest }];
      });
      inputs[name] = { result, files: Object.fromEntries(entries) };
    }
    const folder = join(root, 'result');
    await mkdir(folder);
    // Another worker may run it again: what is done so far stays on this machine for this run alone.
    return { ...cell, inputs, folder, states: join(root, 'states') };
  }

  private async replyOf(outcome: Outcome, folder: string): Promise<CellReply> {
    if (!succeeded(outcome)) return outcome;
    const files: Record<string, string> = {};
    for (const name of outcome.files) files[name] = await putFile(this.redis, join(folder, name));
    return { ...outcome, result: outcome.result as CellJob['config'], files };
  }
}
