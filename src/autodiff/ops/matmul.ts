/** @file The matrix product, with batch axes and transpose flags; its adjoints are products too. */

import { binary } from '../kernel/expression.ts';
import type { Index } from '../kernel/index-expression.ts';
import { expectOptions } from '../tape/options.ts';
import { type Cell, define } from '../tape/primitive.ts';
import { type Shape, ShapeError, sameShape, showShape } from '../tape/shape.ts';
import type { Tensor } from '../tape/tensor.ts';

/** Which operands are read with their last two axes swapped. */
export interface TransposeFlags {
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
}

const flagNames = ['transposeA', 'transposeB'];

type Flags = { readonly transposeA: boolean; readonly transposeB: boolean };

function dimensions(a: Shape, b: Shape, { transposeA, transposeB }: Flags) {
  const [rowsA, columnsA] = a.slice(-2);
  const [rowsB, columnsB] = b.slice(-2);
  const [m, inner] = transposeA ? [columnsA, rowsA] : [rowsA, columnsA];
  const [k, n] = transposeB ? [columnsB, rowsB] : [rowsB, columnsB];
  return { m, n, k, inner, batch: a.slice(0, -2) };
}

const show = (shape: Shape, transposed: boolean) => showShape(shape) + (transposed ? 'ᵀ' : '');

const product = define<Flags>({
  name: 'matmul',
  family: 'fold',
  shape: ([a, b], flags) => {
    const pair = `${show(a, flags.transposeA)} and ${show(b, flags.transposeB)}`;
    if (a.length < 2 || a.length !== b.length || !sameShape(a.slice(0, -2), b.slice(0, -2))) {
      throw new ShapeError(`matmul: expected matrices with equal batch axes, got ${pair}`);
    }
    const { m, n, k, inner, batch } = dimensions(a, b, flags);
    if (inner !== k) throw new ShapeError(`matmul: inner sizes differ, got ${pair}`);
    return [...batch, m, n];
  },
  cell: (position, [a, b], flags, fold) => {
    const batch = position.slice(0, -2);
    const [y, x] = position.slice(-2);
    const { k } = dimensions(a.shape, b.shape, flags);
    const entry = (matrix: Cell, row: Index, column: Index, transposed: boolean) =>
      matrix.read(transposed ? [...batch, column, row] : [...batch, row, column]);
    return fold('sum', k, (i) =>
      binary('mul', entry(a, y, i, flags.transposeA), entry(b, i, x, flags.transposeB)),
    );
  },
  // C = op(A) op(B): the cotangent of op(A) is ct op(B)ᵀ, of op(B) is op(A)ᵀ ct.
  vjp: (ct, _out, [a, b], { transposeA, transposeB }) => [
    transposeA
      ? matmul(b, ct, { transposeA: transposeB, transposeB: true })
      : matmul(ct, b, { transposeB: !transposeB }),
    transposeB
      ? matmul(ct, a, { transposeA: true, transposeB: transposeA })
      : matmul(a, ct, { transposeA: !transposeA }),
  ],
  reads: ['many', 'many'],
});

/**
 * The matrix product over the last two axes, `[…,m,k]` by `[…,k,n]` to `[…,m,n]`. Throws a
 * ShapeError unless the leading axes are equal and the inner sizes agree.
 */
export function matmul(a: Tensor, b: Tensor, flags: TransposeFlags = {}): Tensor {
  expectOptions('matmul', flags, flagNames);
  const { transposeA = false, transposeB = false } = flags;
  return product([a, b], { transposeA, transposeB });
}
