/** @file `influence`: users whose clicks push the suspected items, by the hypergradient. */

import {
  adam,
  exact,
  gather,
  hypergradient,
  logSumExp,
  matmul,
  mul,
  type RowIndex,
  readAll,
  release,
  reshape,
  rowIndex,
  sub,
  sum,
  type Tensor,
  tensor,
} from '../../autodiff/index.ts';
import { random } from '../../data/random.ts';
import type { SparseMatrix } from '../../data/sparse.ts';
import { UserError } from '../../errors.ts';
import { implicitZerosLoss } from '../../models/losses/weighted-loss.ts';
import type { Poison } from '../../models/recommender.ts';
import { allEntries } from '../../models/training/batches.ts';
import { descent } from '../../models/training/descent.ts';
import { normalTables } from '../../models/training/initial.ts';
import type { Detector, DetectorOptions } from './detector.ts';

/** The surrogate: WRMF by Adam on all clicks at once. */
const factors = 16;
const steps = 60;
const learningRate = 0.05;
const deviation = 0.1;
const weight = 20;

/** Users over whom the objective is the mean, and the most scores of them in memory at once. */
const mostUsers = 2048;
const mostScores = 2 ** 24;

/** `users` `[users, K]` and `items` `[items, K]`. */
type Tables = { readonly users: Tensor; readonly items: Tensor };

/** The user of each entry. A matrix without any has one entry of padding. */
function userOfEntry({ rows, indptr, indices }: SparseMatrix): RowIndex {
  const userOf = new Int32Array(indices.length);
  for (let user = 0; user < rows; user++) userOf.fill(user, indptr[user], indptr[user + 1]);
  return rowIndex(userOf, rows);
}

/**
 * The bilevel problem: WRMF trained on the clicks times `scale` `[users, 1]` of their users, and the
 * targets' cross-entropy, a mean over users.
 */
export function influenceProblem(clicks: SparseMatrix, targets: readonly number[], seed: number) {
  const { rows: users, columns: items } = clicks;
  const { pattern, values } = allEntries(clicks);
  const owner = userOfEntry(clicks);
  const draw = normalTables(deviation, seed);
  const initial: Tables = {
    users: draw('users', users, factors),
    items: draw('items', items, factors),
  };
  const loss = (tables: Tables, { scale }: Poison): Tensor => {
    const scaled = mul(values, reshape(gather(scale, owner), [values.size]));
    return implicitZerosLoss(pattern, scaled, tables.users, tables.items, weight);
  };
  const training = descent(initial, adam({ learningRate }), loss);
  const asked = random(seed).fork('influence').sample(users, Math.min(users, mostUsers));
  const size = Math.max(1, Math.floor(mostScores / items));
  const blocks = Array.from({ length: Math.ceil(asked.length / size) }, (_, block) =>
    rowIndex(Int32Array.from(asked.slice(block * size, (block + 1) * size)), users),
  );
  const wanted = rowIndex(Int32Array.from(targets), items);
  return {
    ...training,
    steps,
    inputs: { scale: tensor(new Float64Array(users).fill(1), [users, 1]) },
    readout: ({ parameters }: { parameters: Tables }): Tables => parameters,
    objective: (tables: Tables, _scales: Poison, rows: RowIndex): Tensor => {
      const p = gather(tables.users, rows);
      const scores = matmul(p, tables.items, { transposeB: true });
      const ofTargets = matmul(p, gather(tables.items, wanted), { transposeB: true });
      const entropy = sub(sum(logSumExp(scores)), mul(1 / targets.length, sum(ofTargets)));
      return mul(1 / asked.length, entropy);
    },
    blocks,
  };
}

function expectTargets({ targets }: DetectorOptions, items: number): readonly number[] {
  if (!targets?.length)
    throw new UserError('influence must be told the target items: give targets');
  const outside = targets.find((item) => !(Number.isInteger(item) && item >= 0 && item < items));
  if (outside === undefined) return targets;
  throw new UserError(`influence: there is no item ${outside}: items are 0 to ${items - 1}`);
}

/**
 * The score is minus the derivative of the targets' cross-entropy, after training WRMF on all users,
 * in each user's row along its clicks, `Σ_i x_ui ∂f/∂x_ui`: how much more the targets would be
 * recommended if the user's clicks counted for more. Exact, through all steps of the training.
 */
export const influence: Detector = {
  name: 'influence',
  about: 'what the clicks of a user add to the exposure of the targets, by the hypergradient',
  needs: 'targets',
  scores: async (clicks, options) => {
    const { seed, device, signal, onProgress } = options;
    const targets = expectTargets(options, clicks.columns);
    if (clicks.rows === 0) return new Float64Array();
    const problem = influenceProblem(clicks, targets, seed);
    const result = await hypergradient(problem, {
      method: exact({ checkpoints: { bytes: 5e8 } }),
      device,
      signal,
      onProgress: (_phase, done, total) => onProgress?.(done, total),
    });
    const [gradient] = await readAll([result.gradient.scale], { device });
    release(result.gradient);
    release(result.state);
    return Float64Array.from(gradient, (x) => -x);
  },
};
