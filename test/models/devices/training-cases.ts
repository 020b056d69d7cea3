/** @file Training steps of the models as conformance cases: state in, next state out. */

import { adam, leaves, noData, type Tensor, tensor } from '../../../src/autodiff/index.ts';
import { rebuild } from '../../../src/autodiff/tape/tree.ts';
import type { SparseMatrix } from '../../../src/data/sparse.ts';
import type { Poison, Recommender } from '../../../src/models/index.ts';
import {
  alternations,
  initialFactors,
  initialItemAe,
  initialMultVae,
  itemAe,
  linearConfidence,
  multVae,
  wrmfAls,
  wrmfAprKind,
  wrmfSgd,
  wrmfVatKind,
} from '../../../src/models/index.ts';
import { type Case, numbers } from '../../autodiff/devices/cases.ts';
import { ofKind } from '../recommenders.ts';

const [users, fakes, items] = [23, 5, 17];

/** Every fifth pair clicked, an empty user and an empty item among them. */
function clicks(): SparseMatrix {
  const indptr = new Int32Array(users + 1);
  const indices: number[] = [];
  for (let user = 0; user < users; user++) {
    for (let item = 1; item < items; item++) {
      if (user !== 3 && (user * 7 + item * 3) % 5 === 0) indices.push(item);
    }
    indptr[user + 1] = indices.length;
  }
  const values = new Float64Array(indices.length).fill(1);
  return { rows: users, columns: items, indptr, indices: Int32Array.from(indices), values };
}

/** One step from a state in the middle of training: averages that are not zero. */
function stepCase(name: string, model: Recommender, start: Poison, step = 0): Case {
  const state = model.init(start);
  const middle = leaves(state).map((leaf, i) => {
    const values = numbers(leaf.size, 0.05, 0.3, 50 + i);
    return tensor(leaf.shape.length === 0 ? values.fill(0.25) : values, leaf.shape);
  });
  return {
    name: `a step of ${name}`,
    covers: [],
    inputs: [...middle, start.fakes],
    fn: (...given: Tensor[]) => {
      const at = rebuild(state, given.slice(0, -1));
      const batch = model.batch?.(step) ?? noData;
      return leaves(model.step(at, { fakes: given[given.length - 1] }, batch));
    },
    order: 1,
  };
}

export function trainingCases(): Case[] {
  const optimizer = adam({ learningRate: 0.1, weightDecay: 1e-3 });
  const common = { optimizer, steps: 1, weight: 20 };
  const data = clicks();
  const poison = {
    fakes: tensor(
      numbers(fakes * items, 0, 1, 5).map((x) => Math.round(x * x)),
      [fakes, items],
    ),
  };
  const factors = initialFactors({ users, fakes, items, factors: 4 }, 0.1, 1);
  const weights = initialItemAe({ users, fakes }, [6, 4, 6], 1);
  const everyone = Int32Array.from({ length: users + fakes }, (_, user) => user);
  const autoencoder = multVae(data, {
    optimizer,
    batches: [everyone],
    beta: 0.2,
    annealing: 0.1,
    seed: 1,
    fakes,
    initial: initialMultVae(items, [6, 4], 1),
  });
  const factorized = (['dense', 'implicit-zeros'] as const).flatMap((loss) => [
    stepCase(`wrmf, ${loss}`, wrmfSgd(data, { ...common, loss, initial: factors }), poison),
    stepCase(
      `item-ae, ${loss}`,
      itemAe(data, { ...common, loss, initial: weights, activation: 'tanh' }),
      poison,
    ),
    ...(['users', 'items'] as const).map((half, step) => {
      const confidence = linearConfidence(20);
      const options = { confidence, ridge: 5, loss, schedule: alternations(1), initial: factors };
      return stepCase(`wrmf-als, ${half}, ${loss}`, wrmfAls(data, options), poison, step);
    }),
  ]);
  const settings = {
    factors: 4,
    deviation: 0.1,
    learningRate: 0.1,
    pretraining: 0,
    batchSize: 'all' as const,
  };
  const adversarial = [wrmfAprKind, wrmfVatKind].map((kind) =>
    stepCase(
      kind.name,
      kind.differentiable(data, fakes, ofKind(kind, { ...wrmfVatKind.synthetic, ...settings }), 1),
      poison,
    ),
  );
  return [...factorized, ...adversarial, stepCase('mult-vae', autoencoder, poison)];
}
