/** @file Runs a campaign in processes that may hang or die: the case at hand is then at fault. */

import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Campaign, Fault } from './campaign.ts';
import type { Order, Report } from './worker.ts';

/** What is known of a run so far: enough to go on after it was cut. */
export interface Progress {
  /** Blocks of cases that are done, by number. */
  readonly blocks: number[];
  readonly faults: Fault[];
}

/** How to run a campaign. */
export interface RunOptions {
  readonly seed: number;
  /** The number of cases; by default as many as the campaign has. */
  readonly count?: number;
  /** The first case; 0 by default. */
  readonly first?: number;
  readonly processes?: number;
  /** What an earlier run got to. */
  readonly progress?: Progress;
  /** Told after each case. */
  onCase?(tried: number, count: number): void;
  /** Told after each block what is done. */
  onBlock?(result: RunResult): void;
}

/** What a run found, so far or in all. */
export interface RunResult extends Progress {
  /** The cases that are done. */
  readonly tried: number;
}

/** Cases that one process tries in a row and that are tried again as one if it is cut off. */
const blockSize = 20;

/** Seconds that making the cases ready may take. */
const readySeconds = 600;

/** Runs a campaign. Faults come in the order of their cases. */
export async function runCampaign(campaign: Campaign, options: RunOptions): Promise<RunResult> {
  const { seed, first = 0, processes = 2 } = options;
  const progress = options.progress ?? { blocks: [], faults: [] };
  const done = new Set(progress.blocks);
  let total = options.count;
  let next = 0;
  let tried = 0;
  let finished = 0;
  const rangeOf = (block: number): Order => ({
    from: first + block * blockSize,
    to: first + Math.min((block + 1) * blockSize, total ?? 0),
  });
  const takeBlock = (): number | undefined => {
    while (next * blockSize < (total ?? 0)) {
      const block = next++;
      const { from, to } = rangeOf(block);
      if (!done.has(block)) return block;
      tried += to - from;
      finished += to - from;
    }
    return undefined;
  };
  /** Tries a block; a case that ends its process is at fault, and those after it come anew. */
  const tryBlock = async (worker: Worker, block: number): Promise<void> => {
    let { from, to } = rangeOf(block);
    const found: Fault[] = [];
    const onCase = () => {
      tried++;
      options.onCase?.(tried, total ?? 0);
    };
    while (from < to) {
      const { faults, deadly } = await worker.run({ from, to }, onCase);
      found.push(...faults);
      if (!deadly) break;
      found.push(deadly);
      onCase();
      from = deadly.index + 1;
      await worker.restart();
    }
    progress.faults.push(...found);
    progress.blocks.push(block);
    finished += rangeOf(block).to - rangeOf(block).from;
    options.onBlock?.({ ...progress, tried: finished });
  };
  const work = async (): Promise<void> => {
    const worker = await Worker.start(campaign, seed);
    total ??= worker.total;
    try {
      let triedBy = 0;
      for (let block = takeBlock(); block !== undefined; block = takeBlock()) {
        await tryBlock(worker, block);
        triedBy += blockSize;
        if (triedBy % campaign.casesOfProcess === 0) await worker.restart();
      }
    } finally {
      worker.end();
    }
  };
  await Promise.all(Array.from({ length: processes }, work));
  progress.faults.sort((a, b) => a.index - b.index);
  return { ...progress, tried };
}

/** A process that tries cases. */
class Worker {
  private child!: ChildProcess;
  private folder = '';
  total = 0;

  private constructor(
    private readonly campaign: Campaign,
    private readonly seed: number,
  ) {}

  static async start(campaign: Campaign, seed: number): Promise<Worker> {
    const worker = new Worker(campaign, seed);
    await worker.restart();
    return worker;
  }

  /** Ends the process, if there is one, and starts another. */
  async restart(): Promise<void> {
    this.end();
    const { name, module, heap } = this.campaign;
    this.folder = mkdtempSync(join(tmpdir(), `hypertape-${name}-`));
    const script = join(import.meta.dirname, 'worker.ts');
    this.child = fork(script, [module, name, this.folder, `${this.seed}`], {
      execArgv: ['--import', 'tsx', `--max-old-space-size=${heap}`],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const failure = await this.listen(readySeconds, (report) => {
      if (report.kind === 'ready') this.total = report.total;
      return report.kind === 'ready';
    });
    if (failure) throw new Error(`${name}: the cases could not be made ready: ${failure}`);
  }

  /** Tries cases; `deadly` is the one at which the process hung or died, if it did. */
  async run(order: Order, onCase: () => void): Promise<{ faults: Fault[]; deadly?: Fault }> {
    const faults: Fault[] = [];
    let current = { index: order.from, name: 'the first of a block' };
    this.child.send(order);
    const failure = await this.listen(this.campaign.seconds, (report) => {
      if (report.kind === 'begin') current = { index: report.index, name: report.name };
      if (report.kind !== 'end') return false;
      onCase();
      if (report.fault !== undefined) faults.push({ ...current, fault: report.fault });
      return report.index === order.to - 1;
    });
    return { faults, ...(failure !== undefined && { deadly: { ...current, fault: failure } }) };
  }

  end(): void {
    this.child?.kill('SIGKILL');
    if (this.folder !== '') rmSync(this.folder, { recursive: true, force: true });
  }

  /** Listens until `isLast`; returns why it ended before, or that it was silent for too long. */
  private listen(
    seconds: number,
    isLast: (report: Report) => boolean,
  ): Promise<string | undefined> {
    return new Promise((resolve) => {
      const { child } = this;
      // Counted in ticks, which stand still where the whole run is suspended.
      let silent = 0;
      const timer = setInterval(() => {
        if (++silent >= seconds) settle(`no end within ${seconds} s`);
      }, 1000);
      const settle = (failure?: string): void => {
        clearInterval(timer);
        child.off('message', onMessage).off('exit', onExit);
        resolve(failure);
      };
      const onExit = (status: number | null, signal: string | null): void =>
        settle(`the process ended with ${signal ?? `status ${status}`}`);
      const onMessage = (report: Report): void => {
        silent = 0;
        if (isLast(report)) settle();
      };
      child.on('message', onMessage).on('exit', onExit);
    });
  }
}
