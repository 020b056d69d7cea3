/** @file Every primitive: derivatives of first and second order, values, and shape errors. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  add,
  backSubstitute,
  broadcastTo,
  cholesky,
  concat,
  distinctRows,
  exp,
  flip,
  forwardSubstitute,
  full,
  gather,
  grad,
  hypergradient,
  matmul,
  mul,
  openDevice,
  pad,
  planOf,
  readAll,
  replaceRows,
  reshape,
  rowIndex,
  ShapeError,
  sddmm,
  segmentSum,
  setDefaultDevice,
  slice,
  solve,
  sparsePattern,
  spmm,
  spmmTransposed,
  stopGradient,
  sub,
  sum,
  Tensor,
  tensor,
  transpose,
  upperTriangle,
  where,
} from '../../../src/autodiff/index.ts';
import { blockSum, maxOver } from '../../../src/autodiff/ops/reduce.ts';
import { primitives } from '../../../src/autodiff/tape/primitive.ts';
import { checkDrawn } from '../check-drawn.ts';
import { Draw, forAll } from '../draw.ts';
import { cases } from './primitive-cases.ts';

setDefaultDevice(await openDevice('reference'));

test('every primitive has cases', () => {
  const known = [...Object.keys(cases), 'stopGradient'].sort();
  assert.equal(known, [...primitives.keys()].sort());
});

/** Adds the primitives on the tape between a tensor and its leaves. */
function addPrimitives(names: Set<string>, node: Tensor): void {
  if (node.primitive) names.add(node.primitive.name);
  for (const input of node.inputs) addPrimitives(names, input);
}

for (const [name, makers] of Object.entries(cases)) {
  test(`${name} agrees with central differences at first and second order`, async () => {
    const used = new Set<string>();
    for (const make of makers) {
      await forAll(12, async (draw) => {
        const { inputs, fn } = make(draw);
        const gradient = grad((at: readonly Tensor[]) => sum(fn(at)))(inputs);
        for (const root of [fn(inputs), ...gradient]) addPrimitives(used, root);
        // The curvature of a linear function shows only in what it is multiplied with.
        const curved = (at: readonly Tensor[]) => mul(fn(at), exp(mul(0.1, fn(at))));
        await checkDrawn(fn, inputs, { order: 1 });
        await checkDrawn(curved, inputs, { order: 2 });
      });
    }
    assert.ok(used.has(name));
  });
}

test('stopGradient keeps the value and has no derivative', async () => {
  const x = tensor([3, -2]);
  const fn = (at: Tensor) => sum(mul(at, stopGradient(mul(at, at))));
  assert.equal(await fn(x).item(), 19);
  assert.equal(await grad(fn)(x).array(), [9, 4]);
  assert.equal(await grad((at: Tensor) => sum(grad(fn)(at)))(x).array(), [0, 0]);
});

const identityMatrix = (k: number): Tensor =>
  tensor(
    Float64Array.from({ length: k * k }, (_, i) => (i % (k + 1) === 0 ? 1 : 0)),
    [k, k],
  );

const plainMatmul = (
  read: (y: number, k: number) => number,
  by: (k: number, x: number) => number,
  [m, inner, n]: readonly number[],
): number[] => {
  const out: number[] = [];
  for (let y = 0; y < m; y++) {
    for (let x = 0; x < n; x++) {
      let total = 0;
      for (let k = 0; k < inner; k++) total += read(y, k) * by(k, x);
      out.push(total);
    }
  }
  return out;
};

