/** @file What a benchmark is given and what it gives back. */

import type { Device } from '../src/autodiff/index.ts';
import type { Jax, Tfjs } from './peers.ts';
import type { Row } from './timing.ts';
import type { Torch } from './torch.ts';

export interface Context {
  /** The `simd` device on one thread and, unless that is all, on several. */
  readonly simd: readonly SimdDevice[];
  /** Peers, where they are installed. */
  readonly tfjs?: Tfjs;
  readonly jax?: Jax;
  readonly torch?: Torch;
  readonly threads: number;
  readonly runs: number;
  /** Folder of the Gowalla data, if one is named. */
  readonly data?: string;
}

export interface SimdDevice {
  readonly name: string;
  readonly device: Device;
}

export interface Benchmark {
  readonly name: string;
  readonly about: string;
  /** Of the rates, work per second; without it the table is in milliseconds. */
  readonly unit?: 'GFLOP/s' | 'GB/s';
  /** One row after the other, each printed once it is measured; throws `Skipped`. */
  rows(context: Context): AsyncIterable<Row>;
}

/** A benchmark cannot run here, and says why. */
export class Skipped extends Error {
  override name = 'Skipped';
}
