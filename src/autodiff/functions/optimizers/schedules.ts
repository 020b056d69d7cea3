/** @file Schedules: functions of the step's number, for learning rates and whatever else changes. */

import {
  add,
  cos,
  div,
  less,
  maximum,
  minimum,
  mul,
  type Operand,
  pow,
  sub,
  sum,
  where,
} from '../../ops/broadcasting.ts';
import { full } from '../../ops/constant.ts';
import { expectFunction, expectOptions } from '../../tape/options.ts';
import { ShapeError, showShape } from '../../tape/shape.ts';
import { showValue } from '../../tape/show-value.ts';
import { expectTensor, Tensor, tensor } from '../../tape/tensor.ts';

/**
 * The value at a step, counted from 0. A step that is a tensor, as a training run gives it, makes
 * one plan serve all steps. All settings may be tensors, and are differentiated.
 */
export type Schedule = (step: Operand) => Tensor;

const scalar = (x: Operand): Tensor => (typeof x === 'number' ? full([], x) : x);

/** Throws a ShapeError that names a setting that is no number and no tensor. */
function expectSettings(what: string, settings: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(settings)) {
    if (typeof value === 'number' || value instanceof Tensor) continue;
    throw new ShapeError(
      `${what}: ${name}: expected a number or a tensor, got ${showValue(value)}`,
    );
  }
}

/** The same value at every step. Throws a ShapeError at what is no number and no tensor. */
export function constantSchedule(value: Operand): Schedule {
  expectSettings('constantSchedule', { value });
  return () => scalar(value);
}

/**
 * The entry of a vector `[n]` at the step, and its last entry from there on: a number for each step,
 * which may be differentiated. Throws a ShapeError unless it is a vector of at least one.
 */
export function listSchedule(values: Tensor): Schedule {
  const [count] = expectTensor('listSchedule', values, 0).shape;
  if (values.shape.length !== 1 || count === 0) {
    throw new ShapeError(
      `listSchedule: expected a vector of at least one number, got ${showShape(values.shape)}`,
    );
  }
  const positions = tensor(Float64Array.from({ length: count }, (_, i) => i));
  // A step between two whole ones, as behind a warm-up of half a step, has the entry of the lower.
  return (step) => {
    const at = minimum(maximum(step, 0), count - 1);
    const begun = where(less(at, positions), 0, values);
    return sum(where(less(at, add(positions, 1)), begun, 0));
  };
}

/** The settings of `cosineSchedule`. */
export interface CosineSettings {
  readonly start: Operand;
  /** The value from step `steps` on; default 0. */
  readonly end?: Operand;
  readonly steps: Operand;
}

/**
 * From `start` down to `end` on half a cosine, as optax.cosine_decay_schedule and
 * torch CosineAnnealingLR (Loshchilov & Hutter 2017): `end + (start - end) (1 + cos(pi t / steps)) / 2`.
 */
export function cosineSchedule(settings: CosineSettings): Schedule {
  expectOptions('cosineSchedule', settings, ['start', 'end', 'steps']);
  const { start, end = 0, steps } = settings;
  expectSettings('cosineSchedule', { start, end, steps });
  return (step) => {
    const part = div(minimum(step, steps), steps);
    const share = mul(0.5, add(1, cos(mul(Math.PI, part))));
    return add(end, mul(sub(start, end), share));
  };
}

/** The settings of `exponentialSchedule`. */
export interface ExponentialSettings {
  readonly start: Operand;
  /** What the value is multiplied by every `steps` steps. */
  readonly rate: Operand;
  /** Default 1. */
  readonly steps?: Operand;
}

/** `start * rate^(t / steps)`, as optax.exponential_decay. */
export function exponentialSchedule(settings: ExponentialSettings): Schedule {
  expectOptions('exponentialSchedule', settings, ['start', 'rate', 'steps']);
  const { start, rate, steps = 1 } = settings;
  expectSettings('exponentialSchedule', { start, rate, steps });
  return (step) => mul(start, pow(rate, div(step, steps)));
}

/** The settings of `warmupSchedule`. */
export interface WarmupSettings {
  /** The value at step 0; default 0. */
  readonly from?: Operand;
  /** How many steps the rise takes. */
  readonly steps: Operand;
  /** What follows; its own steps count from the end of the rise. */
  readonly after: Schedule;
}

/**
 * A straight line from `from` to the first value of `after` in `steps` steps, and then `after`; with
 * 0 steps `after` alone.
 */
export function warmupSchedule(settings: WarmupSettings): Schedule {
  expectOptions('warmupSchedule', settings, ['from', 'steps', 'after']);
  const { from = 0, steps, after } = settings;
  expectFunction('warmupSchedule: after', after);
  expectSettings('warmupSchedule', { from, steps });
  return (step) => {
    // Without a rise there is nothing to divide by, and what is left out has a derivative too.
    const length = where(less(0, steps), steps, 1);
    const rise = add(from, mul(sub(after(0), from), div(step, length)));
    return where(less(step, steps), rise, after(maximum(sub(step, steps), 0)));
  };
}
