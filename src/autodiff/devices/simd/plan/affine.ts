/** @file Addresses as affine forms: a constant, and a coefficient for each variable. */

import { extentOf, type Index } from '../../../kernel/index-expression.ts';
import { DeviceError } from '../../device.ts';
import { chains } from '../tuning.ts';

/**
 * What an address adds multiples of: a variable, or arithmetic that is not affine. Equal keys mean
 * equal values. In `a[7 * y + row[x]]` the atoms are `y` and the entry `row[x]`.
 */
export type Atom = { readonly key: string; readonly depends: ReadonlySet<string> } & (
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'entry'; readonly slot: number; readonly address: Affine }
  | { readonly kind: 'div' | 'mod'; readonly x: Affine; readonly by: number }
  | {
      readonly kind: 'clamp';
      readonly x: Affine;
      readonly first: number;
      readonly last: number;
      /** What it reads beside the ends is left out. */
      readonly masked: boolean;
    }
);

/** `by * atom`. */
export interface Term {
  readonly atom: Atom;
  readonly by: number;
}

/**
 * The sum of the terms, each `by * atom`, and a constant; `key` names the terms alone. The address
 * `16 * y + x + 3` has the terms `1*x` and `16*y`, the constant 3 and the key `1*x+16*y`.
 */
export interface Affine {
  readonly terms: readonly Term[];
  readonly constant: number;
  readonly key: string;
  readonly depends: ReadonlySet<string>;
}

const none: ReadonlySet<string> = new Set();

/** A number as an address: `constant(3)` is `3`. */
export const constant = (value: number): Affine => ({
  terms: [],
  constant: value,
  key: '',
  depends: none,
});

const variableAtom = (name: string): Atom => ({
  kind: 'variable',
  name,
  key: name,
  depends: new Set([name]),
});

/** Names the whole address: `16 * y + 3` is `16*y+3`. Equal keys mean equal addresses. */
export const fullKey = ({ key, constant }: Affine): string => `${key}+${constant}`;

function make(terms: readonly Term[], constant: number): Affine {
  const depends = new Set<string>();
  for (const { atom } of terms) for (const name of atom.depends) depends.add(name);
  const key = terms.map(({ atom, by }) => `${by}*${atom.key}`).join('+');
  return { terms, constant, key, depends };
}

/**
 * Adds addresses, each times a number: `[{ x: y + 1, by: 16 }, { x: x, by: 1 }]` gives
 * `x + 16 * y + 16`. Terms that cancel are dropped.
 */
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

/** An atom as an address: `1 * atom`. */
export const single = (atom: Atom): Affine => make([{ atom, by: 1 }], 0);

/** A variable as an address: `variable('x')` is `1*x`. */
export const variable = (name: string): Affine => single(variableAtom(name));

const plus = (x: Affine, amount: number): Affine => ({ ...x, constant: x.constant + amount });

const entryAtom = (slot: number, address: Affine): Atom => ({
  kind: 'entry',
  slot,
  address,
  key: `e${slot}[${fullKey(address)}]`,
  depends: address.depends,
});

const quotientAtom = (kind: 'div' | 'mod', x: Affine, by: number): Atom => ({
  kind,
  x,
  by,
  key: `${kind}(${fullKey(x)},${by})`,
  depends: x.depends,
});

/** An address between two bounds: `clamp(x + 1, 0, 9)`. */
export const clampAtom = (x: Affine, first: number, last: number, masked: boolean): Atom => ({
  kind: 'clamp',
  x,
  first,
  last,
  masked,
  key: `clamp${masked ? '' : 'ed'}(${fullKey(x)},${first},${last})`,
  depends: x.depends,
});

/** What the arguments and the variables of a kernel are called in the plan. */
export interface IndexScope {
  /** The name of the kernel, for people. */
  readonly kernel: string;
  /** The slot of an argument, and whether it holds real numbers rather than integers. */
  slot(argument: number): { readonly slot: number; readonly real: boolean };
  variable(name: string): string;
}

/** Integers have 32 bits and a sign, and a loop may count one step of its copies past its end. */
export const largestIndex = 2 ** 31 - 1 - 4 * chains;

/**
 * Throws a DeviceError at an index that 32 bits do not hold where it is divided, clamped, compared or
 * counted to. Sums and products may wrap around on the way to the address of a cell, which they hold.
 * An index may be larger than any buffer: that of a value which is fused into its reader.
 */
export function expectExact(largest: number, { kernel }: IndexScope): void {
  if (largest <= largestIndex) return;
  throw new DeviceError(
    `simd: ${kernel} counts to ${largest}, beyond ${largestIndex}; use smaller batches or blocks`,
  );
}

/**
 * An index of a kernel as an address. `flatten([y, x], [100, 16])` is `16 * y + x`; `(x + 1) div 4`
 * is one term, the quotient of `x + 1`, as it is not affine.
 */
export function affineOf(index: Index, scope: IndexScope): Affine {
  switch (index.kind) {
    case 'int':
      return constant(index.value);
    case 'var':
      return variable(scope.variable(index.name));
    case 'entry':
      return single(entryAtom(scope.slot(index.slot).slot, affineOf(index.at, scope)));
    case 'add':
      return combine([
        { x: affineOf(index.x, scope), by: 1 },
        { x: affineOf(index.y, scope), by: 1 },
      ]);
    case 'mul':
      return combine([{ x: affineOf(index.x, scope), by: index.by }]);
    case 'div':
    case 'mod':
      expectExact(extentOf(index.x) - 1, scope);
      return single(quotientAtom(index.kind, affineOf(index.x, scope), index.by));
    case 'clampedShift':
      expectExact(Math.max(extentOf(index.x) + index.by, -index.by, index.extent) - 1, scope);
      return single(
        clampAtom(plus(affineOf(index.x, scope), index.by), 0, index.extent - 1, !!index.masked),
      );
    case 'reverse':
      return combine([
        { x: constant(index.extent - 1), by: 1 },
        { x: affineOf(index.x, scope), by: -1 },
      ]);
  }
}

/** What a variable is replaced by; undefined keeps it. */
export type Replace = (name: string) => Affine | undefined;

/** Replaces variables: `16 * y + x` with `y` replaced by 0 is `x`. */
export function substitute(x: Affine, replace: Replace): Affine {
  const parts = x.terms.map(({ atom, by }) => ({ x: substituteAtom(atom, replace), by }));
  return combine([...parts, { x: constant(x.constant), by: 1 }]);
}

function substituteAtom(atom: Atom, replace: Replace): Affine {
  switch (atom.kind) {
    case 'variable':
      return replace(atom.name) ?? single(atom);
    case 'entry':
      return single(entryAtom(atom.slot, substitute(atom.address, replace)));
    case 'clamp':
      return single(clampAtom(substitute(atom.x, replace), atom.first, atom.last, atom.masked));
    default:
      return single(quotientAtom(atom.kind, substitute(atom.x, replace), atom.by));
  }
}

/** What is added to variables, by name. */
export type Offsets = ReadonlyMap<string, number>;

/**
 * The address of another vector of the tile, whose variables are larger by `offsets`: `16 * y + x`
 * with `y` larger by 1 and `x` by 4 is `16 * y + x + 20`.
 */
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
    return offset ? plus(variable(name), offset) : undefined;
  });
}

function anyOffset(depends: ReadonlySet<string>, offsets: Offsets): boolean {
  for (const name of depends) if (offsets.get(name)) return true;
  return false;
}
