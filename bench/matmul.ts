/** @file Matrix products in the three forms that training needs. */

import { matmul } from '../src/autodiff/index.ts';
import type { Benchmark } from './benchmark.ts';
import { normal, onJax, onSimd, onTfjs } from './contestants.ts';
import type { JaxArray, TfTensor } from './peers.ts';
import { compare } from './timing.ts';

type Form = 'NN' | 'NT' | 'TN';

/** Form and sizes: the product is `[m, n]`, summed over `k`. */
const products: readonly (readonly [form: Form, m: number, k: number, n: number])[] = [
  ['NN', 1000, 16, 300],
  ['NN', 512, 512, 512],
  ['NN', 1000, 1000, 1000],
  ['NN', 2048, 128, 14007],
  ['NT', 512, 512, 512],
  ['NT', 1000, 1000, 1000],
  ['NT', 2048, 128, 14007],
  ['TN', 512, 512, 512],
  ['TN', 1000, 1000, 1000],
  ['TN', 128, 14007, 128],
];

export const matmulBenchmark: Benchmark = {
  name: 'matmul',
  about: 'matrix products, N as stored, T transposed',
  unit: 'GFLOP/s',
  async *rows({ simd, tfjs, jax, runs }) {
    for (const [form, m, k, n] of products) {
      const transposeA = form === 'TN';
      const transposeB = form === 'NT';
      const a = transposeA ? normal(k, m) : normal(m, k);
      const b = transposeB ? normal(n, k) : normal(k, n);
      const work = { inputs: [a, b] };
      const contestants = [
        ...onSimd(simd, work, (x, y) => [matmul(x, y, { transposeA, transposeB })]),
        ...onTfjs(tfjs, work, ({ matMul }) => (x: TfTensor, y: TfTensor) => [
          matMul(x, y, transposeA, transposeB),
        ]),
        ...onJax(jax, work, ({ numpy: { matmul, matrixTranspose } }) => {
          const turned = (x: JaxArray, transposed: boolean) =>
            transposed ? matrixTranspose(x) : x;
          return (x, y) => [matmul(turned(x, transposeA), turned(y, transposeB))];
        }),
      ];
      const label = `${form} [${m} x ${k}] [${k} x ${n}]`;
      yield await compare({ label, work: 2 * m * k * n }, contestants, { rounds: runs });
    }
  },
};
