/** @file Hypergradients exported from another framework: reads them and recomputes them. */

import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { adversarialLoss, type Goal, interestOf } from '../attack/index.ts';
import {
  adam,
  type Device,
  exact,
  hypergradient,
  type Method,
  momentum,
  type Optimizer,
  partial,
  readAll,
  sgd,
  type Tensor,
  tensor,
  truncated,
} from '../autodiff/index.ts';
import { fromDense, type SparseMatrix } from '../data/sparse.ts';
import { UserError } from '../errors.ts';
import {
  erase,
  type ItemAeWeights,
  itemAe,
  predictions,
  type Recommender,
  wrmf,
} from '../models/index.ts';

const matrix = z.array(z.array(z.number()));
const count = z.number().int().positive();

const common = z.looseObject({
  name: z.string(),
  n_users: count,
  n_fakes: count,
  n_items: count,
  X: matrix,
  Xhat: matrix,
  weight_pos: z.number(),
  targets: z.array(z.number().int().nonnegative()).min(1),
  loss_adv: z.number(),
  dL_dXhat: matrix,
  dL_dXhat_closed_form: matrix.optional(),
});

const unrolled = common.extend({
  L: z.number().int().nonnegative(),
  unroll_last_steps: z.number().int().nonnegative(),
  optimizer: z.object({
    name: z.enum(['sgd', 'momentum', 'adam']),
    lr: z.number(),
    momentum: z.number().optional(),
    betas: z.tuple([z.number(), z.number()]).optional(),
    eps: z.number().optional(),
    weight_decay: z.number().optional(),
  }),
  batches: z.array(z.array(z.number().int().nonnegative())).optional(),
});

const factorized = unrolled.extend({ K: count, P_init: matrix, Q_init: matrix });

type Unrolled = z.infer<typeof unrolled>;

/** A fixture ready to run: the surrogate, the fake users and the answer. */
export interface Fixture {
  readonly name: string;
  readonly surrogate: Recommender;
  readonly fakes: Tensor;
  readonly goal: Goal;
  readonly train: SparseMatrix;
  readonly method: Method;
  readonly loss: number;
  readonly gradient: readonly (readonly number[])[];
  /** The answer comes from a formula: float64 through the run itself would lose eight digits. */
  readonly closedForm: boolean;
}

/**
 * Reads and checks a fixture; null if its surrogate, alternating least squares, is none that
 * hypertape trains. Throws a UserError naming the file and the field that is wrong.
 */
export async function readFixture(path: string): Promise<Fixture | null> {
  let raw: unknown;
  try {
    raw = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw new UserError(`${path}: cannot read it as JSON: ${(error as Error).message}`);
  }
  const fields = new FieldReader(path);
  const fixture = fields.parse(common, raw);
  if ('als_sweeps' in fixture) return null;
  if ('K' in fixture) return factorFixture(fields, fields.parse(factorized, raw));
  if ('W1_init' in fixture) return autoencoderFixture(fields, fields.parse(unrolled, raw));
  throw new UserError(`${path}: expected a wrmf or an itemae fixture, with K or W1_init`);
}

/** Reads fields of one file and names it in every error. */
class FieldReader {
  constructor(private readonly path: string) {}

  parse<T>(schema: z.ZodType<T>, raw: unknown): T {
    const result = schema.safeParse(raw);
    if (result.success) return result.data;
    const { path, message } = result.error.issues[0];
    throw new UserError(`${this.path}: field ${path.join('.') || '(root)'}: ${message}`);
  }

  /** A matrix field as flat numbers, of exactly this shape. */
  matrix(name: string, value: unknown, rows: number, columns: number): Float64Array {
    const parsed = this.parse(z.looseObject({ [name]: matrix }), { [name]: value });
    const numbers = parsed[name] as number[][];
    const wrong = numbers.findIndex((row) => row.length !== columns);
    if (numbers.length !== rows || wrong >= 0) {
      const got =
        wrong >= 0 ? `row ${wrong} of ${numbers[wrong].length} numbers` : `${numbers.length} rows`;
      throw new UserError(
        `${this.path}: field ${name}: expected ${rows} rows of ${columns} numbers, got ${got}`,
      );
    }
    return Float64Array.from(numbers.flat());
  }

