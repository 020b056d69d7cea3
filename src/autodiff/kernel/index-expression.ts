/** @file Integer expressions that address cells, simplified as they are built. */

/**
 * A non-negative integer: a constant, a thread or loop variable below `extent`, an entry of an
 * index buffer, or arithmetic on these. `div` rounds down, `clampedShift` is `x + by` clamped to
 * `[0, extent)`, where it is `masked` for a read whose result beside the ends is left out, `reverse` is
 * `extent - 1 - x`. The functions below simplify what they build: an index knows its range, so that
 * most of the `div` and `mod` of composed views vanish.
 */
export type Index =
  | { kind: 'int'; value: number }
  | { kind: 'var'; name: string; extent: number }
  | { kind: 'entry'; slot: number; at: Index; extent: number }
  | { kind: 'add'; x: Index; y: Index }
  | { kind: 'mul'; x: Index; by: number }
  | { kind: 'div'; x: Index; by: number }
  | { kind: 'mod'; x: Index; by: number }
  | { kind: 'clampedShift'; x: Index; by: number; extent: number; masked?: true }
  | { kind: 'reverse'; x: Index; extent: number };

/** A constant index. */
export const int = (value: number): Index => ({ kind: 'int', value });

/** A thread variable below `extent`; one that can only be 0 becomes a constant. */
export const variable = (name: string, extent: number): Index =>
  extent === 1 ? int(0) : { kind: 'var', name, extent };

/** The smallest integer that the index is known to stay below. */
export function extentOf(index: Index): number {
  switch (index.kind) {
    case 'int':
      return index.value + 1;
    case 'var':
    case 'entry':
    case 'clampedShift':
    case 'reverse':
      return index.extent;
    case 'add':
      return extentOf(index.x) + extentOf(index.y) - 1;
    case 'mul':
      return (extentOf(index.x) - 1) * index.by + 1;
    case 'div':
      return Math.floor((extentOf(index.x) - 1) / index.by) + 1;
    case 'mod':
      return Math.min(index.by, extentOf(index.x));
  }
}

/** `x + y`. */
export function add(x: Index, y: Index): Index {
  if (x.kind === 'int' && y.kind === 'int') return int(x.value + y.value);
  if (x.kind === 'int') return x.value === 0 ? y : add(y, x);
  if (y.kind === 'int' && y.value === 0) return x;
  return joinSplit(x, y) ?? { kind: 'add', x, y };
}

/** `(g div (n m)) * n + (g div m) mod n` is `g div m`: a reshape of a reshape. */
function joinSplit(x: Index, y: Index): Index | undefined {
  if (x.kind !== 'mul' || x.x.kind !== 'div' || y.kind !== 'mod') return undefined;
  const n = x.by;
  if (y.by !== n || x.x.by % n !== 0) return undefined;
  return sameIndex(div(x.x.x, x.x.by / n), y.x) ? y.x : undefined;
}

/** `x * by`. */
export function mul(x: Index, by: number): Index {
  if (by === 0) return int(0);
  if (by === 1) return x;
  if (x.kind === 'int') return int(x.value * by);
  if (x.kind === 'mul') return mul(x.x, x.by * by);
  if (x.kind === 'add') return add(mul(x.x, by), mul(x.y, by));
  return { kind: 'mul', x, by };
}

/** `x / by`, rounded down; `by` is at least 1. */
export function div(x: Index, by: number): Index {
  if (by === 1) return x;
  if (extentOf(x) <= by) return int(0);
  if (x.kind === 'int') return int(Math.floor(x.value / by));
  if (x.kind === 'div') return div(x.x, x.by * by);
  if (x.kind === 'mul' && x.by % by === 0) return mul(x.x, x.by / by);
  if (x.kind === 'mul' && by % x.by === 0) return div(x.x, by / x.by);
  if (x.kind === 'add') {
    const { whole, rest } = splitMultiples(x, by);
    if (whole.kind !== 'int' || whole.value !== 0) {
      const quotients = terms(whole).map((term) => div(term, by));
      return quotients.reduceRight((sum, quotient) => add(quotient, sum), div(rest, by));
    }
  }
  return { kind: 'div', x, by };
}

