/** @file The process that computes one cell. */

import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { UserError } from '../../errors.ts';
import type { Outcome, Task } from '../executor.ts';
import { canonicalJson, type Json } from '../json.ts';
import { type CellContext, type CellInput, type CellKind, kindOf } from '../kind.ts';
import { thisMachine } from '../record.ts';
import type { Failure } from '../store.ts';
import type { Order, Reply } from './messages.ts';

/** Characters that a result may have. Larger things are files. */
const resultLimit = 1e6;

/**
 * A thread that ends the process once its runner is gone. The process itself may be busy for
 * minutes and hear nothing; without this it would compute on for nobody.
 */
const watchdog = `
  const { workerData: runner } = require('node:worker_threads');
  setInterval(() => {
    try {
      process.kill(runner, 0);
      if (process.ppid === runner) return;
    } catch {}
    process.kill(process.pid, 'SIGKILL');
  }, 500);
`;

/**
 * Makes this process compute the one cell that its parent sends, and end: it does not return. It is
 * the whole of the program that `localExecutor` starts. Throws a UserError where nobody has started
 * it so.
 */
export async function answerCell(kinds: readonly CellKind[]): Promise<never> {
  if (!process.send) {
    throw new UserError('this program computes a cell for the grid that starts it: run the grid');
  }
  // Of a Ctrl-C the runner decides what it means.
  process.on('SIGINT', () => {});
  process.on('disconnect', () => process.exit(1));
  process.once('message', async (order: Order) => {
    new Worker(watchdog, { eval: true, workerData: order.runner, execArgv: [] }).unref();
    say(await compute(kinds, order), () => process.exit(0));
  });
  say('ready');
  return new Promise(() => {});
}

function say(reply: Reply, then: () => void = () => {}): void {
  process.send?.(reply, undefined, undefined, then);
}

async function compute(kinds: readonly CellKind[], order: Order): Promise<Outcome> {
  const { task } = order;
  const names: string[] = [];
  let began = performance.now();
  const spent = (seconds: number): void => {
    began -= 1000 * seconds;
  };
  try {
    const kind = kindOf(kinds, task.kind);
    if (kind.version !== task.version) {
      throw new UserError(`${task.kind}: this program has version ${kind.version} of it`);
    }
    const value = await kind.run(task.config, inputsOf(task), {
      ...contextOf(order, names),
      spent,
    });
    const seconds = (performance.now() - began) / 1000;
    const result = plainResult(value);
    for (const name of names) {
      if (existsSync(join(task.folder, name))) continue;
      throw new UserError(`${task.kind} did not write its file ${name}`);
    }
    return { result, files: names, seconds, machine: thisMachine() };
  } catch (error) {
    return failureOf(error, (performance.now() - began) / 1000);
  }
}

function plainResult(value: unknown): Json {
  const text = canonicalJson(value, 'result');
  if (text.length <= resultLimit) return JSON.parse(text);
  throw new UserError(
    `the result has ${text.length} characters, more than ${resultLimit}: write it to a file`,
  );
}

function failureOf(error: unknown, seconds: number): Failure {
  const known = error instanceof Error;
  return {
    message: known ? error.message : String(error),
    details: known ? (error.stack ?? '') : '',
    seconds,
    machine: thisMachine(),
  };
}

function inputsOf({ kind, inputs }: Task): { readonly [name: string]: CellInput } {
  const entries = Object.entries(inputs).map(([name, { result, files }]) => {
    const file = (wanted: string): string => {
      if (Object.hasOwn(files, wanted)) return files[wanted].path;
      const there = Object.keys(files).join(', ') || 'none';
      throw new UserError(`${kind}: the input ${name} has no file ${wanted}: it has ${there}`);
    };
    return [name, { result, file }];
  });
  return Object.fromEntries(entries);
}

function contextOf({ task, threads, data }: Order, names: string[]): Omit<CellContext, 'spent'> {
  return {
    threads,
    data: (digest) => {
      if (Object.hasOwn(data, digest)) return data[digest];
      throw new UserError(`${task.kind} reads data with the digest ${digest}, which is not here`);
    },
    file: (name) => {
      expectFileName(task.kind, name);
      if (!names.includes(name)) names.push(name);
      return join(task.folder, name);
    },
    state: (name) => {
      expectFileName(task.kind, name);
      mkdirSync(task.states, { recursive: true });
      return join(task.states, name);
    },
  };
}

function expectFileName(kind: string, name: string): void {
  if (/^[a-z0-9_-]+\.[a-z0-9.]+$/i.test(name)) return;
  throw new UserError(`${kind}: a file is named like fakes.npz, not ${name}`);
}