  vector(name: string, value: unknown, length: number): Float64Array {
    return this.matrix(name, [value], 1, length);
  }

  fail(name: string, message: string): never {
    throw new UserError(`${this.path}: field ${name}: ${message}`);
  }
}

function optimizerOf(fields: FieldReader, { optimizer }: Unrolled): Optimizer {
  const { name, lr: learningRate, weight_decay: weightDecay } = optimizer;
  if (name === 'adam') {
    return adam({ learningRate, weightDecay, betas: optimizer.betas, eps: optimizer.eps });
  }
  if (optimizer.momentum)
    return momentum({ learningRate, weightDecay, momentum: optimizer.momentum });
  if (name === 'momentum') fields.fail('optimizer.momentum', 'expected a number above 0');
  return sgd({ learningRate, weightDecay });
}

function methodOf({ L, unroll_last_steps: depth }: Unrolled): Method {
  if (depth === 0) return partial();
  return depth >= L ? exact() : truncated(depth);
}

/** What all unrolled fixtures share; `batches` counts the rows that a step's batch may name. */
function shared(fields: FieldReader, f: Unrolled, batchRows: number) {
  const { n_users: users, n_fakes: fakes, n_items: items } = f;
  const train = fromDense(fields.matrix('X', f.X, users, items), users, items);
  for (const target of f.targets) {
    if (target >= items) fields.fail('targets', `item ${target} is outside the ${items} items`);
  }
  if (f.batches && f.batches.length !== f.L) {
    fields.fail('batches', `expected one list for each of the ${f.L} steps`);
  }
  f.batches?.flat().forEach((row) => {
    if (row >= batchRows) fields.fail('batches', `row ${row} is outside the ${batchRows} rows`);
  });
  const answer = f.dL_dXhat_closed_form ?? f.dL_dXhat;
  fields.matrix('dL_dXhat', answer, fakes, items);
  return {
    train,
    problem: {
      name: f.name,
      train,
      fakes: tensor(fields.matrix('Xhat', f.Xhat, fakes, items), [fakes, items]),
      goal: { kind: 'promote', targets: f.targets } as Goal,
      method: methodOf(f),
      loss: f.loss_adv,
      gradient: answer,
      closedForm: f.dL_dXhat_closed_form !== undefined,
    },
    training: {
      weight: f.weight_pos,
      loss: 'dense' as const,
      optimizer: optimizerOf(fields, f),
      steps: f.L,
      batches: f.batches?.map((rows) => Int32Array.from(rows)),
    },
  };
}

function factorFixture(fields: FieldReader, f: z.infer<typeof factorized>): Fixture {
  const { n_users: users, n_fakes: fakes, n_items: items, K } = f;
  const { train, problem, training } = shared(fields, f, users + fakes);
  const p = fields.matrix('P_init', f.P_init, users + fakes, K);
  const q = fields.matrix('Q_init', f.Q_init, items, K);
  const initial = {
    users: tensor(p.slice(0, users * K), [users, K]),
    fakes: tensor(p.slice(users * K), [fakes, K]),
    items: tensor(q, [items, K]),
  };
  return { ...problem, surrogate: erase(wrmf(train, { ...training, initial })) };
}