test('products, sparse products and gathers equal plain loops bit for bit', async () => {
  await forAll(30, async (draw) => {
    const [rows, columns, k] = draw.shape(3);
    const { matrix, pattern } = draw.pattern(rows, columns);
    const values = draw.uniform(pattern.row.shape);
    const [p, q] = [draw.uniform([rows, k]), draw.uniform([columns, k])];
    const [hv, hp, hq] = await readAll([values, p, q]);
    const dense = new Float64Array(rows * columns);
    const places: number[] = [];
    for (let r = 0; r < rows; r++) {
      for (let e = matrix.indptr[r]; e < matrix.indptr[r + 1]; e++) {
        places.push(r * columns + matrix.indices[e]);
        dense[r * columns + matrix.indices[e]] = hv[e];
      }
    }
    const scores = plainMatmul(
      (y, i) => hp[y * k + i],
      (i, x) => hq[x * k + i],
      [rows, k, columns],
    );
    const [full, byRow, byColumn, entries] = await readAll([
      matmul(p, q, { transposeB: true }),
      spmm(pattern, values, q),
      spmmTransposed(pattern, values, p),
      sddmm(pattern, p, q),
    ]);
    assert.equal([...full], scores);
    const product = plainMatmul(
      (y, i) => dense[y * columns + i],
      (i, x) => hq[i * k + x],
      [rows, columns, k],
    );
    assert.equal([...byRow], product);
    const other = plainMatmul(
      (y, i) => dense[i * columns + y],
      (i, x) => hp[i * k + x],
      [columns, rows, k],
    );
    assert.equal([...byColumn], other);
    const padding = new Array<number>(entries.length - places.length).fill(0);
    assert.equal([...entries], [...places.map((at) => scores[at]), ...padding]);
    const list = draw.rows(5, rows);
    const index = rowIndex(list, rows);
    const [taken, summed] = await readAll([gather(p, index), segmentSum(gather(p, index), index)]);
    assert.equal(
      [...taken],
      [...list].flatMap((row) => [...hp.slice(row * k, (row + 1) * k)]),
    );
    const counts = Array.from({ length: rows }, (_, r) => list.filter((row) => row === r).length);
    summed.forEach((value, i) => {
      // A sum of up to 5 equal terms: each addition rounds once.
      const expected = counts[Math.floor(i / k)] * hp[i];
      assert.ok(Math.abs(value - expected) <= 5 * Number.EPSILON * Math.abs(expected));
    });
  });
});

test('padding of an index takes no row, forwards and back', async () => {
  const one = distinctRows(Int32Array.of(1), 2, 3);
  assert.equal(await gather(tensor([5, 7]), one).array(), [7, 0, 0]);
  const gathered = (x: Tensor) => sum(gather(x, one));
  assert.equal(await grad(gathered)(tensor([5, 7])).array(), [0, 1]);
  const summed = (x: Tensor) => sum(mul(tensor([3, 1]), segmentSum(x, one)));
  assert.is(await summed(tensor([5, 7, 9])).item(), 5);
  assert.equal(await grad(summed)(tensor([5, 7, 9])).array(), [1, 0, 0]);
});

test('a hypergradient through padding is that of what was trained', async () => {
  const one = distinctRows(Int32Array.of(1), 2, 3);
  const { gradient } = await hypergradient({
    inputs: { u: tensor([1, 2, 3]) },
    init: () => tensor([0.5, 0.8]),
    steps: 3,
    step: (x, { u }) => {
      const loss = (at: Tensor) => sum(mul(u, mul(gather(at, one), gather(at, one))));
      return sub(x, mul(0.1, grad(loss)(x)));
    },
    objective: (x) => sum(x),
  });
  // f = 0.5 + 0.8 (1 - 0.2 u0)³: its derivative is 0.8 · 3 · 0.8² · -0.2. Some ten roundings.
  const [first, ...others] = await gradient.u.data();
  assert.ok(Math.abs(first + 0.3072) <= 10 * Number.EPSILON);
  assert.equal(others, [0, 0]);
});

