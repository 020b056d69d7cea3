/** @file PyTorch as a peer, where a Python that has it is installed: a process that answers lines. */

import { execFile, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Contestant } from './timing.ts';

/** Debian's python3-torch belongs to the system's Python, which need not be the first in PATH. */
const interpreters = ['python3', '/usr/bin/python3'];

let found: Promise<string | undefined> | undefined;

/** A Python with PyTorch, if there is one. */
export function pythonWithTorch(): Promise<string | undefined> {
  found ??= (async () => {
    for (const python of interpreters) {
      const works = await promisify(execFile)(python, ['-c', 'import torch']).then(
        () => true,
        () => false,
      );
      if (works) return python;
    }
    return undefined;
  })();
  return found;
}

/** A process that was given a problem and answers each line by one. */
function torchProcess(python: string, script: string, problem: object) {
  const path = fileURLToPath(new URL(`torch/${script}`, import.meta.url));
  const child = spawn(python, [path], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  child.stdin.write(`${JSON.stringify(problem)}\n`);
  const ask = async (question: string): Promise<string> => {
    child.stdin.write(`${question}\n`);
    const { value, done } = await lines.next();
    if (done) throw new Error(`${script} ended`);
    return value;
  };
  return { ask, stop: () => void child.kill() };
}

/** A script of bench/torch, given a problem, that computes its numbers anew for each line. */
export function torchContestant(python: string, script: string, problem: object): Contestant {
  const start = async () => {
    const { ask, stop } = torchProcess(python, script, problem);
    let answer = '';
    return {
      run: async () => {
        answer = await ask('run');
      },
      read: () => JSON.parse(answer) as number[],
      stop,
    };
  };
  return { name: 'pytorch', start };
}

/** Bytes by which a process grows at most while it computes a problem three times. */
export async function torchPeak(python: string, script: string, problem: object): Promise<number> {
  const { ask, stop } = torchProcess(python, script, problem);
  for (let run = 0; run < 3; run++) await ask('run');
  const bytes = Number(await ask('peak'));
  stop();
  return bytes;
}
