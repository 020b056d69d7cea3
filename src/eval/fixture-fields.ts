/** @file The fields that all fixtures share, read with errors that name the file and the field. */

import { z } from 'zod';
import type { Goal } from '../attack/index.ts';
import { type Method, type Tensor, tensor } from '../autodiff/index.ts';
import { fromDense, type SparseMatrix } from '../data/sparse.ts';
import { UserError } from '../errors.ts';
import type { Recommender, WrmfFactors } from '../models/index.ts';

export const matrix = z.array(z.array(z.number()));
export const count = z.number().int().positive();

export const common = z.looseObject({
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

/** Where a factorization starts: `P_init` has the factors of real users, then of fake ones. */
export const initialFactors = { K: count, P_init: matrix, Q_init: matrix };

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

/** Reads fields of one file and names it in every error. */
export class FieldReader {
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

/** The data, the fake users and the answer. */
export function bilevelProblem(fields: FieldReader, f: z.infer<typeof common>) {
  const { n_users: users, n_fakes: fakes, n_items: items } = f;
  for (const target of f.targets) {
    if (target >= items) fields.fail('targets', `item ${target} is outside the ${items} items`);
  }
  const answer = f.dL_dXhat_closed_form ?? f.dL_dXhat;
  fields.matrix('dL_dXhat', answer, fakes, items);
  return {
    name: f.name,
    train: fromDense(fields.matrix('X', f.X, users, items), users, items),
    fakes: tensor(fields.matrix('Xhat', f.Xhat, fakes, items), [fakes, items]),
    goal: { kind: 'promote', targets: f.targets } as Goal,
    loss: f.loss_adv,
    gradient: answer,
    closedForm: f.dL_dXhat_closed_form !== undefined,
  };
}

const factorFields = common.extend(initialFactors);

export function initialOf(fields: FieldReader, f: z.infer<typeof factorFields>): WrmfFactors {
  const { n_users: users, n_fakes: fakes, n_items: items, K } = f;
  const p = fields.matrix('P_init', f.P_init, users + fakes, K);
  return {
    users: tensor(p.slice(0, users * K), [users, K]),
    fakes: tensor(p.slice(users * K), [fakes, K]),
    items: tensor(fields.matrix('Q_init', f.Q_init, items, K), [items, K]),
  };
}

/** The largest absolute difference over the largest absolute expected value. */
export function relativeError(expected: readonly number[], got: ArrayLike<number>): number {
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