test('a pattern without entries has none, and padding of a pattern counts nowhere', async () => {
  const empty = { rows: 2, columns: 2, indptr: new Int32Array(3), indices: new Int32Array(0) };
  const [p, q] = [tensor([[1], [2]]), tensor([[3], [4]])];
  for (const [capacity, zeros] of [
    [undefined, []],
    [2, [0, 0]],
  ] as const) {
    const none = sparsePattern(empty, capacity);
    assert.equal(await sddmm(none, p, q).array(), zeros);
    const products = (v: Tensor) => sum(spmm(none, v, q));
    const values = tensor(new Float64Array(zeros.length).fill(5));
    assert.is(await products(values).item(), 0);
    assert.equal(await grad(products)(values).array(), zeros);
  }
  const indices = Int32Array.of(1);
  const one = sparsePattern({ rows: 2, columns: 2, indptr: Int32Array.of(0, 1, 1), indices }, 3);
  // Of v the first entry alone counts, at (0, 1): the product is v0 q1.
  const slope = grad((v: Tensor) => sum(spmm(one, v, q)))(tensor([7, 8, 9]));
  assert.equal(await slope.array(), [4, 0, 0]);
  const back = grad((v: Tensor) => sum(spmmTransposed(one, v, p)))(tensor([7, 8, 9]));
  assert.equal(await back.array(), [1, 0, 0]);
  assert.equal(await grad((x: Tensor) => sum(sddmm(one, x, q)))(p).array(), [[4], [0]]);
});

const pattern = sparsePattern({
  rows: 2,
  columns: 3,
  indptr: Int32Array.of(0, 1, 2),
  indices: Int32Array.of(0, 2),
});
const draw = new Draw(1);
const of = (...shape: number[]) => draw.uniform(shape);

const misfits: readonly [string, () => Tensor, readonly string[]][] = [
  ['add', () => add(of(2, 3), of(2)), ['[2,3]', '[2]']],
  ['where', () => where(of(3), of(2), 0), ['[3]', '[2]']],
  ['matmul', () => matmul(of(3, 4), of(5, 2)), ['[3,4]', '[5,2]']],
  ['matmul', () => matmul(of(2, 3, 4), of(3, 4, 2)), ['[2,3,4]', '[3,4,2]']],
  ['matmul', () => matmul(of(3, 4), of(4, 2), { transposeB: true }), ['[3,4]', '[4,2]ᵀ']],
  ['spmm', () => spmm(pattern, of(2), of(2, 4)), ['2 x 3', '[2]', '[2,4]']],
  ['spmm', () => spmm(pattern, of(3), of(3, 4)), ['2 x 3', '[3]', '[3,4]']],
  ['spmmTransposed', () => spmmTransposed(pattern, of(2), of(3, 4)), ['2 x 3', '[3,4]']],
  ['sddmm', () => sddmm(pattern, of(2, 4), of(3, 5)), ['[2,4]', '[3,5]']],
  ['gather', () => gather(of(3, 2), rowIndex(Int32Array.of(0, 1), 4)), ['4 rows', '[3,2]']],
  ['segmentSum', () => segmentSum(of(3), rowIndex(Int32Array.of(0), 4)), ['1 places', '[3]']],
  [
    'replaceRows',
    () => replaceRows(of(3, 2), distinctRows(Int32Array.of(0), 4), of(1, 2)),
    ['1 of 4 rows', '[3,2]', '[1,2]'],
  ],
  [
    'replaceRows',
    () => replaceRows(of(3, 2), distinctRows(Int32Array.of(0, 2), 3), of(1, 2)),
    ['2 of 3 rows', '[3,2]', '[1,2]'],
  ],
  ['reshape', () => reshape(of(2, 3), [4]), ['[2,3]', '[4]']],
  ['transpose', () => transpose(of(2, 3), [0, 0]), ['[0,0]', '[2,3]']],
  ['slice', () => slice(of(2, 3), [0, 2], [2, 2]), ['[0,2]', '[2,2]', '[2,3]']],
  ['pad', () => pad(of(2, 3), [1], [1, 0]), ['[1]', '[1,0]', '[2,3]']],
  ['flip', () => flip(of(2, 3), [2]), ['[2]', '[2,3]']],
  ['upperTriangle', () => upperTriangle(of(2, 3)), ['[2,3]']],
  ['cholesky', () => cholesky(of(3)), ['[3]']],
  ['cholesky', () => cholesky(of(2, 3)), ['[2,3]']],
  ['solve', () => solve(of(2, 3), of(3, 1)), ['[2,3]', '[3,1]']],
  ['solve', () => solve(of(2, 3, 3), of(3, 1)), ['[3,1]', '[2,3,3]']],
  ['forwardSubstitute', () => forwardSubstitute(of(2, 3, 3), of(3, 1)), ['[3,1]', '[2,3,3]']],
  ['backSubstitute', () => backSubstitute(of(3, 2), of(3, 1)), ['[3,2]']],
  ['concat', () => concat(of(2, 3), of(3, 2), 0), ['[2,3]', '[3,2]', 'axis 0']],
  ['broadcastTo', () => broadcastTo(of(2, 3), [3]), ['[2,3]', '[3]']],
  ['sum', () => sum(of(2), 1), ['axis 1', '[2]']],
  ['max', () => maxOver(Tensor.leaf([2, 0], 'real', null), [1]), ['[2,0]']],
];

