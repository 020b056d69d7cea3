/** @file The binomial checkpointing schedule (Griewank & Walther 2000, Algorithm 799: revolve). */

/** What a reverse sweep does next; states are named by the number of steps that made them. */
export type Action =
  /** Run steps `from` to `to - 1`, from the state `from` that is held or was just reached. */
  | { readonly kind: 'advance'; readonly from: number; readonly to: number }
  /** Keep the state just reached. */
  | { readonly kind: 'hold'; readonly state: number }
  /** Differentiate step `step`, from its input state, which is held or was just reached. */
  | { readonly kind: 'reverse'; readonly step: number }
  /** Let a held state go. */
  | { readonly kind: 'release'; readonly state: number };

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

function repetitions(steps: number, checkpoints: number): number {
  let r = 0;
  while (reach(checkpoints, r) < steps) r++;
  return r;
}

/**
 * Reverses the steps `from` to `to - 1` holding at most `checkpoints` states at once, the state
 * `from` (held by the caller's first `hold`) among them, with the fewest advances possible.
 */
export function* revolve(from: number, to: number, checkpoints: number): Generator<Action> {
  if (!Number.isInteger(checkpoints) || checkpoints < 1) {
    throw new RangeError(`checkpoints: expected a whole number from 1, got ${checkpoints}`);
  }
  if (to <= from) return;
  yield { kind: 'hold', state: from };
  yield* sweep(from, to, checkpoints - 1);
  yield { kind: 'release', state: from };
}

/** Reverses `from` to `to - 1` where the state `from` is held and `free` more may be. */
function* sweep(from: number, to: number, free: number): Generator<Action> {
  let end = to;
  while (end - from > 1) {
    if (free === 0) {
      yield { kind: 'advance', from, to: end - 1 };
      yield { kind: 'reverse', step: end - 1 };
      end--;
      continue;
    }
    const middle = from + split(end - from, free + 1);
    yield { kind: 'advance', from, to: middle };
    yield { kind: 'hold', state: middle };
    yield* sweep(middle, end, free - 1);
    yield { kind: 'release', state: middle };
    end = middle;
  }
  yield { kind: 'reverse', step: from };
}

/** How far to advance before the next checkpoint: the least of the optimal distances. */
function split(steps: number, checkpoints: number): number {
  const r = repetitions(steps, checkpoints);
  return Math.max(1, reach(checkpoints, r - 2), steps - reach(checkpoints - 1, r));
}
