/** @file Hypergradients of many small steps: what replaying a step costs beside its kernels. */

import { type Device, exact, hypergradient, readAll, release } from '../src/autodiff/index.ts';
import {
  columns,
  type DataTensors,
  drawData,
  learningRate,
  logisticRegression,
  rows,
  tensorsOf,
} from '../src/eval/problems/logistic-regression.ts';
import type { Benchmark } from './benchmark.ts';
import { programContestant } from './programs.ts';
import { type Contestant, compare } from './timing.ts';
import { torchProgram } from './torch.ts';

/** A further call: the problem is made, traced and differentiated anew; programs are there. */
function onDevice(name: string, device: Device, data: DataTensors, steps: number): Contestant {
  const method = steps > 1000 ? exact({ checkpoints: 100 }) : exact();
  const start = async () => {
    let numbers: ArrayLike<number> = [];
    return {
      run: async () => {
        const { problem } = logisticRegression(data, steps);
        const { gradient, state } = await hypergradient(problem, { device, method });
        [numbers] = await readAll(gradient, { device });
        release([gradient, state]);
      },
      read: () => numbers,
      stop: () => {},
    };
  };
  return { name, start };
}

export const replayBenchmark: Benchmark = {
  name: 'replay',
  about: `exact hypergradients of logistic regression, ${rows} x ${columns}, gradient descent`,
  async *rows({ simd, torch, runs }) {
    const data = drawData(1);
    const tensors = tensorsOf(data);
    for (const steps of [1, 10, 100, 1000, 100_000]) {
      const label = `${steps} steps${steps > 1000 ? ', 100 checkpoints' : ''}`;
      const contestants = [onDevice(simd[0].name, simd[0].device, tensors, steps)];
      if (torch && steps <= 1000) {
        const problem = { name: 'logistic_regression', ...data, steps, learningRate };
        contestants.push(programContestant(torchProgram(torch), problem));
      }
      yield await compare({ label }, contestants, { rounds: runs });
    }
  },
};
