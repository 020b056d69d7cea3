/** @file ADBench's text files: whitespace between numbers, sizes first (`docs/FileFormat.md`). */

import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { type Tensor, tensor } from '../../src/autodiff/index.ts';
import { UserError } from '../../src/errors.ts';
import type { MixtureData, MixtureParameters } from '../objectives/gaussian-mixture.ts';
import type { LstmData, LstmParameters } from '../objectives/lstm.ts';

/** An instance of one of ADBench's objectives. */
export type Instance =
  | { readonly kind: 'gmm'; readonly parameters: MixtureParameters; readonly data: MixtureData }
  | { readonly kind: 'lstm'; readonly parameters: LstmParameters; readonly data: LstmData };

const readers = { gmm: readMixture, lstm: readLstm } as const;

/**
 * Reads an instance; its kind is how the name of the file begins. Throws a UserError that names the
 * file where it is neither, or holds too few or too many numbers or something else.
 */
export async function readInstance(path: string): Promise<Instance> {
  const name = basename(path);
  const kind = (['gmm', 'lstm'] as const).find((each) => name.startsWith(each));
  if (!kind) {
    throw new UserError(`${path}: expected a name that begins with gmm or lstm, as ADBench's do`);
  }
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new UserError(`${path}: cannot be read (${error.code})`);
  });
  const numbers = new Numbers(path, text);
  const instance = readers[kind](numbers);
  numbers.end();
  return instance;
}

function readMixture(numbers: Numbers): Instance {
  const [d, k, n] = [numbers.size(), numbers.size(), numbers.size()];
  const alpha = numbers.tensor([k]);
  const mu = numbers.tensor([k, d]);
  const below = (d * (d - 1)) / 2;
  const factors = Array.from({ length: k }, () => numbers.take(d + below));
  const q = tensor(factors.map((row) => row.slice(0, d)));
  const l = tensor(Float64Array.from(factors.flatMap((row) => row.slice(d))), [k, below]);
  const x = numbers.points(n, d);
  const [gamma, m] = numbers.take(2);
  return { kind: 'gmm', parameters: { alpha, mu, q, l }, data: { x, gamma, m } };
}

function readLstm(numbers: Numbers): Instance {
  const [layers, characters, bits] = [numbers.size(), numbers.size(), numbers.size()];
  const main = numbers.tensor([2 * layers, 4 * bits]);
  const extra = numbers.tensor([3, bits]);
  const state = numbers.tensor([2 * layers, bits]);
  const sequence = Array.from({ length: characters }, () => numbers.tensor([bits]));
  return { kind: 'lstm', parameters: { main, extra }, data: { state, sequence } };
}

/** The numbers of a file, one after the other. */
class Numbers {
  private readonly words: readonly string[];
  private at = 0;

  constructor(
    private readonly path: string,
    text: string,
  ) {
    this.words = text.split(/\s+/).filter((word) => word !== '');
  }

  take(count: number): number[] {
    return Array.from({ length: count }, () => this.next());
  }

  size(): number {
    const size = this.next();
    if (Number.isInteger(size) && size >= 1) return size;
    throw new UserError(`${this.path}: expected a size from 1 at number ${this.at}, got ${size}`);
  }

  tensor(shape: readonly number[]): Tensor {
    const count = shape.reduce((product, size) => product * size, 1);
    return tensor(Float64Array.from(this.take(count)), [...shape]);
  }

  /** Points [n, d]; a file in which all are alike holds one, as ADBench's largest do. */
  points(n: number, d: number): Tensor {
    const left = this.words.length - this.at;
    if (left !== d + 2) return this.tensor([n, d]);
    const point = this.take(d);
    return tensor(Array.from({ length: n }, () => point));
  }

  end(): void {
    const left = this.words.length - this.at;
    if (left > 0) throw new UserError(`${this.path}: ${left} numbers are left over at its end`);
  }

  private next(): number {
    const word = this.words[this.at++];
    if (word === undefined) {
      throw new UserError(`${this.path}: ends after ${this.words.length} numbers, too few`);
    }
    const number = Number(word);
    if (Number.isFinite(number)) return number;
    throw new UserError(`${this.path}: expected a number at place ${this.at}, got ${word}`);
  }
}
