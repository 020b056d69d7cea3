/** @file Products over a sparse pattern of Gowalla's size, beside plain JavaScript. */

import { sddmm, sparsePattern, spmm, type Tensor } from '../src/autodiff/index.ts';
import { random } from '../src/data/random.ts';
import type { Benchmark } from './benchmark.ts';
import { type Input, normal, onSimd } from './contestants.ts';
import { type Contestant, compare } from './timing.ts';

const [rows, columns, entries, factors] = [13149, 14007, 428701, 128];

/** Entries at random columns, as many in each row. */
function randomMatrix() {
  const generator = random(1).fork('sparse');
  const indptr = Int32Array.from({ length: rows + 1 }, (_, r) => Math.round((entries * r) / rows));
  const indices = Int32Array.from({ length: entries }, () => generator.integer(columns));
  return { rows, columns, indptr, indices };
}

type Matrix = ReturnType<typeof randomMatrix>;

const plain = (size: number, run: (out: Float32Array) => void): Contestant => ({
  name: 'plain JavaScript',
  start: async () => {
    const out = new Float32Array(size);
    return { run: () => run(out), read: () => out, stop: () => {} };
  },
});

const plainSddmm = ({ indptr, indices }: Matrix, { data: p }: Input, { data: q }: Input) =>
  plain(entries, (out) => {
    for (let row = 0; row < rows; row++) {
      for (let e = indptr[row]; e < indptr[row + 1]; e++) {
        const [from, to] = [row * factors, indices[e] * factors];
        let sum = 0;
        for (let k = 0; k < factors; k++) sum += p[from + k] * q[to + k];
        out[e] = sum;
      }
    }
  });

const plainSpmm = ({ indptr, indices }: Matrix, { data: v }: Input, { data: q }: Input) =>
  plain(rows * factors, (out) => {
    out.fill(0);
    for (let row = 0; row < rows; row++) {
      for (let e = indptr[row]; e < indptr[row + 1]; e++) {
        const [to, from] = [row * factors, indices[e] * factors];
        for (let k = 0; k < factors; k++) out[to + k] += v[e] * q[from + k];
      }
    }
  });

export const sparseBenchmark: Benchmark = {
  name: 'sparse',
  about: `${entries} entries in ${rows} x ${columns}, K ${factors}; the peers have no such kernel`,
  unit: 'GFLOP/s',
  async *rows({ simd, runs }) {
    const matrix = randomMatrix();
    const pattern = sparsePattern(matrix);
    const names = ['rowStart', 'row', 'column', 'columnStart', 'order', 'rowByColumn'] as const;
    const parts = names.map((name) => pattern[name]);
    const patternOf = (given: Tensor[]) =>
      Object.fromEntries(names.map((name, i) => [name, given[i]])) as typeof pattern;
    const [p, q, v] = [normal(rows, factors), normal(columns, factors), normal(entries)];
    const work = 2 * entries * factors;
    const product = (x: Tensor, y: Tensor, ...at: Tensor[]) => [spmm(patternOf(at), x, y)];
    yield await compare(
      { label: 'spmm', work },
      [...onSimd(simd, { inputs: [v, q] }, product, parts), plainSpmm(matrix, v, q)],
      { rounds: runs },
    );
    const sampled = (x: Tensor, y: Tensor, ...at: Tensor[]) => [sddmm(patternOf(at), x, y)];
    yield await compare(
      { label: 'sddmm', work },
      [...onSimd(simd, { inputs: [p, q] }, sampled, parts), plainSddmm(matrix, p, q)],
      { rounds: runs },
    );
  },
};
