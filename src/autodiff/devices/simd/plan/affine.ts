/** @file Addresses as affine forms: a coefficient for each variable, and what lanes they reach. */

import type { Index } from '../../../kernel/index-expression.ts';

/** Something that an address is a multiple of: a variable, or arithmetic that is not affine. */
export type Atom = { readonly key: string; readonly depends: ReadonlySet<string> } & (
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'entry'; readonly place: number; readonly at: Affine; readonly real: boolean }
  | { readonly kind: 'div' | 'mod'; readonly x: Affine; readonly by: number }
  | {
      readonly kind: 'clamp';
      readonly x: Affine;
      readonly first: number;
      readonly last: number;
    }
);

export interface Term {
  readonly atom: Atom;
  readonly by: number;
}

/** The sum of `by * atom` and a constant; `key` names the terms, without the constant. */
export interface Affine {
  readonly terms: readonly Term[];
  readonly constant: number;
  readonly key: string;
  readonly depends: ReadonlySet<string>;
}

const none: ReadonlySet<string> = new Set();

export const constantOf = (constant: number): Affine => ({
  terms: [],
  constant,
  key: '',
  depends: none,
});

export const variableAtom = (name: string): Atom => ({
  kind: 'variable',
  name,
  key: name,
  depends: new Set([name]),
});

export const fullKey = ({ key, constant }: Affine): string => `${key}+${constant}`;

function make(terms: readonly Term[], constant: number): Affine {
  const depends = new Set<string>();
  for (const { atom } of terms) for (const name of atom.depends) depends.add(name);
  const key = terms.map(({ atom, by }) => `${by}*${atom.key}`).join('+');
  return { terms, constant, key, depends };
}

/** Sums affine forms, each times a number. */
export function combine(parts: readonly { x: Affine; by: number }[]): Affine {
  const sums = new Map<string, Term>();
  let constant = 0;
  for (const { x, by } of parts) {
    constant += x.constant * by;
    for (const term of x.terms) {
      const before = sums.get(term.atom.key)?.by ?? 0;
      sums.set(term.atom.key, { atom: term.atom, by: before + term.by * by });
    }
  }
  const terms = [...sums.values()].filter(({ by }) => by !== 0);
  terms.sort((a, b) => (a.atom.key < b.atom.key ? -1 : 1));
  return make(terms, constant);
}

export const ofAtom = (atom: Atom): Affine => make([{ atom, by: 1 }], 0);

const plus = (x: Affine, amount: number): Affine => ({ ...x, constant: x.constant + amount });

const entryAtom = (place: number, at: Affine, real: boolean): Atom => ({
  kind: 'entry',
  place,
  at,
  real,
  key: `e${place}[${fullKey(at)}]`,
  depends: at.depends,
});

const quotientAtom = (kind: 'div' | 'mod', x: Affine, by: number): Atom => ({
  kind,
  x,
  by,
  key: `${kind}(${fullKey(x)},${by})`,
  depends: x.depends,
});

const clampAtom = (x: Affine, first: number, last: number): Atom => ({
  kind: 'clamp',
  x,
  first,
  last,
  key: `clamp(${fullKey(x)},${first},${last})`,
  depends: x.depends,
});

/** What an index means where it stands: the places of slots, the names of variables. */
export interface IndexScope {
  place(slot: number): { readonly place: number; readonly real: boolean };
  variable(name: string): string;
}

export function affineOf(index: Index, scope: IndexScope): Affine {
  switch (index.kind) {
    case 'int':
      return constantOf(index.value);
    case 'var':
      return ofAtom(variableAtom(scope.variable(index.name)));
    case 'entry': {
      const { place, real } = scope.place(index.slot);
      return ofAtom(entryAtom(place, affineOf(index.at, scope), real));
    }
    case 'add':
      return combine([
        { x: affineOf(index.x, scope), by: 1 },
        { x: affineOf(index.y, scope), by: 1 },
      ]);
    case 'mul':
      return combine([{ x: affineOf(index.x, scope), by: index.by }]);
    case 'div':
    case 'mod':
      return ofAtom(quotientAtom(index.kind, affineOf(index.x, scope), index.by));
    case 'clampedShift':
      return ofAtom(clampAtom(plus(affineOf(index.x, scope), index.by), 0, index.extent - 1));
    case 'reverse':
      return combine([
        { x: constantOf(index.extent - 1), by: 1 },
        { x: affineOf(index.x, scope), by: -1 },
      ]);
  }
}

