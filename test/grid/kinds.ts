/** @file Kinds of cells for the tests: numbers, sums of them, work of some seconds, crashes. */

import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { CellKind } from '../../src/grid/index.ts';

/** Tells the test which cells really ran: a line each, in the file that this variable names. */
function log(line: string): void {
  const path = process.env.GRID_TEST_LOG;
  if (path) appendFileSync(path, `${line}\n`);
}

interface NumberConfig {
  readonly value: number;
  /** Data that it says it reads. */
  readonly digest?: string;
  /** Bytes that it says it needs. */
  readonly bytes?: number;
  /** Seconds that it waits. */
  readonly wait?: number;
}

/** Gives its number, and writes it to a file. */
export const number: CellKind<NumberConfig, { value: number }> = {
  name: 'number',
  version: 1,
  describe: ({ value }) => `the number ${value}`,
  memory: ({ bytes = 0 }) => bytes,
  data: ({ digest }) => (digest ? [digest] : []),
  async run({ value, digest, wait = 0 }, _inputs, context) {
    log(`begin number ${value}`);
    await pause(1000 * wait);
    if (digest) log(`data ${context.data(digest)}`);
    writeFileSync(context.file('number.txt'), `number ${value}\n`);
    log(`end number ${value}`);
    return { value };
  },
};

/** Adds the numbers of its inputs, and their files. */
export const sum: CellKind<{ scale: number }, { value: number; text: string }> = {
  name: 'sum',
  version: 2,
  run({ scale }, inputs, context) {
    const numbers = Object.values(inputs).map(({ result }) => (result as { value: number }).value);
    const value = scale * numbers.reduce((total, each) => total + each, 0);
    const texts = Object.keys(inputs)
      .sort()
      .map((name) => readFileSync(inputs[name].file('number.txt'), 'utf8'));
    writeFileSync(context.file('number.txt'), `sum ${value} of\n${texts.join('')}`);
    log(`sum ${value}`);
    return { value, text: texts.join('') };
  },
};

/** Computes without a pause: a process that does this hears nothing until it is done. */
export const work: CellKind<{ steps: number; seed: number }, { state: number; seed: number }> = {
  name: 'work',
  version: 1,
  run({ steps, seed }) {
    log(`begin work ${seed} ${process.pid} of ${process.ppid}`);
    let state = seed;
    for (let step = 0; step < steps; step++) state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    log(`end work ${seed}`);
    return { state, seed };
  },
};

/** Fails in a way of its choice, until a file is there. */
export const crash: CellKind<{ how: 'throw' | 'exit' | 'kill' | 'not-json' | 'no-file' }> = {
  name: 'crash',
  version: 1,
  async run({ how }, _inputs, context) {
    log(`crash ${how}`);
    if (existsSync(process.env.GRID_TEST_CURE ?? '')) {
      writeFileSync(context.file('number.txt'), 'cured\n');
      return { value: 0 };
    }
    console.error('last words');
    if (how === 'throw') throw new Error('it was to fail');
    if (how === 'exit') process.exit(3);
    if (how === 'kill') process.kill(process.pid, 'SIGKILL');
    if (how === 'no-file') context.file('number.txt');
    return { value: how === 'not-json' ? Number.NaN : 0 };
  },
};

/** Counts, keeping how far it is; the first run that comes to `end` is killed there. */
export const steps: CellKind<{ to: number; end: number }, { value: number }> = {
  name: 'steps',
  version: 1,
  run({ to, end }, _inputs, context) {
    const path = context.state('count.txt');
    const from = existsSync(path) ? Number(readFileSync(path, 'utf8')) : 0;
    context.spent(from);
    log(`count from ${from}`);
    for (let i = from; i < to; i++) {
      if (i === end && from === 0) process.kill(process.pid, 'SIGKILL');
      writeFileSync(path, `${i + 1}`);
    }
    return { value: to };
  },
};

/** All of them. */
export const kinds: readonly CellKind[] = [number, sum, work, crash, steps];
