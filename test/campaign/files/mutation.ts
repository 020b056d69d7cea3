/** @file Mutations of files: bytes anywhere, lines and fields of text, values of JSON, arrays of .npz. */

import fc from 'fast-check';
import { mutateJson } from './json.ts';
import { mutateNpz } from './npz.ts';
import { mutateText } from './text.ts';

/** What a file is made of. */
export type FileKind = 'text' | 'json' | 'npz' | 'gzip';

/** A mutated file. */
export interface Mutant {
  readonly bytes: Uint8Array;
  /** What was done to the file. */
  readonly how: string;
  /** The file is whole and says something else: another result may be right. */
  readonly other: boolean;
}

/** A step of a mutation: what it does, where (modulo what is there), and with which of the values. */
export interface Step {
  readonly op: number;
  readonly a: number;
  readonly b: number;
  readonly value: number;
}

const number = fc.nat(2 ** 31 - 1);
const steps = fc.noBias(
  fc.array(fc.record({ op: number, a: number, b: number, value: number }), {
    minLength: 1,
    maxLength: 3,
  }),
);

const mutators = { text: mutateText, json: mutateJson, npz: mutateNpz, gzip: mutateBytes };

/** A mutation of the structure of a file, drawn by the seed. */
export function mutate(kind: FileKind, bytes: Uint8Array, seed: number): Mutant {
  const [drawn] = fc.sample(steps, { seed, numRuns: 1 });
  // A quarter is done to bytes whatever they mean.
  return (seed % 4 === 0 ? mutateBytes : mutators[kind])(bytes, drawn);
}

/** The file cut off before a byte. */
export const truncated = (bytes: Uint8Array, length: number): Mutant => ({
  bytes: Uint8Array.from(bytes.subarray(0, length)),
  how: `cut to ${length} of ${bytes.length} bytes`,
  other: false,
});

/** The file with a bit turned. */
export function flipped(bytes: Uint8Array, at: number, bit: number): Mutant {
  const result = Uint8Array.from(bytes);
  result[at] ^= 1 << bit;
  return { bytes: result, how: `bit ${bit} of byte ${at} turned`, other: false };
}

const byteOps: readonly ((bytes: number[], step: Step) => string)[] = [
  (bytes, { a, value }) => {
    bytes[a % bytes.length] = value % 256;
    return `byte ${a % bytes.length} set to ${value % 256}`;
  },
  (bytes, { a, value }) => {
    bytes.splice(a % bytes.length, 0, value % 256);
    return `byte ${value % 256} put before ${a % bytes.length}`;
  },
  (bytes, { a, b }) => {
    const count = 1 + (b % 8);
    bytes.splice(a % bytes.length, count);
    return `${count} bytes from ${a % bytes.length} taken out`;
  },
  (bytes, { a, b }) => {
    const [from, to] = [a % bytes.length, b % bytes.length].sort((x, y) => x - y);
    bytes.splice(to, 0, ...bytes.slice(from, to));
    return `bytes ${from} to ${to} doubled`;
  },
  (bytes, { a, b }) => {
    const [i, j] = [a % bytes.length, b % bytes.length];
    [bytes[i], bytes[j]] = [bytes[j], bytes[i]];
    return `bytes ${i} and ${j} swapped`;
  },
  (bytes, { a, b }) => {
    bytes.push(...Array.from({ length: 1 + (a % 40) }, (_, i) => (b >> (i % 23)) & 255));
    return `${1 + (a % 40)} bytes put behind`;
  },
];

function mutateBytes(bytes: Uint8Array, drawn: readonly Step[]): Mutant {
  const result = [...bytes];
  const how = drawn.map((step) =>
    result.length === 0 ? 'nothing' : byteOps[step.op % byteOps.length](result, step),
  );
  return { bytes: Uint8Array.from(result), how: how.join('; '), other: false };
}
