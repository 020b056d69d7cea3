/** @file Trains models of which a step reads only the rows of its clicks and their negatives. */

import {
  type AdamState,
  adam,
  add,
  compile,
  type Device,
  dropUploads,
  evaluate,
  gather,
  grad,
  mapTree,
  mul,
  release,
  sum,
  type Tensor,
  type Tree,
  Turns,
  updateRows,
} from '../../autodiff/index.ts';
import { clickBatches, contrasted } from '../../data/negatives.ts';
import { random } from '../../data/random.ts';
import type { SparseMatrix } from '../../data/sparse.ts';
import { UserError } from '../../errors.ts';
import type { FitOptions, TrainedModel, TrainingStep } from '../kind.ts';
import { type EpochSettings, epochLength } from './batches.ts';
import { type ClickPairs, clickPairs } from './click-pairs.ts';

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

type State<P extends Embeddings> = { readonly parameters: P; readonly optimizer: AdamState<P> };

/** The rows of a batch, in place of the tables. */
const gatherRows = <P extends Embeddings>(tables: P, { users, items }: ClickPairs): P => ({
  ...tables,
  users: mapTree((table) => gather(table, users.rows), tables.users),
  items: mapTree((table) => gather(table, items.rows), tables.items),
});

/** The state after a step; its `users` and `items` are the rows of the batch alone. */
function step<P extends Embeddings>(
  loss: EmbeddingModel<P>['loss'],
  { parameters, optimizer: { mu, nu, biasCorrection } }: State<P>,
  batch: ClickPairs,
  optimizer: ReturnType<typeof adam>,
): State<P> {
  const rows = gatherRows(parameters, batch);
  const averages = { mu: gatherRows(mu, batch), nu: gatherRows(nu, batch), biasCorrection };
  const gradients = grad((given: P) => loss(given, batch))(rows);
  const [next, state] = optimizer.update(gradients, averages, rows);
  return { parameters: next, optimizer: state };
}

/** What of a state has the shapes of the parameters. */
const tablesOf = <P extends Embeddings>({ parameters, optimizer }: State<P>) => [
  parameters,
  optimizer.mu,
  optimizer.nu,
];

/** The state after a step: all tables, of which the rows of the batch are overwritten. */
async function writeRows<P extends Embeddings>(
  state: State<P>,
  next: State<P>,
  batch: ClickPairs,
): Promise<State<P>> {
  const [tables, written] = [tablesOf(state), tablesOf(next)];
  const write = (side: 'users' | 'items') =>
    updateRows(
      tables.map((parameters) => parameters[side]),
      batch[side].rows,
      written.map((parameters) => parameters[side]),
    );
  release([tables.map(({ shared }) => shared), state.optimizer.biasCorrection]);
  const users = await write('users');
  const items = await write('items');
  release(written.map((rows) => [rows.users, rows.items]));
  const [parameters, mu, nu] = written.map(
    (rows, i): P => ({ ...rows, users: users[i], items: items[i] }),
  );
  return { parameters, optimizer: { ...next.optimizer, mu, nu } };
}

/** Runs compiled steps. Each takes over the state before it: its tables are updated in place. */
function stepper<P extends Embeddings>(
  loss: EmbeddingModel<P>['loss'],
  optimizer: ReturnType<typeof adam>,
  device: Device,
) {
  const run = compile((state: State<P>, batch: ClickPairs) => step(loss, state, batch, optimizer), {
    device,
  });
  return async (state: State<P>, batch: ClickPairs): Promise<State<P>> => {
    const next = await writeRows(state, await run(state, batch), batch);
    await dropUploads(device, batch);
    return next;
  };
}

/** Copies the initial state to the device and frees the uploads it was copied from. */
async function upload<P extends Embeddings>(
  initial: P,
  optimizer: AdamState<P>,
  device: Device,
): Promise<State<P>> {
  const state = await evaluate({ parameters: initial, optimizer }, { device });
  await dropUploads(device, initial);
  return state;
}

/**
 * The first step of `fitEmbeddings`: a state of the rows of its batch alone comes out. Throws a
 * UserError where there is none.
 */
export function embeddingStep<P extends Embeddings>(
  clicks: SparseMatrix,
  { initial, loss }: Pick<EmbeddingModel<P>, 'initial' | 'loss'>,
  { batchSize, negatives, learningRate }: EmbeddingSettings,
  seed: number,
): TrainingStep {
  const optimizer = adam({ learningRate });
  const pool = contrasted(clicks);
  const { size } = epochLength(pool.entries.length, batchSize);
  const [clicked] = clickBatches(pool, { size, negatives }, random(seed).fork('epoch 1'));
  if (!clicked) {
    throw new UserError(
      'no user has both items clicked and items not clicked, so that a step has nothing to compare',
    );
  }
  return {
    step: (state, _inputs, batch) => step(loss, state as State<P>, batch as ClickPairs, optimizer),
    state: { parameters: initial, optimizer: optimizer.init(initial) },
    inputs: {},
    batch: clickPairs(clicked, size, negatives, clicks),
  };
}

/**
 * Trains by lazily updated Adam (`adam` of rows) on batches of clicks with negatives, drawn
 * anew in each epoch, to the end or until `onEpoch` returns true. Users without clicks, and users
 * who clicked every item and so have no negatives, keep their initial factors.
 */
export async function fitEmbeddings<P extends Embeddings>(
  clicks: SparseMatrix,
  model: EmbeddingModel<P>,
  settings: EmbeddingSettings,
  { seed, device, onStep, onEpoch, signal }: FitOptions,
): Promise<TrainedModel> {
  const { epochs, negatives } = settings;
  const optimizer = adam({ learningRate: settings.learningRate });
  const pool = contrasted(clicks);
  const { size, stepsPerEpoch } = epochLength(pool.entries.length, settings.batchSize);
  const advance = stepper<P>(model.loss, optimizer, device);
  let state = await upload(model.initial, optimizer.init(model.initial), device);
  const trained = () => model.trained(state.parameters);
  const turns = new Turns(signal);
  let done = 0;
  let stop = false;
  for (let epoch = 1; epoch <= epochs && !stop; epoch++) {
    const generator = random(seed).fork(`epoch ${epoch}`);
    for (const clicked of clickBatches(pool, { size, negatives }, generator)) {
      state = await advance(state, clickPairs(clicked, size, negatives, clicks));
      onStep?.(++done, epochs * stepsPerEpoch);
      await turns.pass();
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