test('a shape that does not fit is an error naming the operation and the shapes', () => {
  for (const [name, record, parts] of misfits) {
    try {
      record();
      assert.unreachable(`${name} took shapes that do not fit`);
    } catch (error) {
      assert.instance(error, ShapeError);
      const { message } = error as ShapeError;
      assert.ok(message.startsWith(`${name}: `), message);
      for (const part of parts) assert.ok(message.includes(part), `${message} lacks ${part}`);
    }
  }
});

test('a solution solves its system, and a factor is upper triangular with the matrix as its square', async () => {
  await forAll(10, async (draw) => {
    const [batch, k, m] = [draw.size(), draw.integer(1, 12), draw.size()];
    const g = draw.uniform([batch, k, k]);
    const a = add(matmul(g, g, { transposeB: true }), mul(k, identityMatrix(k)));
    const b = draw.uniform([batch, k, m]);
    const u = cholesky(a);
    const [product, given, square, matrix, factor, upper] = await readAll([
      matmul(a, solve(a, b)),
      b,
      matmul(u, u, { transposeA: true }),
      a,
      u,
      upperTriangle(u),
    ]);
    // A computed solution solves a system off by 4 k (3 k + 1) eps |A| (Higham 2002, theorem 10.4);
    // |A| is at most k + 4 k², and |x| at most |b| / k, for the eigenvalues are at least k.
    const residual = 4 * k * (3 * k + 1) * Number.EPSILON * (k + 4 * k * k) * (2 / Math.sqrt(k));
    product.forEach((value, i) => assert.ok(Math.abs(value - given[i]) <= residual));
    // A factor's square is off by k + 1 roundings of |Uᵀ| |U|, which the diagonal bounds (theorem
    // 10.3), here at most 5 k; the square itself is rounded k times.
    const rounding = (2 * k + 1) * Number.EPSILON * 5 * k;
    square.forEach((value, i) => assert.ok(Math.abs(value - matrix[i]) <= rounding));
    assert.equal(factor, upper);
  });
});

test('a factor ends in NaN where a matrix stops being positive definite', async () => {
  const u = await cholesky(
    tensor([
      [4, 2, 0],
      [2, 0, 0],
      [0, 0, 1],
    ]),
  ).array();
  assert.equal(u, [
    [2, 1, 0],
    [0, Number.NaN, Number.NaN],
    [0, 0, Number.NaN],
  ]);
});

