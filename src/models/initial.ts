/** @file Where factors start. */

import { type Tensor, tensor } from '../autodiff/index.ts';
import { random } from '../data/random.ts';

/** Draws tables `[rows, length]` of normal numbers, each from a generator of its own label. */
export function normalTables(deviation: number, seed: number) {
  return (label: string, rows: number, length: number): Tensor => {
    const generator = random(seed).fork(label);
    const host = new Float64Array(rows * length);
    for (let i = 0; i < host.length; i++) host[i] = deviation * generator.normal();
    return tensor(host, [rows, length]);
  };
}
