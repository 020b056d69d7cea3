/** @file The campaign `files`: every file that a reader takes, mutated. */

import { writeFileSync } from 'node:fs';
import { UserError } from '../../../src/errors.ts';
import type { Campaign } from '../campaign.ts';
import { Refused } from '../command.ts';
import { giant } from './giants.ts';
import { flipped, type Mutant, mutate, truncated } from './mutation.ts';
import type { Subject } from './subject.ts';
import { makeSubjects } from './subjects.ts';

/** Seconds of computing that a reader may take for a small file. */
const secondsOfCase = 1;

/** Megabytes by which a process may grow at a case. */
const growth = 256;

/** Every fourth case draws a mutation of the structure; the others go through all offsets. */
const everyNth = 4;

/** Every so many cases a file is replaced by one that is huge, or says so. */
const everyGiant = 200;

/** A step through all offsets that meets each once and spreads those of one file. */
const stride = 15_485_863;

/** Every file that a reader takes, mutated. */
export const files: Campaign = {
  name: 'files',
  module: import.meta.url,
  tries:
    'Small files of every kind that is read (each layout of each format, data folders, models, ' +
    'fake users, the state of runs, fixtures), cut off and with a bit turned at every byte, and ' +
    'with lines, fields, JSON values, arrays and headers changed',
  oracle:
    'the result of the whole file, that of a small reading apart from the program, or one line ' +
    'that names the file; within a second of computing and 256 MB',
  short: 400,
  seconds: 20,
  heap: 400,
  casesOfProcess: 2000,
  open: async (folder, seed) => {
    const subjects = await makeSubjects(folder);
    const whole = new Map<Subject, string>();
    for (const subject of subjects) whole.set(subject, await wholeResult(subject));
    const offsets = subjects.reduce((sum, { bytes }) => sum + 2 * bytes.length, 0);
    const mutantOf = (index: number): [Subject, Mutant] => {
      const round = Math.floor(index / everyNth);
      if (index % everyGiant === everyGiant - 2) {
        const number = Math.floor(index / everyGiant) + seed - 1;
        const subject = subjects[number % subjects.length];
        const turn = Math.floor(number / subjects.length);
        return [subject, giant(subject.kind, subject.bytes, turn)];
      }
      if (index % everyNth === everyNth - 1) {
        const subject = subjects[round % subjects.length];
        const drawn = (Math.imul(seed, 7919) + round) & 0x7fffffff;
        return [subject, mutate(subject.kind, subject.bytes, drawn)];
      }
      const number = round * (everyNth - 1) + (index % everyNth) + seed;
      return atOffset(
        subjects,
        Number((BigInt(number) * BigInt(stride)) % BigInt(offsets)),
        number,
      );
    };
    return {
      total: Math.ceil((offsets * everyNth) / (everyNth - 1)),
      name: (index) => {
        const [{ name }, { how }] = mutantOf(index);
        return `${name}: ${how}`;
      },
      run: async (index) => {
        const [subject, mutant] = mutantOf(index);
        writeFileSync(subject.path, mutant.bytes);
        try {
          return await judge(subject, mutant, whole.get(subject) ?? '');
        } finally {
          writeFileSync(subject.path, subject.bytes);
        }
      },
    };
  },
};

/** The result of the whole file, which the reading apart from the program must give too. */
async function wholeResult(subject: Subject): Promise<string> {
  const result = await subject.read();
  const right = subject.right?.(subject.bytes);
  if (right !== undefined && right !== 'open' && right !== result) {
    throw new Error(`${subject.name}: the whole file gives ${result}, not ${right}`);
  }
  return result;
}

/** A cut or a turned bit at the n-th byte of all. */
function atOffset(subjects: readonly Subject[], n: number, draw: number): [Subject, Mutant] {
  let rest = n;
  for (const subject of subjects) {
    const { bytes } = subject;
    if (rest < bytes.length) return [subject, truncated(bytes, rest)];
    rest -= bytes.length;
    if (rest < bytes.length) return [subject, flipped(bytes, rest, draw % 8)];
    rest -= bytes.length;
  }
  throw new RangeError(`there is no byte ${n}`);
}

async function judge(subject: Subject, mutant: Mutant, whole: string): Promise<string | undefined> {
  const before = { cpu: process.cpuUsage(), peak: process.resourceUsage().maxRSS };
  let verdict: string | undefined;
  try {
    verdict = judgeResult(subject, mutant, whole, await subject.read());
  } catch (error) {
    verdict = judgeError(subject, error);
  }
  const { user, system } = process.cpuUsage(before.cpu);
  const seconds = (user + system) / 1e6;
  const megabytes = (process.resourceUsage().maxRSS - before.peak) / 1024;
  if (verdict !== undefined) return verdict;
  if (seconds > secondsOfCase) return `took ${seconds.toFixed(1)} s of computing`;
  return megabytes > growth ? `took ${megabytes.toFixed(0)} MB` : undefined;
}

function judgeResult(
  { right }: Subject,
  { bytes, other }: Mutant,
  whole: string,
  got: string,
): string | undefined {
  if (right) {
    const expected = right(bytes);
    if (expected === got || expected === 'open') return undefined;
    if (expected === undefined) return `was read, though it is malformed: ${excerpt(got)}`;
    return `gave ${excerpt(got, expected)}, where ${excerpt(expected, got)} is right`;
  }
  if (got === whole) return undefined;
  // What is whole and says something else must still give as many numbers, all of them finite.
  if (other && got.split('null').length === whole.split('null').length) return undefined;
  return `gave other numbers without a word: ${excerpt(got, whole)}, before ${excerpt(whole, got)}`;
}

/** A text from where it differs from another. */
function excerpt(text: string, other = ''): string {
  let start = 0;
  while (start < text.length && text[start] === other[start]) start++;
  return JSON.stringify(text.slice(Math.max(0, start - 30), start + 60));
}

function judgeError({ named }: Subject, error: unknown): string | undefined {
  const isRefusal = error instanceof UserError || error instanceof Refused;
  const text = error instanceof Error ? error.message : String(error);
  if (!isRefusal) return `ended with ${error instanceof Error ? error.stack : text}`;
  if (text.includes('\n')) return `more than one line: ${text}`;
  return text.includes(named) ? undefined : `does not name ${named}: ${text}`;
}
