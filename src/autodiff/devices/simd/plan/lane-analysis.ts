/** @file What the four lanes of a vector read: one cell, neighbours, or cells here and there. */

import {
  type Affine,
  type Atom,
  clampAtom,
  combine,
  constant,
  single,
  type Term,
} from './affine.ts';

/** The variable that the four lanes of a vector count on, null if all hold the same value. */
export interface LaneAxis {
  readonly lane: string | null;
  /** The variable is a multiple of four at lane 0, offsets aside. */
  readonly aligned: boolean;
}

/**
 * Whether the term clamps the four cells of a vector, one a lane, for a read that is masked:
 * `clamp(x + 1)` along `x` does, `2 * clamp(x)` and `clamp(2 * x)` do not.
 */
const clampsLanes = ({ atom, by }: Term, lane: string): boolean =>
  by === 1 &&
  atom.kind === 'clamp' &&
  atom.masked &&
  atom.x.terms.every((inner) =>
    inner.atom.key === lane ? inner.by === 1 : !inner.atom.depends.has(lane),
  );

const mapTerms = (x: Affine, map: (term: Term) => Affine): Affine =>
  combine([
    ...x.terms.map((term) => ({ x: map(term), by: term.by })),
    { x: constant(x.constant), by: 1 },
  ]);

/**
 * Where to load the four cells of a vector from if a clamp cuts some of them off. `clamp(x - 2, 0,
 * 9)` becomes `clamp(x - 2, -3, 9)`: at x = 0 the load starts at cell -2, so that cells 0 and 1 are
 * in lanes 2 and 3. The expression masks what was read outside, and every block has three cells of
 * the memory on either side.
 */
export const unclampedLanes = (x: Affine, lane: string): Affine =>
  mapTerms(x, (term) => {
    const { atom } = term;
    const widen = atom.kind === 'clamp' && clampsLanes(term, lane);
    return single(widen ? clampAtom(atom.x, atom.first - 3, atom.last, true) : atom);
  });

/**
 * What the four lanes of a vector read. Along `x`: `y` is uniform (one cell), `x + 3` contiguous
 * (four neighbours), `2 * x` scattered.
 */
export type Lanes = 'uniform' | 'contiguous' | 'scattered';

/** What the lanes of an address read, a clamp of its cells aside. */
export function lanesOf(x: Affine, { lane, aligned }: LaneAxis): Lanes {
  if (lane === null) return 'uniform';
  const unclamped = mapTerms(x, (term) =>
    term.atom.kind === 'clamp' && clampsLanes(term, lane) ? term.atom.x : single(term.atom),
  );
  const coefficient = laneCoefficient(unclamped, lane, aligned);
  if (coefficient === 0) return 'uniform';
  return coefficient === 1 ? 'contiguous' : 'scattered';
}

/**
 * What a step along the lane adds to the address, null if it differs from lane to lane. Along `x`:
 * 3 for `3 * x + y`; 1 for `x mod 8` if `x` is a multiple of four at lane 0, else null.
 */
export function laneCoefficient(x: Affine, lane: string, aligned: boolean): number | null {
  let coefficient = 0;
  for (const { atom, by } of x.terms) {
    if (!atom.depends.has(lane)) continue;
    const step = aligned || atom.kind === 'variable' ? atomStep(atom, lane) : null;
    if (step === null) return null;
    coefficient += by * step;
  }
  return coefficient;
}

/**
 * The same for one atom. Four lanes from a multiple of four cross no multiple of eight: there `x
 * mod 8` counts on by 1 and `x div 8` stays.
 */
function atomStep(atom: Atom, lane: string): number | null {
  if (atom.kind === 'variable') return 1;
  if ((atom.kind !== 'div' && atom.kind !== 'mod') || atom.by % 4 !== 0) return null;
  const inner = laneCoefficient(atom.x, lane, true);
  if (inner === 0) return 0;
  if (inner !== 1 || !startsAtMultipleOfFour(atom.x, lane)) return null;
  return atom.kind === 'mod' ? 1 : 0;
}

/** Whether the address is a multiple of four at lane 0: along `x`, `x + 8 * y + 4` is. */
function startsAtMultipleOfFour(x: Affine, lane: string): boolean {
  const terms = x.terms.every(
    ({ atom, by }) => by % 4 === 0 || (atom.kind === 'variable' && atom.name === lane),
  );
  return terms && x.constant % 4 === 0;
}
