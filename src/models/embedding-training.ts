/** @file Trains models of which a step touches only the rows of its clicks and their negatives. */

import {
  type AdamState,
  type AdamWeights,
  adamStep,
  add,
  compile,
  type Device,
  dropUploads,
  evaluate,
  full,
  gather,
  grad,
  mapTree,
  mul,
  nextWeights,
  noWeights,
  release,
  sum,
  type Tensor,
  type Tree,
  updateRows,
} from '../autodiff/index.ts';
import { clickBatches, contrasted } from '../data/negatives.ts';
import { random } from '../data/random.ts';
import type { SparseMatrix } from '../data/sparse.ts';
import { epochLength } from './batches.ts';
import { type BatchRows, type ClickPairs, clickPairs } from './click-pairs.ts';
import type { FitOptions, TrainedModel } from './trained-model.ts';

/** Tables with a row for each user, tables with a row for each item, and weights of all pairs. */
export type Embeddings = {
  readonly users: { readonly [name: string]: Tensor };
  readonly items: { readonly [name: string]: Tensor };
  readonly shared: Tree;
};

export interface EmbeddingModel<P extends Embeddings> {
  readonly initial: P;
  /** The loss of a batch, of the rows of its users and items alone. */
  loss(rows: P, batch: ClickPairs): Tensor;
  /** What the parameters make; it holds nothing of theirs. */
  trained(parameters: P): Promise<TrainedModel>;
}

export type EmbeddingSettings = {
  readonly epochs: number;
  /** Clicks of a step. */
  readonly batchSize: number | 'all';
  readonly learningRate: number;
  /** Items without a click drawn for each click. */
  readonly negatives: number;
};

/** The squared norm of each row, `[rows, 1]`. */
export const squaredNorms = (x: Tensor): Tensor => sum(mul(x, x), -1, { keepDims: true });

/**
 * Half the squared norms of the batch's rows, each as often as it is in the batch: a user with
 * each of its clicks, an item with each of its pairs.
 */
export const batchNorms = (users: Tensor, items: Tensor, batch: ClickPairs): Tensor =>
  mul(0.5, add(sum(mul(batch.users.count, users)), sum(mul(batch.items.count, items))));

/** Adam's state of tables, and of the weights that every step updates. */
type State<P extends Embeddings> = {
  readonly users: AdamState<P['users']>;
  readonly items: AdamState<P['items']>;
  readonly shared: AdamState;
  readonly weights: AdamWeights;
};

function initialState<P extends Embeddings>({ users, items, shared }: P): State<P> {
  const start = <T extends Tree>(parameters: T): AdamState<T> => {
    const zeros = () => mapTree((table) => full(table.shape, 0), parameters);
    return { parameters, mean: zeros(), square: zeros() };
  };
  return { users: start(users), items: start(items), shared: start(shared), weights: noWeights() };
}

const parametersOf = <P extends Embeddings>({ users, items, shared }: State<P>): P =>
  ({
    users: users.parameters,
    items: items.parameters,
    shared: shared.parameters,
  }) as unknown as P;

/** The state after a step, of which `users` and `items` are the rows of the batch alone. */
function step<P extends Embeddings>(
  loss: EmbeddingModel<P>['loss'],
  state: State<P>,
  batch: ClickPairs,
  learningRate: number,
): State<P> {
  const rowsOf = <T extends Tree>(tables: T, { at }: BatchRows) =>
    mapTree((table) => gather(table, at), tables);
  const users = rowsOf(state.users, batch.users);
  const items = rowsOf(state.items, batch.items);
  const rows = parametersOf({ ...state, users, items });
  const gradients = grad((at: P) => loss(at, batch))(rows);
  const weights = nextWeights(state.weights);
  const options = { learningRate };
  return {
    users: adamStep(gradients.users, users, weights, options),
    items: adamStep(gradients.items, items, weights, options),
    shared: adamStep(gradients.shared, state.shared, weights, options),
    weights,
  };
}

/** The state on a device; the numbers that it starts from are let go of there. */
async function place<P extends Embeddings>(initial: P, device: Device): Promise<State<P>> {
  const state = await evaluate(initialState(initial), { device });
  await dropUploads(device, initial);
  return state;
}

/**
 * Trains by lazily updated Adam (`adamStep` of rows) on batches of clicks with negatives, drawn anew
 * in each epoch, to the end or until `onEpoch` says so. Users without clicks, and users who clicked
 * every item and so have no negatives, keep the factors they start with.
 */
export async function fitEmbeddings<P extends Embeddings>(
  clicks: SparseMatrix,
  model: EmbeddingModel<P>,
  settings: EmbeddingSettings,
  { seed, device, onStep, onEpoch }: FitOptions,
): Promise<TrainedModel> {
  const { epochs, negatives, learningRate } = settings;
  const from = contrasted(clicks);
  const { size, stepsPerEpoch } = epochLength(from.entries.length, settings.batchSize);
  const run = compile(
    (state: State<P>, batch: ClickPairs) => step(model.loss, state, batch, learningRate),
    { device },
  );
  let state = await place(model.initial, device);
  const trained = () => model.trained(parametersOf(state));
  let done = 0;
  let stop = false;
  for (let epoch = 1; epoch <= epochs && !stop; epoch++) {
    const generator = random(seed).fork(`epoch ${epoch}`);
    for (const clicked of clickBatches(from, { size, negatives }, generator)) {
      const batch = clickPairs(clicked, size, negatives, clicks);
      const next = await run(state, batch);
      release([state.shared, state.weights]);
      const users = await updateRows(state.users, batch.users.at, next.users);
      const items = await updateRows(state.items, batch.items.at, next.items);
      release([next.users, next.items]);
      state = { ...next, users, items };
      await dropUploads(device, batch);
      onStep?.(++done, epochs * stepsPerEpoch);
    }
    if (!onEpoch) continue;
    const sofar = await trained();
    stop = await onEpoch(epoch, sofar);
    sofar.release();
  }
  const result = await trained();
  release(state);
  return result;
}