/** The remainder of `x / by`; `by` is at least 1. */
export function mod(x: Index, by: number): Index {
  if (by === 1) return int(0);
  if (extentOf(x) <= by) return x;
  if (x.kind === 'int') return int(x.value % by);
  if (x.kind === 'mul' && x.by % by === 0) return int(0);
  if (x.kind === 'mul' && by % x.by === 0) return mul(mod(x.x, by / x.by), x.by);
  if (x.kind === 'add') {
    const { whole, rest } = splitMultiples(x, by);
    if (whole.kind !== 'int' || whole.value !== 0) return mod(rest, by);
  }
  return { kind: 'mod', x, by };
}

/** Splits a sum into the terms that are multiples of `by` and the rest. */
function splitMultiples(x: Index, by: number): { whole: Index; rest: Index } {
  let whole = int(0);
  let rest = int(0);
  for (const term of terms(x)) {
    const multiple =
      (term.kind === 'mul' && term.by % by === 0) || (term.kind === 'int' && term.value % by === 0);
    if (multiple) whole = add(whole, term);
    else rest = add(rest, term);
  }
  return { whole, rest };
}

function terms(x: Index): Index[] {
  return x.kind === 'add' ? [...terms(x.x), ...terms(x.y)] : [x];
}

/** `x + by` clamped to `[0, extent)`. */
export function clampedShift(x: Index, by: number, extent: number): Index {
  // A constant must become a literal, because WebGL 1 takes no call as the bound of a loop.
  if (x.kind === 'int') return int(Math.min(Math.max(x.value + by, 0), extent - 1));
  return by === 0 && extentOf(x) <= extent ? x : { kind: 'clampedShift', x, by, extent };
}

/** `extent - 1 - x`, for an `x` below `extent`: the same axis counted from its end. */
export function reverse(x: Index, extent: number): Index {
  if (x.kind === 'int') return int(extent - 1 - x.value);
  if (x.kind === 'reverse' && x.extent === extent) return x.x;
  return { kind: 'reverse', x, extent };
}

/** Whether two indices have one structure; equal values may still be written differently. */
export function sameIndex(x: Index, y: Index): boolean {
  if (x === y) return true;
  if (x.kind === 'int') return y.kind === 'int' && x.value === y.value;
  if (x.kind === 'var') return y.kind === 'var' && x.name === y.name;
  if (x.kind === 'entry') return y.kind === 'entry' && x.slot === y.slot && sameIndex(x.at, y.at);
  if (x.kind === 'add') return y.kind === 'add' && sameIndex(x.x, y.x) && sameIndex(x.y, y.y);
  if ('extent' in x && 'extent' in y && x.extent !== y.extent) return false;
  if ('masked' in x !== 'masked' in y) return false;
  if (x.kind === 'reverse') return y.kind === 'reverse' && sameIndex(x.x, y.x);
  return x.kind === y.kind && 'by' in y && x.by === y.by && sameIndex(x.x, y.x);
}

/** The row-major position of a cell in a tensor of a shape. */
export function flatten(position: readonly Index[], shape: readonly number[]): Index {
  let flat: Index = int(0);
  for (let axis = 0; axis < shape.length; axis++) {
    flat = add(mul(flat, shape[axis]), position[axis]);
  }
  return flat;
}

/** The inverse of `flatten`: an index along each axis of the cell at a row-major position. */
export function unflatten(flat: Index, shape: readonly number[]): Index[] {
  const position = new Array<Index>(shape.length);
  let rest = flat;
  for (let axis = shape.length - 1; axis > 0; axis--) {
    position[axis] = mod(rest, shape[axis]);
    rest = div(rest, shape[axis]);
  }
  if (shape.length > 0) position[0] = rest;
  return position;
}
