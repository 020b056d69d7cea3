/** @file Trains models of which a step reads only the rows of its clicks and their negatives. */

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
} from '../../autodiff/index.ts';
import { clickBatches, contrasted } from '../../data/negatives.ts';
import { random } from '../../data/random.ts';
import type { SparseMatrix } from '../../data/sparse.ts';
import type { FitOptions, TrainedModel } from '../kind.ts';
import { type EpochSettings, epochLength } from './batches.ts';
import { type BatchRows, type ClickPairs, clickPairs } from './click-pairs.ts';

/** Tables with a row for each user, tables with a row for each item, and weights of all pairs. */
export type Embeddings = {
  readonly users: { readonly [name: string]: Tensor };
  readonly items: { readonly [name: string]: Tensor };
  readonly shared: Tree;
};

/** A model that `fitEmbeddings` trains. */
export interface EmbeddingModel<P extends Embeddings> {
  readonly initial: P;
  /** The loss of a batch, a scalar. `rows` has the rows of the batch's users and items alone. */
  loss(rows: P, batch: ClickPairs): Tensor;
  /** The trained model. It keeps none of the tensors of `parameters`. */
  trained(parameters: P): Promise<TrainedModel>;
}

/** A step reads `batchSize` clicks. */
export type EmbeddingSettings = EpochSettings & {
  readonly learningRate: number;
  /** Items without a click drawn for each click. */
  readonly negatives: number;
};

/** The squared norm of each row, `[rows, 1]`. */
export const squaredNorms = (x: Tensor): Tensor => sum(mul(x, x), -1, { keepDims: true });

/**
 * Half the squared norms of the batch's rows, given those of `users` and `items`. Each counts as
 * often as the batch has it: a user once for each of its clicks, an item once for each pair.
 */
export const batchNorms = (users: Tensor, items: Tensor, batch: ClickPairs): Tensor =>
  mul(0.5, add(sum(mul(batch.users.count, users)), sum(mul(batch.items.count, items))));

/** Adam's state of each table, and the weights of its averages, which every step updates. */
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

/** The batch's rows of some tables. */
const gatherRows = <T extends Tree>(tables: T, { rows }: BatchRows): T =>
  mapTree((table) => gather(table, rows), tables);

/** The state after a step; its `users` and `items` are the rows of the batch alone. */
function step<P extends Embeddings>(
  loss: EmbeddingModel<P>['loss'],
  state: State<P>,
  batch: ClickPairs,
  learningRate: number,
): State<P> {
  const users = gatherRows(state.users, batch.users);
  const items = gatherRows(state.items, batch.items);
  const parameters = parametersOf({ ...state, users, items });
  const gradients = grad((rows: P) => loss(rows, batch))(parameters);
  const weights = nextWeights(state.weights);
  const options = { learningRate };
  return {
    users: adamStep(gradients.users, users, weights, options),
    items: adamStep(gradients.items, items, weights, options),
    shared: adamStep(gradients.shared, state.shared, weights, options),
    weights,
  };
}

/** Runs compiled steps. Each takes over the state before it: its tables are updated in place. */
function stepper<P extends Embeddings>(
  loss: EmbeddingModel<P>['loss'],
  learningRate: number,
  device: Device,
) {
  const run = compile(
    (state: State<P>, batch: ClickPairs) => step(loss, state, batch, learningRate),
    { device },
  );
  return async (state: State<P>, batch: ClickPairs): Promise<State<P>> => {
    const next = await run(state, batch);
    release([state.shared, state.weights]);
    const users = await updateRows(state.users, batch.users.rows, next.users);
    const items = await updateRows(state.items, batch.items.rows, next.items);
    release([next.users, next.items]);
    await dropUploads(device, batch);
    return { ...next, users, items };
  };
}

/** Copies the initial state to the device and frees the uploads it was copied from. */
async function upload<P extends Embeddings>(initial: P, device: Device): Promise<State<P>> {
  const state = await evaluate(initialState(initial), { device });
  await dropUploads(device, initial);
  return state;
}

/**
 * Trains by lazily updated Adam (`adamStep` of rows) on batches of clicks with negatives, drawn
 * anew in each epoch, to the end or until `onEpoch` returns true. Users without clicks, and users
 * who clicked every item and so have no negatives, keep their initial factors.
 */
export async function fitEmbeddings<P extends Embeddings>(
  clicks: SparseMatrix,
  model: EmbeddingModel<P>,
  settings: EmbeddingSettings,
  { seed, device, onStep, onEpoch }: FitOptions,
): Promise<TrainedModel> {
  const { epochs, negatives, learningRate } = settings;
  const pool = contrasted(clicks);
  const { size, stepsPerEpoch } = epochLength(pool.entries.length, settings.batchSize);
  const advance = stepper<P>(model.loss, learningRate, device);
  let state = await upload(model.initial, device);
  const trained = () => model.trained(parametersOf(state));
  let done = 0;
  let stop = false;
  for (let epoch = 1; epoch <= epochs && !stop; epoch++) {
    const generator = random(seed).fork(`epoch ${epoch}`);
    for (const clicked of clickBatches(pool, { size, negatives }, generator)) {
      state = await advance(state, clickPairs(clicked, size, negatives, clicks));
      onStep?.(++done, epochs * stepsPerEpoch);
    }
    if (!onEpoch) continue;
    const current = await trained();
    stop = await onEpoch(epoch, current);
    current.release();
  }
  const result = await trained();
  release(state);
  return result;
}
