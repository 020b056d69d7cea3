/** @file The binomial checkpointing schedule (Griewank & Walther 2000, Algorithm 799: revolve). */

import { expectOptions } from '../tape/options.ts';
import { MethodError } from './checkpoints.ts';

/** A move between states, which are named by the number of steps that made them. */
export type Move =
  /** Run steps `from` to `to - 1`, from the checkpoint `from`. */
  | { readonly kind: 'advance'; readonly from: number; readonly to: number }
  /** Keep the state just reached as a checkpoint. */
  | { readonly kind: 'hold'; readonly state: number }
  /** Drop a checkpoint. */
  | { readonly kind: 'release'; readonly state: number };

/** Differentiate step `step`, from its input state: a checkpoint, or the state just reached. */
export type Reverse = { readonly kind: 'reverse'; readonly step: number };

/** (s + r)! / (s! r!): how many steps `s` checkpoints reverse with `r` repetitions at most. */
export function reach(checkpoints: number, repetitions: number): number {
  if (repetitions < 0) return 0;
  let value = 1;
  for (let i = 1; i <= repetitions; i++) value = (value * (checkpoints + i)) / i;
  return Math.round(value);
}

/** The fewest steps that must be run again or once, apart from the last: r l - reach(c+1, r-1). */
export function fewestAdvances(steps: number, checkpoints: number): number {
  const r = repetitions(steps, checkpoints);
  return r * steps - reach(checkpoints + 1, r - 1);
}

/**
 * What a gradient through the last `depth` of `steps` steps costs with `checkpoints` states held, by
 * the schedule alone: the `cost` that `exact` and `truncated` come with. Default all steps and all
 * states. Throws a MethodError for numbers that are not whole, or a depth beyond the steps.
 */
export function scheduledCost(
  steps: number,
  options: { readonly depth?: number; readonly checkpoints?: number } = {},
): { readonly forwardSteps: number; readonly heldStates: number } {
  expectOptions('scheduledCost', options, ['depth', 'checkpoints']);
  const { depth = steps, checkpoints = depth } = options;
  const isCount = (n: number, least: number) => Number.isSafeInteger(n) && n >= least;
  if (!isCount(steps, 0) || !isCount(depth, 0) || depth > steps || !isCount(checkpoints, 0)) {
    throw new MethodError(
      `scheduledCost: expected whole numbers, depth at most steps, got ${steps} steps, depth ` +
        `${depth} and ${checkpoints} checkpoints`,
    );
  }
  if (depth > 0 && checkpoints === 0) {
    throw new MethodError('scheduledCost: expected at least one checkpoint');
  }
  const heldStates = Math.min(depth, checkpoints);
  const differentiated = depth === 0 ? 0 : fewestAdvances(depth, heldStates) + 1;
  return { forwardSteps: steps - depth + differentiated, heldStates };
}

function repetitions(steps: number, checkpoints: number): number {
  let r = 0;
  while (reach(checkpoints, r) < steps) r++;
  return r;
}

/** Steps `from` to `end - 1` still to reverse, where `from` is a checkpoint and `free` more may be. */
interface Segment {
  readonly from: number;
  end: number;
  readonly free: number;
}

/**
 * Reverses the steps `from` to `to - 1` with at most `checkpoints` states held at once, the state
 * `from` among them, and the fewest advances possible. `forward` gets to the state before the last
 * step; `backward`, to be taken after it, reverses that step and those before it, in order. Throws
 * a RangeError unless `checkpoints` is a whole number from 1.
 */
export class Revolve {
  /** Nested segments, the one at work last. */
  private readonly segments: Segment[] = [];

  constructor(
    private readonly from: number,
    private readonly to: number,
    private readonly checkpoints: number,
  ) {
    if (!Number.isInteger(checkpoints) || checkpoints < 1) {
      throw new RangeError(`checkpoints: expected a whole number from 1, got ${checkpoints}`);
    }
  }

  *forward(): Generator<Move> {
    const { from, to } = this;
    if (to <= from) return;
    yield { kind: 'hold', state: from };
    this.segments.push({ from, end: to, free: this.checkpoints - 1 });
    yield* this.descend();
  }

  *backward(): Generator<Move | Reverse> {
    const { segments } = this;
    while (segments.length > 0) {
      const segment = segments[segments.length - 1];
      segment.end--;
      yield { kind: 'reverse', step: segment.end };
      if (segment.end === segment.from) {
        yield { kind: 'release', state: segment.from };
        segments.pop();
      }
      if (segments.length > 0) yield* this.descend();
    }
  }

  /** Advances to the input of the last step that is not reversed yet, holding states on the way. */
  private *descend(): Generator<Move> {
    for (;;) {
      const segment = this.segments[this.segments.length - 1];
      const { from, end, free } = segment;
      if (end - from === 1) return;
      if (free === 0) {
        yield { kind: 'advance', from, to: end - 1 };
        return;
      }
      const middle = from + split(end - from, free + 1);
      yield { kind: 'advance', from, to: middle };
      yield { kind: 'hold', state: middle };
      // What is left of this segment once the inner one is reversed.
      segment.end = middle;
      this.segments.push({ from: middle, end, free: free - 1 });
    }
  }
}

/** How far to advance before the next checkpoint: the least of the optimal distances. */
function split(steps: number, checkpoints: number): number {
  const r = repetitions(steps, checkpoints);
  return Math.max(1, reach(checkpoints, r - 2), steps - reach(checkpoints - 1, r));
}