/** Rewrites the variables of an address. */
export function substitute(x: Affine, replace: (name: string) => Affine | undefined): Affine {
  const parts = x.terms.map(({ atom, by }) => ({ x: substituteAtom(atom, replace), by }));
  return combine([...parts, { x: constantOf(x.constant), by: 1 }]);
}

function substituteAtom(atom: Atom, replace: (name: string) => Affine | undefined): Affine {
  switch (atom.kind) {
    case 'variable':
      return replace(atom.name) ?? ofAtom(atom);
    case 'entry':
      return ofAtom(entryAtom(atom.place, substitute(atom.at, replace), atom.real));
    case 'clamp':
      return ofAtom(clampAtom(substitute(atom.x, replace), atom.first, atom.last));
    default:
      return ofAtom(quotientAtom(atom.kind, substitute(atom.x, replace), atom.by));
  }
}

export type Offsets = ReadonlyMap<string, number>;

/** The address with `offsets` added to its variables. */
export function shifted(x: Affine, offsets: Offsets): Affine {
  let constant = x.constant;
  let plain = true;
  for (const { atom, by } of x.terms) {
    if (atom.kind === 'variable') constant += by * (offsets.get(atom.name) ?? 0);
    else if (anyOffset(atom.depends, offsets)) plain = false;
  }
  if (plain) return constant === x.constant ? x : { ...x, constant };
  return substitute(x, (name) => {
    const offset = offsets.get(name);
    return offset ? plus(ofAtom(variableAtom(name)), offset) : undefined;
  });
}

function anyOffset(depends: ReadonlySet<string>, offsets: Offsets): boolean {
  for (const name of depends) if (offsets.get(name)) return true;
  return false;
}

/** Whether the term is a clamp of a cell and its neighbours, one for each lane. */
const clampsLanes = ({ atom, by }: Term, lane: string): boolean =>
  by === 1 &&
  atom.kind === 'clamp' &&
  atom.x.terms.every((inner) =>
    inner.atom.key === lane ? inner.by === 1 : !inner.atom.depends.has(lane),
  );

const mapTerms = (x: Affine, map: (term: Term) => Affine): Affine =>
  combine([
    ...x.terms.map((term) => ({ x: map(term), by: term.by })),
    { x: constantOf(x.constant), by: 1 },
  ]);

/**
 * Where four cells in a row are loaded from, of which some may lie outside of a clamp: it lets
 * three more cells before the first, so that those inside stay in their lanes. What is read outside
 * is masked, and the memory goes on by three cells on either side of any block.
 */
export const unclampedLanes = (x: Affine, lane: string): Affine =>
  mapTerms(x, (term) => {
    const { atom } = term;
    const widen = atom.kind === 'clamp' && clampsLanes(term, lane);
    return ofAtom(widen ? clampAtom(atom.x, atom.first - 3, atom.last) : atom);
  });

/** How the four lanes of a vector along a variable read: one cell, four in a row, or others. */
export type Lanes = 'uniform' | 'contiguous' | 'scattered';

/** `aligned` says that the variable is a multiple of four at lane 0. */
export function lanesOf(x: Affine, lane: string | null, aligned: boolean): Lanes {
  if (lane === null) return 'uniform';
  const inside = mapTerms(x, (term) =>
    term.atom.kind === 'clamp' && clampsLanes(term, lane) ? term.atom.x : ofAtom(term.atom),
  );
  const coefficient = laneCoefficient(inside, lane, aligned);
  if (coefficient === 0) return 'uniform';
  return coefficient === 1 ? 'contiguous' : 'scattered';
}

/** What a step along the lane adds to the address, null if it differs from lane to lane. */
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

/** Four lanes from a multiple of four never cross a multiple of a multiple of four. */
function atomStep(atom: Atom, lane: string): number | null {
  if (atom.kind === 'variable') return 1;
  if ((atom.kind !== 'div' && atom.kind !== 'mod') || atom.by % 4 !== 0) return null;
  const inner = laneCoefficient(atom.x, lane, true);
  if (inner === 0) return 0;
  if (inner !== 1 || !startsAtMultipleOfFour(atom.x, lane)) return null;
  return atom.kind === 'mod' ? 1 : 0;
}

function startsAtMultipleOfFour(x: Affine, lane: string): boolean {
  const terms = x.terms.every(
    ({ atom, by }) => by % 4 === 0 || (atom.kind === 'variable' && atom.name === lane),
  );
  return terms && x.constant % 4 === 0;
}
