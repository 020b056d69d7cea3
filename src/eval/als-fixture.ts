/** @file Fixtures of alternating least squares: what their fields say about how it alternates. */

import { z } from 'zod';
import {
  exact,
  type Method,
  openDevice,
  partial,
  readAll,
  stopGradient,
  train,
  truncated,
} from '../autodiff/index.ts';
import {
  type AlsHalf,
  alternations,
  type Confidence,
  erase,
  linearConfidence,
  type Poison,
  type Recommender,
  stepConfidence,
  type WrmfFactors,
  wrmfAls,
} from '../models/index.ts';
import {
  bilevelProblem,
  common,
  type FieldReader,
  type Fixture,
  initialFactors,
  initialOf,
  matrix,
  relativeError,
} from './fixture-fields.ts';

export const alternating = common.extend({
  ...initialFactors,
  lambda: z.number().positive(),
  als_sweeps: z.number().int().nonnegative(),
  formula: z.string().optional(),
  unroll_last_steps: z.number().int().nonnegative().optional(),
  C: matrix.optional(),
  P_final: matrix.optional(),
  Q_final: matrix.optional(),
});

type Alternating = z.infer<typeof alternating>;

/** What counts as equal in float64, as for gradients. */
const tolerance = 1e-9;

/**
 * Builds the surrogate of a fixture. Its confidence is the one that `C` holds, or else the one
 * that the text names; the order of solves the one that leads to `P_final` and `Q_final`; and the
 * gradient goes through the last solve alone if the text says `partial` rather than `total`.
 * Throws a UserError that names the field if that leaves it open.
 */
export async function alsFixture(fields: FieldReader, f: Alternating): Promise<Fixture> {
  const problem = bilevelProblem(fields, f);
  const confidence = confidenceOf(fields, f);
  const initial = initialOf(fields, f);
  const build = (schedule: readonly AlsHalf[]) =>
    wrmfAls(problem.train, { loss: 'dense', confidence, ridge: f.lambda, schedule, initial });
  for (const schedule of schedules(fields, f)) {
    // With one solve more all those of the schedule are steps.
    const whole = build([...schedule, 'items']);
    if (!(await leadsToFinal(fields, f, whole, { fakes: problem.fakes }))) continue;
    const surrogate = build(schedule);
    return { ...problem, surrogate: erase(surrogate), method: methodOf(fields, f, schedule) };
  }
  return fields.fail(
    f.Q_final ? 'Q_final' : 'P_final',
    `no order of ${f.als_sweeps} alternations leads there from P_init and Q_init`,
  );
}

/** The first of some words in the name, which is chosen for what it says, or else in the formula. */
const wordOf = ({ name, formula = '' }: Alternating, words: RegExp): string | undefined =>
  (words.exec(name) ?? words.exec(formula))?.[0].toLowerCase();

function confidenceOf(fields: FieldReader, f: Alternating): Confidence {
  const { weight_pos: weight, n_users: users, n_fakes: fakes, n_items: items } = f;
  const x = [...f.X, ...f.Xhat].flat();
  const given = f.C && fields.matrix('C', f.C, users + fakes, items);
  const holds = (weightOf: (value: number) => number): boolean =>
    !given || relativeError(x.map(weightOf), given) <= tolerance;
  const isStep = holds((value) => (value > 0 ? weight : 1));
  const isLinear = holds((value) => 1 + (weight - 1) * value);
  if (!isStep && !isLinear) {
    fields.fail('C', 'expected weight_pos above 0 and 1 elsewhere, or 1 + (weight_pos - 1) x');
  }
  // Of clicks that are all 0 or 1, or without C, both hold.
  const open = isStep && isLinear;
  const word = open ? wordOf(f, /linear|step/i) : undefined;
  if (open && !word) fields.fail('name', 'expected Cstep or Clinear in it');
  if (open ? word === 'step' : isStep) return stepConfidence(weight);
  const linear = linearConfidence(weight);
  return isConstant(f) ? (entries) => stopGradient(linear(entries)) : linear;
}

/** Whether the clause of the formula that defines C says that it is constant in the derivative. */
const isConstant = ({ formula = '' }: Alternating): boolean =>
  formula
    .split(';')
    .some((clause) => /^\s*C(_\w+)?\b.*\bconstant\b/i.test(clause) && !/\bnot\b/i.test(clause));

/** The orders that so many alternations may be meant to have. */
function schedules(fields: FieldReader, f: Alternating): AlsHalf[][] {
  const { als_sweeps: count } = f;
  const usersFirst = alternations(count);
  if (count === 0) return [usersFirst];
  if (!f.P_final && !f.Q_final) {
    fields.fail('Q_final', 'expected it or P_final, for only they show which side is solved first');
  }
  const itemsFirst = new Array<AlsHalf[]>(count).fill(['items', 'users']).flat();
  return [usersFirst, [...itemsFirst, 'items'], itemsFirst];
}

/** Whether the steps end at the factors that the fixture gives; without alternations nothing is said. */
async function leadsToFinal(
  fields: FieldReader,
  f: Alternating,
  surrogate: Recommender<WrmfFactors>,
  poison: Poison,
): Promise<boolean> {
  const { K } = f;
  const device = await openDevice('reference');
  const end = await train(surrogate, poison, device);
  const [p, p2, q] = await readAll([end.users, end.fakes, end.items], { device });
  const isNear = (name: string, given: Alternating['P_final'], got: readonly number[]) =>
    !given || relativeError([...fields.matrix(name, given, got.length / K, K)], got) <= tolerance;
  return isNear('P_final', f.P_final, [...p, ...p2]) && isNear('Q_final', f.Q_final, [...q]);
}

function methodOf(fields: FieldReader, f: Alternating, schedule: readonly AlsHalf[]): Method {
  const { als_sweeps: sweeps, unroll_last_steps: depth } = f;
  if (depth !== undefined && depth > 0) return depth >= sweeps ? exact() : truncated(2 * depth - 1);
  const word = depth === 0 ? 'partial' : wordOf(f, /partial|total|full|exact|unroll/i);
  if (word === 'partial') return partial();
  if (word || schedule.length === 1) return exact();
  return fields.fail('name', 'expected partial or total in it, or the field unroll_last_steps');
}
