/** @file Peers that are programs: a process is given a problem, and answers lines. */

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Contestant } from './timing.ts';

/**
 * A program whose first line on stdin is a problem as JSON. It answers a line `run` when it has
 * computed the numbers anew, `read` by these numbers as JSON, and `peak` by the bytes by which it
 * grew at most since it read the problem; or it answers `error: ` and why.
 */
export interface PeerProgram {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Past so many seconds for one answer it is given up; default 120. */
  readonly patience?: number;
}

const failed = 'error: ';

/** A process that was given a problem and answers each line by one. */
function startProgram({ command, args, patience = 120 }: PeerProgram, problem: object) {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  const stop = () => void child.kill('SIGKILL');
  process.once('exit', stop);
  const end = new Promise<string>((resolve) => {
    let complaint = '';
    child.stderr.on('data', (text) => {
      complaint = `${complaint}${text}`.slice(-10_000);
    });
    child.once('error', ({ message }) => resolve(message));
    child.once('close', (code, signal) =>
      resolve(reasonOf(complaint) ?? `ended by ${signal ?? code}`),
    );
  });
  void end.then(() => process.off('exit', stop));
  // A process that ended reads no more, which its end tells.
  child.stdin.on('error', () => {});
  child.stdin.write(`${JSON.stringify(problem)}\n`);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async (question: string): Promise<string> => {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      stop();
    }, patience * 1e3);
    child.stdin.write(`${question}\n`);
    const { value, done } = await lines.next();
    clearTimeout(timer);
    if (late) throw new Error(`over ${patience} s`);
    if (done) throw new Error(await end);
    if (value.startsWith(failed)) throw new Error(value.slice(failed.length));
    return value;
  };
  return { ask, stop };
}

/** What a program that ended complained of. */
function reasonOf(complaint: string): string | undefined {
  if (/out of memory/i.test(complaint)) return 'out of memory';
  return complaint.trim().split('\n').at(-1) || undefined;
}

/** A program that computes its numbers anew for each run. */
export function programContestant(program: PeerProgram, problem: object): Contestant {
  const start = async () => {
    const { ask, stop } = startProgram(program, problem);
    return {
      run: async () => {
        await ask('run');
      },
      read: async () => JSON.parse(await ask('read')) as number[],
      stop,
    };
  };
  return { name: program.name, start };
}

/** Bytes by which a program grows at most while it computes a problem three times. */
export async function peakOf(program: PeerProgram, problem: object): Promise<number> {
  const { ask, stop } = startProgram(program, problem);
  try {
    for (let run = 0; run < 3; run++) await ask('run');
    return Number(await ask('peak'));
  } finally {
    stop();
  }
}