test('only the upper triangle of a matrix is read, and only it has a derivative', async () => {
  const a = tensor([
    [2, 1],
    [99, 3],
  ]);
  const b = tensor([[1], [2]]);
  // A⁻¹ = [[3, -1], [-1, 2]] / 5
  const x = await solve(a, b).data();
  [0.2, 0.6].forEach((value, i) => assert.ok(Math.abs(x[i] - value) <= 4 * Number.EPSILON));
  const slope = await grad((at: Tensor) => sum(solve(at, b)))(a).data();
  // -A⁻¹ 1 xᵀ = -[0.4, 0.2]ᵀ [0.2, 0.6], and what is above the diagonal with what is below.
  [-0.08, -0.28, 0, -0.12].forEach((value, i) =>
    assert.ok(Math.abs(slope[i] - value) <= 4 * Number.EPSILON),
  );
});

test('rows outside of a table are refused on the host', () => {
  assert.throws(() => rowIndex(Int32Array.of(0, 4), 4), /rowIndex.*got 4 at position 1/);
  assert.throws(() => rowIndex(Int32Array.of(-1), 4), /got -1 at position 0/);
});

test('rows to replace are named once each', () => {
  assert.throws(
    () => distinctRows(Int32Array.of(3, 1, 0, 1), 4),
    (error: Error) =>
      error instanceof ShapeError &&
      /row 1 stands at position 1 and again at 3/.test(error.message),
  );
});

test('a capacity below the rows named is refused', () => {
  assert.throws(() => distinctRows(Int32Array.of(3, 1), 4, 1), /capacity 1 is below the 2 rows/);
});

test('rows are replaced as by a plain loop', async () => {
  await forAll(30, async (draw) => {
    const table = draw.uniform(draw.shape(3));
    const index = draw.distinctRows(table.shape[0]);
    const capacity = index.length + draw.integer(0, 2);
    const rows = draw.uniform([capacity, ...table.shape.slice(1)]);
    const expected = Float64Array.from(await table.data());
    const width = table.shape[1] * table.shape[2];
    const given = await rows.data();
    index.forEach((row, i) => {
      expected.set(given.subarray(i * width, (i + 1) * width), row * width);
    });
    const at = distinctRows(index, table.shape[0], capacity);
    const got = await replaceRows(table, at, rows).data();
    assert.equal([...got], [...expected]);
  });
});

test('a long sum taken in blocks has every cell in it once', async () => {
  for (const n of [1, 2047, 2048, 2049, 5000]) {
    const x = tensor(Float64Array.from({ length: n }, (_, i) => i % 7));
    const expected = Float64Array.from(await x.data()).reduce((a, b) => a + b);
    assert.is(await sum(x).item(), expected);
    assert.ok((await grad((at: Tensor) => sum(at))(x).data()).every((value) => value === 1));
  }
  const blocks = await blockSum(tensor([1, 2, 3, 4, 5]), 2).array();
  assert.equal(blocks, [3, 7, 5]);
});

