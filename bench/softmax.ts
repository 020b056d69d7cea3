/** @file Log-softmax by rows, of the scores of a batch of users for all items of Gowalla. */

import { logSoftmax } from '../src/autodiff/index.ts';
import type { Benchmark } from './benchmark.ts';
import { normal, onJax, onSimd, onTfjs } from './contestants.ts';
import { compare } from './timing.ts';

export const softmaxBenchmark: Benchmark = {
  name: 'softmax',
  about: 'log-softmax by rows',
  async *rows({ simd, tfjs, jax, runs }) {
    const work = { inputs: [normal(512, 14007)] };
    const contestants = [
      ...onSimd(simd, work, (x) => [logSoftmax(x)]),
      ...onTfjs(tfjs, work, ({ logSoftmax }) => (x) => [logSoftmax(x)]),
      ...onJax(jax, work, ({ nn }) => (x) => [nn.logSoftmax(x)]),
    ];
    yield await compare({ label: '[512 x 14007]' }, contestants, { rounds: runs });
  },
};
