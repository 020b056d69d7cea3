/**
 * @file Runs cells on this machine, each in a process of its own: its memory returns when it ends,
 * and one that crashes or is killed takes nothing else along.
 */

import { type ChildProcess, fork } from 'node:child_process';
import { availableParallelism, totalmem } from 'node:os';
import type { Cell } from '../cell.ts';
import type { Executor, Outcome } from '../executor.ts';
import { type CellKind, kindOf } from '../kind.ts';
import { thisMachine } from '../record.ts';
import { Memory } from './memory.ts';
import type { Order, Reply } from './messages.ts';

/** A program that computes a cell: it calls `answerCell` with the kinds, and nothing else. */
export interface Program {
  readonly module: string | URL;
  readonly args?: readonly string[];
  /** Options of Node's own. By default those of this process. */
  readonly execArgv?: readonly string[];
}

/** How cells are run on this machine. */
export interface LocalOptions {
  /** The program that computes a cell. */
  readonly program: Program;
  readonly kinds: readonly CellKind[];
  /** Cells at once. By default half of the cores. */
  readonly jobs?: number;
  /** Threads of each cell. By default the cores are shared out. */
  readonly threads?: number;
  /** Bytes for the cells that say how much they need. By default 80 % of the machine's memory. */
  readonly memory?: number;
  /** The folders of the data, by digest. */
  readonly data?: { readonly [digest: string]: string };
}

/** Half of the cores, at least one. */
export const defaultJobs = (): number => Math.max(1, Math.floor(availableParallelism() / 2));

/** Bytes that this process and its children may have: the machine's, or its container's. */
function machineMemory(): number {
  const limit = process.constrainedMemory?.() ?? 0;
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}

/** Characters of a process's output that are kept for the message of a failure. */
const outputLimit = 4000;

/** Milliseconds that a process is given to end when it is asked to. */
const grace = 2000;

/** An executor of child processes. */
export function localExecutor(options: LocalOptions): Executor {
  const { kinds, jobs = defaultJobs(), data = {} } = options;
  const memory = new Memory(options.memory ?? 0.8 * machineMemory());
  const threads = options.threads ?? Math.max(1, Math.floor(availableParallelism() / jobs));
  return {
    capacity: jobs,
    refusal: ({ kind, config }) => refusalOf(kind, config, { kinds, data, memory }),
    run: async (task, signal, onStart) => {
      const need = kindOf(kinds, task.kind).memory?.(task.config) ?? 0;
      const giveBack = await memory.take(need, signal);
      try {
        onStart();
        return await runProcess(options, { task, threads, data, runner: process.pid }, signal);
      } finally {
        giveBack();
      }
    },
  };
}

/** Why a cell cannot run on a machine with these kinds, data and memory; null if it can. */
function refusalOf(
  { name, version }: Pick<CellKind, 'name' | 'version'>,
  config: Cell['config'],
  here: { kinds: readonly CellKind[]; data: { readonly [digest: string]: string }; memory: Memory },
): string | null {
  const kind = here.kinds.find((each) => each.name === name);
  if (kind?.version !== version) {
    const there = kind ? `version ${kind.version}` : 'none';
    return `it is of version ${version} of the kind ${name}, and here is ${there}: update`;
  }
  for (const digest of kind.data?.(config) ?? []) {
    if (Object.hasOwn(here.data, digest)) continue;
    const others = Object.entries(here.data).map(([other, path]) => `${path} has ${other}`);
    const there = others.join(', ') || 'there is none';
    return `it reads data with the digest ${digest}, and ${there}: name the folder of those data`;
  }
  const need = kind.memory?.(config) ?? 0;
  if (need <= here.memory.bytes) return null;
  const [wanted, most] = [need, here.memory.bytes].map((bytes) => `${(bytes / 1e9).toFixed(2)} GB`);
  return `it needs ${wanted} of memory, and cells may have ${most}: allow more, or take another machine`;
}

/** Starts the process, sends it the cell, and waits for its end. */
async function runProcess(
  { program: { module, args = [], execArgv } }: LocalOptions,
  order: Order,
  signal: AbortSignal,
): Promise<Outcome> {
  signal.throwIfAborted();
  const began = performance.now();
  // A group of its own, so that a Ctrl-C on the terminal reaches the runner alone.
  const child = fork(module, args, {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    execArgv: [...(execArgv ?? process.execArgv)],
    detached: process.platform !== 'win32',
  });
  const stop = () => end(child);
  signal.addEventListener('abort', stop);
  const output = tailOf(child);
  let outcome: Outcome | null = null;
  child.on('message', (reply: Reply) => {
    if (reply !== 'ready') outcome = reply;
    // It may be gone again: then its end tells why.
    else child.send(order, () => {});
  });
  const reason = await ending(child);
  signal.removeEventListener('abort', stop);
  if (outcome) return withOutput(outcome, output());
  signal.throwIfAborted();
  return {
    message: `its process ended ${reason} before the cell was done`,
    details: output(),
    seconds: (performance.now() - began) / 1000,
    machine: thisMachine(),
  };
}

const withOutput = (outcome: Outcome, output: string): Outcome =>
  'message' in outcome
    ? { ...outcome, details: [outcome.details, output].filter(Boolean).join('\n') }
    : outcome;

/** Waits until a process has ended and all that it wrote is read. */
const ending = (child: ChildProcess): Promise<string> =>
  new Promise((resolve) => {
    child.on('error', (error) => resolve(`with an error (${error.message})`));
    child.on('close', (status, signal) => resolve(signal ? `by ${signal}` : `with ${status}`));
  });

/** Keeps the end of what a process prints. */
function tailOf({ stdout, stderr }: ChildProcess): () => string {
  let text = '';
  for (const stream of [stdout, stderr]) {
    stream?.setEncoding('utf8').on('data', (part: string) => {
      text = (text + part).slice(-outputLimit);
    });
  }
  return () => text.trim();
}

function end(child: ChildProcess): void {
  child.kill('SIGTERM');
  setTimeout(() => child.kill('SIGKILL'), grace).unref();
}
