/** @file GradBench `det`: a determinant by expansion by minors, each minor computed once. */

import { z } from 'zod';
import {
  compile,
  type Device,
  gather,
  grad,
  mul,
  ones,
  reshape,
  rowIndex,
  sum,
  type Tensor,
  tensor,
} from '../../../src/autodiff/index.ts';
import { type EvalModule, evalFunction, takeNumber, takeNumbers } from '../function.ts';

const schema = z
  .object({ A: z.array(z.number()), ell: z.number().int().min(1).max(16) })
  .refine(({ A, ell }) => A.length === ell * ell, 'A: expected ell x ell numbers');

/** The sets of `size` columns out of `count`, each a bit mask, ascending. */
const columnSets = (count: number, size: number): number[] =>
  Array.from({ length: 2 ** count }, (_, set) => set).filter((set) => bits(set).length === size);

const bits = (set: number): number[] =>
  Array.from({ length: 32 }, (_, bit) => bit).filter((bit) => (set >> bit) & 1);

/**
 * The minors of the last `size` rows follow from those of the last `size - 1`: each expands along
 * its first row, whose entries have alternating signs. What is read where is the same for all
 * matrices of a size.
 */
function determinantOf(ell: number) {
  const levels = Array.from({ length: ell }, (_, i) => levelOf(ell, i + 1));
  return (a: Tensor): Tensor => {
    const entries = reshape(a, [ell * ell, 1]);
    let minors = ones([1, 1]);
    for (const { size, count, entry, minor, signs } of levels) {
      const products = mul(mul(gather(entries, entry), signs), gather(minors, minor));
      minors = reshape(sum(reshape(products, [count, size]), 1), [count, 1]);
    }
    return reshape(minors, []);
  };
}

function levelOf(ell: number, size: number) {
  const sets = columnSets(ell, size);
  const place = new Map(columnSets(ell, size - 1).map((set, i) => [set, i]));
  const row = ell - size;
  const terms = sets.flatMap((set) => bits(set).map((column) => ({ set, column })));
  const entry = Int32Array.from(terms, ({ column }) => row * ell + column);
  const minor = Int32Array.from(terms, ({ set, column }) => place.get(set & ~(1 << column)) ?? -1);
  const signs = Float64Array.from(terms, (_, i) => ((i % size) % 2 === 0 ? 1 : -1));
  return {
    size,
    count: sets.length,
    entry: rowIndex(entry, ell * ell),
    minor: rowIndex(minor, place.size),
    signs: tensor(signs, [terms.length, 1]),
  };
}

export const det: EvalModule = {
  name: 'det',
  functions: {
    primal: evalFunction(schema, ({ A, ell }, device: Device) => {
      const compiled = compile(determinantOf(ell), { device });
      return async () => takeNumber(await compiled(tensor(A)), device);
    }),
    gradient: evalFunction(schema, ({ A, ell }, device: Device) => {
      const compiled = compile(grad(determinantOf(ell)), { device });
      return async () => takeNumbers(await compiled(tensor(A)), device);
    }),
  },
};
