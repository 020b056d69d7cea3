/** @file Gowalla with the paper's settings: an epoch of training, and one outer iteration. */

import { existsSync } from 'node:fs';
import {
  adversarialLoss,
  budgetOf,
  copiedUsers,
  type Goal,
  interestOf,
} from '../src/attack/index.ts';
import {
  type Device,
  hypergradient,
  type RowIndex,
  release,
  rowIndex,
  type Tensor,
  type Tree,
  tensor,
  truncated,
} from '../src/autodiff/index.ts';
import { Unrolled } from '../src/autodiff/unroll.ts';
import { random, readDataFolder, type SparseMatrix, toDense } from '../src/data/index.ts';
import { type Factors, type Poison, scoresOf, wrmfSgd } from '../src/models/index.ts';
import { type Benchmark, Skipped } from './benchmark.ts';
import { type Contestant, compare } from './timing.ts';

/** Popular items, 1 % of fake users, and users whose scores are held at once. */
const goal: Goal = { kind: 'promote', targets: [102, 140, 1656, 4068, 7127] };
const budget = '1%';
const blockUsers = 1024;
const unrolledEpochs = 10;

const settings = wrmfSgd.defaults;

function epoch(train: SparseMatrix, name: string, device: Device): Contestant {
  const start = async () => {
    const { model, stepsPerEpoch } = wrmfSgd.surrogate(train, 0, settings, 1);
    const training = new Unrolled(model, {}, device);
    const initial = await training.init();
    return {
      run: async () => release(await training.advance(initial, 0, stepsPerEpoch)),
      stop: () => release(initial),
    };
  };
  return { name, start };
}

type Block = { readonly users: RowIndex; readonly interest: Tensor };

function lossBlocks(train: SparseMatrix): Block[] {
  const interest = interestOf(goal, train);
  return Array.from({ length: Math.ceil(train.rows / blockUsers) }, (_, block) => {
    const from = block * blockUsers;
    const length = Math.min(blockUsers, train.rows - from);
    const users = rowIndex(
      Int32Array.from({ length }, (_, i) => from + i),
      train.rows,
    );
    return { users, interest };
  });
}

function outerIteration(train: SparseMatrix, name: string, device: Device): Contestant {
  const start = async () => {
    const count = budgetOf(budget, train.rows);
    const copies = copiedUsers(train, count, 100, random(1).fork('copied users'));
    const { model, stepsPerEpoch } = wrmfSgd.surrogate(train, count, settings, 1);
    const inputs: Poison = { fakes: tensor(toDense(copies), [count, train.columns]) };
    const objective = (factors: Factors, _given: Poison, block: Tree) => {
      const { users, interest } = block as Block;
      return adversarialLoss(goal, scoresOf(factors, users), interest);
    };
    const blocks = lossBlocks(train);
    const method = truncated(unrolledEpochs * stepsPerEpoch);
    return {
      run: async () => {
        const problem = { ...model, inputs, readout: model.factors, objective, blocks };
        const result = await hypergradient(problem, { method, device });
        release([result.state, result.gradient]);
      },
      stop: () => {},
    };
  };
  return { name, start };
}

export const gowallaBenchmark: Benchmark = {
  name: 'gowalla',
  about: 'WRMF, K 128, batches of 2,048 users; the iteration trains 50 epochs, 10 unrolled',
  async *rows({ simd, data, runs }) {
    if (!existsSync(data)) throw new Skipped(`there is no data folder ${data}; --data names one`);
    const { train } = await readDataFolder(data);
    const all = (make: typeof epoch) => simd.map(({ name, device }) => make(train, name, device));
    yield await compare({ label: 'epoch' }, all(epoch), { rounds: runs });
    // Minutes a run: on all threads alone, measured once, without warming up.
    const [last] = all(outerIteration).slice(-1);
    yield await compare({ label: 'outer iteration' }, [last], { rounds: 1, cold: true });
  },
};
