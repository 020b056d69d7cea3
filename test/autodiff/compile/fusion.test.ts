/** @file Fusion changes nothing: graphs compiled as one plan against one operation at a time. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  add,
  broadcastTo,
  concat,
  evaluate,
  exp,
  gather,
  matmul,
  max,
  mul,
  openDevice,
  pad,
  planOf,
  readAll,
  reshape,
  rowIndex,
  type Shape,
  segmentSum,
  setDefaultDevice,
  showPlan,
  slice,
  sum,
  type Tensor,
  tanh,
  tensor,
  transpose,
  zeros,
} from '../../../src/autodiff/index.ts';
import {
  clampedShift,
  sameIndex,
  variable,
} from '../../../src/autodiff/kernel/index-expression.ts';
import { type Draw, forAll } from '../draw.ts';

setDefaultDevice(await openDevice('reference'));

type Step = (x: Tensor) => Tensor;

/** Shapes of so many cells, with axes of size 1 among them. */
function factored(draw: Draw, cells: number): Shape {
  const shape: number[] = [];
  for (let rest = cells; rest > 1; ) {
    const divisors = Array.from({ length: rest }, (_, i) => i + 1).filter((d) => rest % d === 0);
    const size = divisors[draw.integer(0, divisors.length - 1)];
    shape.push(size);
    rest /= size;
    if (shape.length === 3) return [...shape, rest];
  }
  if (cells === 0) return [2, 0, 3];
  return shape.length > 0 ? shape : [1];
}

function view(draw: Draw, { shape, size }: Tensor): Step {
  const axis = draw.integer(0, shape.length - 1);
  const kind = draw.integer(0, size > 200 ? 2 : 6);
  if (kind === 0) {
    const target = factored(draw, size);
    return (x) => reshape(x, target);
  }
  if (kind === 1) {
    const order = shape.map((_, i) => (i + axis) % shape.length);
    return (x) => transpose(x, order);
  }
  if (kind === 2) {
    const parts = shape.map((n) => draw.part(n));
    const start = parts.map((part) => part.start);
    const extent = parts.map((part) => part.size);
    return (x) => slice(x, start, extent);
  }
  if (kind === 3) {
    const [before, after] = [
      shape.map(() => draw.integer(0, 1)),
      shape.map(() => draw.integer(0, 2)),
    ];
    return (x) => pad(x, before, after);
  }
  if (kind === 4) return (x) => concat(x, exp(x), axis);
  if (kind === 5) return (x) => broadcastTo(reshape(x, [1, ...shape]), [2, ...shape]);
  const rows = rowIndex(draw.rows(draw.integer(1, 5), shape[0]), shape[0]);
  return (x) => gather(x, rows);
}

function computation(draw: Draw, { shape }: Tensor): Step {
  const last = shape.length - 1;
  const kind = draw.integer(0, 5);
  if (kind === 0) return (x) => tanh(x);
  if (kind === 1 && last > 0) return (x) => sum(x, last);
  if (kind === 2 && last > 0 && shape[0] > 0) return (x) => max(x, 0);
  if (kind === 3) return (x) => mul(x, add(x, 1));
  if (kind === 4 && shape.length === 2) return (x) => matmul(x, x, { transposeB: true });
  const rows = rowIndex(draw.rows(shape[0], 3), 3);
  return (x) => segmentSum(x, rows);
}

/** Runs the steps as one plan and as a plan each, and compares bit for bit. */
async function compare(start: Tensor, choose: (x: Tensor) => Step, count: number) {
  let fused = start;
  let alone = await evaluate(start);
  for (let i = 0; i < count; i++) {
    const step = choose(fused);
    fused = step(fused);
    alone = await evaluate(step(alone));
  }
  assert.equal(fused.shape, alone.shape);
  // A view on top gives the last step a reader to be fused into.
  const view = reshape(fused, [...fused.shape, 1]);
  const [one, same, expected] = await readAll([fused, view, alone]);
  assert.equal([...one], [...expected]);
  assert.equal([...same], [...expected]);
}

test('views of views move cells as one after the other does', async () => {
  await forAll(250, (draw) => {
    const start = draw.uniform(draw.shape(draw.integer(1, 4)));
    return compare(start, (x) => view(draw, x), draw.integer(2, 6));
  });
});

test('views and arithmetic fused into sums and products give the same bits', async () => {
  await forAll(250, (draw) => {
    const start = draw.uniform(draw.shape(draw.integer(1, 3)), -1, 1);
    const choose = (x: Tensor) => (draw.chance(0.5) ? view(draw, x) : computation(draw, x));
    return compare(start, choose, draw.integer(2, 7));
  });
});

test('a shift clamped to another extent is another index', () => {
  const at = variable('x', 6);
  assert.ok(sameIndex(clampedShift(at, -1, 4), clampedShift(at, -1, 4)));
  assert.not(sameIndex(clampedShift(at, -1, 4), clampedShift(at, -1, 5)));
});

/** Transposed and reshaped in turn, which no index expression simplifies. */
function turned(x: Tensor, pairs: number): Tensor {
  let y = x;
  for (let i = 0; i < pairs; i++) {
    y = reshape(transpose(y, [1, 2, 0]), i % 2 === 0 ? [5, 7, 3] : [3, 5, 7]);
  }
  return y;
}

/** The same cells, moved one by one. */
function turnedByHand(pairs: number): number[] {
  let cells = Array.from({ length: 105 }, (_, i) => i);
  for (let i = 0; i < pairs; i++) {
    const [a, b, c] = i % 2 === 0 ? [3, 5, 7] : [5, 7, 3];
    const moved: number[] = [];
    for (let y = 0; y < b; y++) {
      for (let z = 0; z < c; z++) {
        for (let x = 0; x < a; x++) moved.push(cells[(x * b + y) * c + z]);
      }
    }
    cells = moved;
  }
  return cells;
}

test('chains of reshapes and transpositions grow with their length, and move cells rightly', async () => {
  const x = tensor(
    Float64Array.from({ length: 105 }, (_, i) => i),
    [3, 5, 7],
  );
  const plan = (pairs: number) => planOf((at: Tensor) => turned(at, pairs), x);
  // Every second pair reshapes to other axes than it has, four of them in a kernel.
  assert.is(plan(8).kernels.length, 1);
  // Twice as long has twice the text; as one kernel it had 4^4 times.
  assert.ok(showPlan(plan(16)).length < 2.5 * showPlan(plan(8)).length);
  const simd = await openDevice('simd', { threads: 1 });
  for (const device of [simd, await openDevice('reference')]) {
    for (const pairs of [3, 4, 8, 9, 10, 40]) {
      const [got] = await readAll(turned(x, pairs), { device });
      assert.equal([...got], turnedByHand(pairs), `${pairs} on ${device.name}`);
    }
  }
  await simd.dispose();
});

test('reshapes of reshapes are one, however many, and axes of size 1 are none', () => {
  const many = (x: Tensor) => {
    let y = x;
    for (let i = 0; i < 9; i++) y = reshape(reshape(y, [7, 15]), [1, 5, 1, 21]);
    for (let i = 0; i < 9; i++) y = reshape(transpose(reshape(y, [5, 1, 21])), [21, 5]);
    return y;
  };
  assert.is(planOf(many, zeros([105])).kernels.length, 1);
});

test.run();
