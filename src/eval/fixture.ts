/** @file Hypergradients exported from another framework: reads them and recomputes them. */

import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { adversarialObjective } from '../attack/index.ts';
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
import { UserError } from '../errors.ts';
import { erase, type ItemAeWeights, itemAe, wrmf } from '../models/index.ts';
import { alsFixture, alternating } from './als-fixture.ts';
import {
  bilevelProblem,
  common,
  count,
  FieldReader,
  type Fixture,
  initialFactors,
  initialOf,
  relativeError,
} from './fixture-fields.ts';

export type { Fixture } from './fixture-fields.ts';

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

const factorized = unrolled.extend(initialFactors);

type Unrolled = z.infer<typeof unrolled>;

/** Reads and checks a fixture. Throws a UserError naming the file and the field that is wrong. */
export async function readFixture(path: string): Promise<Fixture> {
  let raw: unknown;
  try {
    raw = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw new UserError(`${path}: cannot read it as JSON: ${(error as Error).message}`);
  }
  const fields = new FieldReader(path);
  const fixture = fields.parse(common, raw);
  if ('als_sweeps' in fixture) return alsFixture(fields, fields.parse(alternating, raw));
  if ('K' in fixture) return factorFixture(fields, fields.parse(factorized, raw));
  if ('W1_init' in fixture) return autoencoderFixture(fields, fields.parse(unrolled, raw));
  throw new UserError(
    `${path}: expected a wrmf, an als or an itemae fixture, with K, als_sweeps or W1_init`,
  );
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
  if (f.batches && f.batches.length !== f.L) {
    fields.fail('batches', `expected one list for each of the ${f.L} steps`);
  }
  f.batches?.flat().forEach((row) => {
    if (row >= batchRows) fields.fail('batches', `row ${row} is outside the ${batchRows} rows`);
  });
  return {
    problem: { ...bilevelProblem(fields, f), method: methodOf(f) },
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
  const { problem, training } = shared(fields, f, f.n_users + f.n_fakes);
  const initial = initialOf(fields, f);
  return { ...problem, surrogate: erase(wrmf(problem.train, { ...training, initial })) };
}

function autoencoderFixture(fields: FieldReader, f: Unrolled & Record<string, unknown>): Fixture {
  const { n_users: users, n_fakes: fakes, n_items: items } = f;
  const { problem, training } = shared(fields, f, items);
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
  return { ...problem, surrogate: erase(itemAe(problem.train, options)) };
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
  const objective = adversarialObjective(surrogate, goal, train);
  const result = await hypergradient(
    { ...surrogate, ...objective, inputs: { fakes } },
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