function autoencoderFixture(fields: FieldReader, f: Unrolled & Record<string, unknown>): Fixture {
  const { n_users: users, n_fakes: fakes, n_items: items } = f;
  const { train, problem, training } = shared(fields, f, items);
  const { dims } = fields.parse(z.looseObject({ dims: z.array(count).min(3) }), f);
  if (dims[0] !== users + fakes || dims[dims.length - 1] !== users + fakes) {
    fields.fail('dims', `expected ${users + fakes} users at both ends, got ${dims.join(', ')}`);
  }
  const layer = (i: number) => ({
    weight: fields.matrix(`W${i}_init`, f[`W${i}_init`], dims[i], dims[i - 1]),
    bias: fields.vector(`b${i}_init`, f[`b${i}_init`], dims[i]),
  });
  const last = dims.length - 1;
  const first = layer(1);
  const input = transposed(first.weight, dims[1], dims[0]);
  const output = layer(last);
  const width = dims[last - 1];
  const initial: Record<string, Tensor> = {
    input: tensor(input.slice(0, users * dims[1]), [users, dims[1]]),
    fakeInput: tensor(input.slice(users * dims[1]), [fakes, dims[1]]),
    inputBias: tensor(first.bias),
    output: tensor(output.weight.slice(0, users * width), [users, width]),
    fakeOutput: tensor(output.weight.slice(users * width), [fakes, width]),
    outputBias: tensor(output.bias.slice(0, users)),
    fakeOutputBias: tensor(output.bias.slice(users)),
  };
  for (let i = 2; i < last; i++) {
    const { weight, bias } = layer(i);
    initial[`weight${i - 1}`] = tensor(weight, [dims[i], dims[i - 1]]);
    initial[`bias${i - 1}`] = tensor(bias);
  }
  const options = { ...training, activation: 'selu' as const, initial: initial as ItemAeWeights };
  return { ...problem, surrogate: erase(itemAe(train, options)) };
}

function transposed(x: Float64Array, rows: number, columns: number): Float64Array {
  return Float64Array.from(
    { length: x.length },
    (_, i) => x[(i % rows) * columns + Math.floor(i / rows)],
  );
}

/** How a recomputed hypergradient compares with a fixture's. */
export interface FixtureResult {
  readonly name: string;
  /** Largest absolute difference over largest absolute value. */
  readonly gradientError: number;
  readonly lossError: number;
  readonly tolerance: number;
  /** `beyond f32`: the exact gradient lies below what the device can resolve. */
  readonly verdict: 'agrees' | 'differs' | 'beyond f32';
}

/**
 * Recomputes a fixture's hypergradient. The tolerance is 1e-9 in float64 and 2e-4 in f32; where
 * the answer is a closed form, 1e-5 in float64 (the run itself cancels) and no verdict in f32.
 */
export async function verifyFixture(fixture: Fixture, device: Device): Promise<FixtureResult> {
  const { surrogate, goal, train, fakes } = fixture;
  const interest = interestOf(goal, train);
  const result = await hypergradient(
    {
      ...surrogate,
      inputs: { fakes },
      objective: (state, poison) =>
        adversarialLoss(goal, predictions(surrogate, state, poison), interest),
    },
    { method: fixture.method, device },
  );
  const [got] = await readAll(result.gradient, { device });
  const expected = fixture.gradient.flat();
  const gradientError = relativeError(expected, got);
  const lossError = relativeError([fixture.loss], [result.value]);
  const single = device.precision === 'f32';
  const tolerance = single ? 2e-4 : fixture.closedForm ? 1e-5 : 1e-9;
  const holds = gradientError <= tolerance && lossError <= tolerance;
  const verdict = single && fixture.closedForm ? 'beyond f32' : holds ? 'agrees' : 'differs';
  return { name: fixture.name, gradientError, lossError, tolerance, verdict };
}

/** The largest absolute difference over the largest absolute expected value. */
function relativeError(expected: readonly number[], got: ArrayLike<number>): number {
  let difference = 0;
  let scale = 0;
  expected.forEach((value, i) => {
    // A NaN must not pass for a small difference.
    const apart = Math.abs(value - got[i]);
    difference = Number.isNaN(apart) ? Number.POSITIVE_INFINITY : Math.max(difference, apart);
    scale = Math.max(scale, Math.abs(value));
  });
  return scale === 0 ? difference : difference / scale;
}