test('a product along a long axis has every term once, in each form, and rounds as a short one', async () => {
  const simd = await openDevice('simd', { threads: 1 });
  const [batch, m, n] = [2, 2, 3];
  for (const k of [2 ** 15, 2 ** 15 + 1, 3 * 2 ** 14, 40_009]) {
    // Whole numbers, whose sums f32 holds: below 24 k.
    const left = (i: number, y: number, e: number) => (3 * i + 5 * y + e) % 7;
    const right = (i: number, e: number, x: number) => (2 * i + e + 3 * x) % 5;
    const matrices = (
      rows: number,
      columns: number,
      at: (i: number, r: number, c: number) => number,
    ) =>
      tensor(
        Float64Array.from({ length: batch * rows * columns }, (_, cell) =>
          at(
            Math.floor(cell / (rows * columns)),
            Math.floor(cell / columns) % rows,
            cell % columns,
          ),
        ),
        [batch, rows, columns],
      );
    const expected: number[] = [];
    for (let i = 0; i < batch; i++) {
      for (let y = 0; y < m; y++) {
        for (let x = 0; x < n; x++) {
          let total = 0;
          for (let e = 0; e < k; e++) total += left(i, y, e) * right(i, e, x);
          expected.push(total);
        }
      }
    }
    for (const transposeA of [false, true]) {
      for (const transposeB of [false, true]) {
        const a = transposeA ? matrices(k, m, (i, e, y) => left(i, y, e)) : matrices(m, k, left);
        const b = transposeB ? matrices(n, k, (i, x, e) => right(i, e, x)) : matrices(k, n, right);
        const product = (x: Tensor) => matmul(x, b, { transposeA, transposeB });
        for (const device of [await openDevice('reference'), simd]) {
          assert.equal([...(await readAll([product(a)], { device }))[0]], expected);
        }
        // The derivative of the sum of all cells: of a cell of a, the sum of a row of b.
        const slope = await grad((x: Tensor) => sum(product(x)))(a).data();
        const rowSum = (i: number, e: number) => right(i, e, 0) + right(i, e, 1) + right(i, e, 2);
        const slopes = transposeA
          ? matrices(k, m, (i, e) => rowSum(i, e))
          : matrices(m, k, (i, _y, e) => rowSum(i, e));
        assert.equal(slope, await slopes.data());
      }
    }
  }
  // A large product has as many blocks as have 2^24 cells together, or is one block.
  const cellsOf = (rows: number, inner: number, columns: number) =>
    Math.max(
      ...planOf(() => matmul(full([rows, inner], 0.5), full([inner, columns], 0.5))).buffers,
    );
  assert.is(cellsOf(100, 2 ** 20, 100), 64 * 10 ** 4);
  assert.is(cellsOf(1024, 2 ** 20, 1024), 2 ** 24);
  assert.is(cellsOf(4096, 2 ** 20, 4096), 2 ** 24);
  const many = tensor(new Float32Array(4 * 10 ** 6).fill(0.1), [4, 10 ** 6]);
  const ones = tensor(new Float32Array(4 * 10 ** 6).fill(1), [10 ** 6, 4]);
  const [cells] = await readAll([matmul(many, ones)], { device: simd });
  // One after another in f32 they come to 1 % more.
  for (const cell of cells) assert.ok(Math.abs(cell / 1e5 - 1) < 1e-3, `${cell}`);
});

test('long sums along axes have every cell once, and round as short ones do in f32', async () => {
  const simd = await openDevice('simd', { threads: 1 });
  for (const n of [2 ** 14, 2 ** 14 + 1, 40_009]) {
    const x = tensor(
      Float64Array.from({ length: 6 * n }, (_, i) => i % 7),
      [2, n, 3],
    );
    const rows = await x.data();
    const expected = Array.from({ length: 6 }, (_, cell) => {
      const [row, column] = [Math.floor(cell / 3), cell % 3];
      let total = 0;
      for (let i = 0; i < n; i++) total += rows[(row * n + i) * 3 + column];
      return total;
    });
    assert.equal([...(await sum(x, 1).data())], expected);
    assert.equal(
      [...(await sum(x, [0, 1]).data())],
      [0, 1, 2].map((c) => expected[c] + expected[c + 3]),
    );
    assert.ok((await grad((at: Tensor) => sum(sum(at, 1)))(x).data()).every((one) => one === 1));
  }
  // Numbers above 0 whose sums are taken in two passes of at most 1,000 numbers and 1,001 sums: the
  // error is below 2,001 half units in the last place, where one pass could have a million.
  const n = 1_000_001;
  for (const [shape, axis] of [[[n, 2], 0] as const, [[2, n], 1] as const]) {
    const tenths = tensor(new Float32Array(2 * n).fill(0.1), shape);
    const [sums] = await readAll(sum(tenths, axis), { device: simd });
    for (const total of sums) {
      assert.ok(Math.abs(total / (n * Math.fround(0.1)) - 1) < 2001 * 2 ** -24, `${total}`);
    }
  }
  await simd.dispose();
});

test.run();
