/** @file Laws of the transforms: they compose to any order and agree with one another. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  add,
  checkGradients,
  compile,
  customVjp,
  evaluate,
  exp,
  grad,
  hessian,
  hvp,
  jacobian,
  jvp,
  log,
  mapTree,
  matmul,
  mul,
  openDevice,
  planCells,
  planOf,
  pow,
  readAll,
  recomputed,
  reshape,
  ShapeError,
  setDefaultDevice,
  sigmoid,
  softplus,
  square,
  stopGradient,
  sub,
  sum,
  type Tensor,
  type Tree,
  tanh,
  tensor,
  valueAndGrad,
  vjp,
} from '../../../src/autodiff/index.ts';
import { type Draw, forAll } from '../draw.ts';

setDefaultDevice(await openDevice('reference'));

/**
 * The graphs compared here sum fewer than 200 products of numbers below 20, each rounded once, so
 * they differ by less than this.
 */
const tolerance = 200 * 20 * Number.EPSILON;

function close(got: ArrayLike<number>, expected: ArrayLike<number>, allowed = tolerance): void {
  assert.is(got.length, expected.length);
  for (let i = 0; i < expected.length; i++) {
    const apart = Math.abs(got[i] - expected[i]);
    assert.ok(apart <= allowed * Math.max(1, Math.abs(expected[i])), `${got[i]}, ${expected[i]}`);
  }
}

/** A smooth scalar function of a vector whose second derivatives mix all entries. */
function smooth(draw: Draw, n: number): (x: Tensor) => Tensor {
  const matrix = draw.uniform([n, n], -1, 1);
  return (x) => {
    const mixed = matmul(matrix, reshape(x, [n, 1]));
    return sum(mul(tanh(mixed), softplus(mixed)));
  };
}

test('the derivatives of x^4 are 4 x^3, 12 x^2, 24 x, 24 and 0', async () => {
  let fn: (x: Tensor) => Tensor = (x) => mul(square(x), square(x));
  for (const expected of [81, 108, 108, 72, 24, 0]) {
    assert.is(await fn(tensor(3)).item(), expected);
    fn = grad(fn);
  }
});

test('an inner derivative does not see the variable of an outer one', async () => {
  const fn = (x: Tensor) => mul(x, grad((y: Tensor) => add(x, y))(x));
  assert.is(await grad(fn)(tensor(5)).item(), 1);
  // d/dx x * d/dy (x y) = d/dx x^2.
  const other = (x: Tensor) => mul(x, grad((y: Tensor) => mul(x, y))(tensor(7)));
  assert.is(await grad(other)(tensor(5)).item(), 10);
  // d/dx of the inner gradient at y = x: both ways in which x enters it count.
  const both = (x: Tensor) => grad((y: Tensor) => mul(x, mul(y, y)))(x);
  assert.is(await grad(both)(tensor(5)).item(), 20);
});

test('valueAndGrad is the value and the gradient, of the first argument alone', async () => {
  const fn = (x: Tensor, scale: number, y: Tensor) => sum(mul(scale, mul(x, y)));
  const { value, gradient } = valueAndGrad(fn)(tensor([1, 2]), 3, tensor([4, 5]));
  assert.is(await value.item(), 42);
  assert.equal(await gradient.array(), [12, 15]);
});

test('a gradient of what does not depend on its argument is zeros', async () => {
  assert.equal(await grad((_x: Tensor) => tensor(3))(tensor([1, 2])).array(), [0, 0]);
  const { gradient } = valueAndGrad((tree: { a: Tensor; b: Tensor }) => sum(tree.a))({
    a: tensor([1]),
    b: tensor([[1, 2]]),
  });
  assert.equal(await gradient.b.array(), [[0, 0]]);
});

test('the Hessian is symmetric and the same three ways', async () => {
  await forAll(10, async (draw) => {
    const n = draw.size() + 1;
    const fn = smooth(draw, n);
    const x = draw.uniform([n]);
    const forwards = Array.from({ length: n }, (_, i) => unit(n, i));
    const [whole, ofGradient, ...columns] = await readAll([
      hessian(fn)(x),
      jacobian(grad(fn))(x),
      ...forwards.map((e) => hvp(fn, x, e)),
      ...forwards.map((e) => jvp(grad(fn), x, e).tangent),
    ]);
    close(ofGradient, whole);
    close(
      columns.slice(0, n).flatMap((column) => [...column]),
      whole,
    );
    close(
      columns.slice(n).flatMap((column) => [...column]),
      whole,
    );
    const flipped = Float64Array.from(whole, (_, i) => whole[(i % n) * n + Math.floor(i / n)]);
    close(flipped, whole);
  });
});

const unit = (n: number, i: number): Tensor =>
  tensor(Float64Array.from({ length: n }, (_, j) => (i === j ? 1 : 0)));

test('hvp over a tree is symmetric as a bilinear form', async () => {
  await forAll(10, async (draw) => {
    const [n, k] = [draw.size(), draw.size()];
    const tree = () => ({ users: draw.uniform([n, k]), items: draw.uniform([k, n]) });
    const fn = ({ users, items }: ReturnType<typeof tree>) => sum(sigmoid(matmul(users, items)));
    const [x, v, w] = [tree(), tree(), tree()];
    const inner = (a: typeof x, b: typeof x) =>
      add(sum(mul(a.users, b.users)), sum(mul(a.items, b.items)));
    const [[left], [right]] = await readAll([inner(hvp(fn, x, v), w), inner(hvp(fn, x, w), v)]);
    close([left], [right]);
  });
});

test('jvp is the inner product with vjp, and jacobian holds both', async () => {
  await forAll(15, async (draw) => {
    const [n, m] = [draw.size(), draw.size()];
    const matrix = draw.uniform([m, n]);
    const fn = (x: Tensor) => tanh(reshape(matmul(matrix, reshape(exp(x), [n, 1])), [m]));
    const [x, tangent, ct] = [draw.uniform([n]), draw.uniform([n]), draw.uniform([m])];
    const forward = jvp(fn, x, tangent);
    const { value, pullback } = vjp(fn, x);
    const full = jacobian(fn)(x);
    assert.equal(full.shape, [m, n]);
    const row = (y: Tensor, size: number) => reshape(y, [1, size]);
    const [left, right, direct, same, byMatrix, transposed, pulled] = await readAll([
      sum(mul(forward.tangent, ct)),
      sum(mul(pullback(ct), tangent)),
      value,
      forward.value,
      matmul(row(tangent, n), full, { transposeB: true }),
      matmul(row(ct, m), full),
      pullback(ct),
    ]);
    close(left, right);
    assert.equal(direct, same);
    close(byMatrix, await forward.tangent.data());
    close(transposed, pulled);
  });
});

test('a pullback is linear in its cotangent and may be called again', async () => {
  const { pullback } = vjp((x: Tensor) => exp(x), tensor([0, 1]));
  const [once, twice] = await readAll([pullback(tensor([1, 2])), pullback(tensor([2, 4]))]);
  assert.equal([...twice], [2 * once[0], 2 * once[1]]);
});

test('jvp of jvp is the second derivative along both directions', async () => {
  const along = (x: Tensor) => jvp((y: Tensor) => pow(y, 3), x, tensor(2)).tangent;
  // d/dx (3 x^2 * 2) * 5 at x = 1.
  assert.is(await jvp(along, tensor(1), tensor(5)).tangent.item(), 60);
});

test('the Jacobian of a matrix function has the axes of result and argument', async () => {
  const x = tensor([
    [1, 2],
    [3, 4],
  ]);
  const full = jacobian((at: Tensor) => mul(at, at))(x);
  assert.equal(full.shape, [2, 2, 2, 2]);
  const cells = await full.data();
  cells.forEach((cell, i) => {
    const [row, column] = [Math.floor(i / 4), i % 4];
    assert.is(cell, row === column ? 2 * (row + 1) : 0);
  });
});

test('customVjp takes its rule for the derivative, and differentiates the rule', async () => {
  // log(1 + e^x) with the stable derivative written by hand.
  const soft = customVjp(
    (x: Tensor) => log(add(1, exp(x))),
    (ct, x) => mul(ct, sigmoid(x)),
  );
  await checkGradients(soft, tensor([-2, 0.5, 3]), { order: 3 });
  // A rule that is wrong on purpose is what is used, at both orders.
  const fake = customVjp(
    (x: Tensor) => square(x),
    (ct, x) => mul(ct, mul(10, square(x))),
  );
  assert.is(await grad(fake)(tensor(3)).item(), 90);
  assert.is(await grad(grad(fake))(tensor(3)).item(), 60);
  assert.is(await grad((x: Tensor) => fake(square(x)))(tensor(3)).item(), 10 * 81 * 6);
  assert.is(await jvp(fake, tensor(3), tensor(2)).tangent.item(), 180);
});

test('a recomputed function is the same to every derivative and holds less for the first', async () => {
  const parts = Array.from({ length: 32 }, (_, i) => (i + 1) / 32);
  const part = (scale: number) => (x: Tensor) => {
    const outer = exp(mul(scale, matmul(reshape(x, [12, 1]), reshape(x, [1, 12]))));
    return sum(mul(outer, matmul(outer, outer)));
  };
  const over = (of: (fn: (x: Tensor) => Tensor) => (x: Tensor) => Tensor) => (x: Tensor) =>
    parts.map((scale) => of(part(scale))(x)).reduce((a, b) => add(a, b));
  const [plain, again] = [over((fn) => fn), over(recomputed)];
  const x = tensor(Float64Array.from({ length: 12 }, (_, i) => Math.sin(i)));
  const derivatives = (fn: typeof plain) => readAll([fn(x), grad(fn)(x), hvp(fn, x, x)]);
  const [expected, got] = [await derivatives(plain), await derivatives(again)];
  expected.forEach((numbers, order) => {
    // The same terms, some 32 times 144, which need not be added up in the same order.
    const allowed = 32 * 144 * Number.EPSILON * Math.max(...numbers.map(Math.abs));
    numbers.forEach((y, i) => assert.ok(Math.abs(got[order][i] - y) <= allowed));
  });
  const cells = (fn: typeof plain) => planCells(planOf(grad(fn), x));
  assert.ok(cells(again) < cells(plain) / 2, `${cells(again)} and ${cells(plain)} cells`);
});

test('customVjp over a tree clips a gradient without changing a value', async () => {
  type Pair = { readonly a: Tensor; readonly b: Tensor };
  const fn = customVjp(
    ({ a, b }: Pair) => mul(a, b),
    (ct, { a, b }) => ({ a: mul(ct, b), b: mul(0, a) }),
  );
  const { value, gradient } = valueAndGrad(fn)({ a: tensor(2), b: tensor(5) });
  const numbers = await readAll([value, gradient.a, gradient.b]);
  assert.equal(
    numbers.map(([x]) => x),
    [10, 5, 0],
  );
});

test('stopGradient makes a constant, within any order', async () => {
  const fn = (x: Tensor) => mul(stopGradient(mul(x, x)), mul(x, x));
  assert.is(await grad(fn)(tensor(3)).item(), 54);
  assert.is(await grad(grad(fn))(tensor(3)).item(), 18);
});

test('grad of a compiled graph equals a compiled grad, for every shape', async () => {
  const fn = (x: Tensor) => sum(exp(mul(x, x)));
  const compiled = compile(grad(fn));
  for (const x of [tensor([0.1, 0.2]), tensor([[0.3], [0.4], [0.5]]), tensor(0.6)]) {
    assert.equal(await (await compiled(x)).array(), await grad(fn)(x).array());
  }
});

test('an argument that is not computed yet is refused with the cure', async () => {
  const error = await compile((x: Tensor) => x)(exp(tensor(1))).catch((reason: Error) => reason);
  assert.match((error as Error).message, /evaluate/);
});

test('evaluate cuts the history and keeps the numbers', async () => {
  const state = await evaluate({ x: exp(tensor([1, 2])), deep: [tensor(1)] });
  assert.is(state.x.primitive, null);
  assert.equal(await state.x.array(), [Math.E, Math.exp(2)]);
  assert.equal(await state.deep[0].item(), 1);
});

test('trees keep their structure through gradients, whatever the order of their names', async () => {
  const tree = { b: tensor([1, 2]), a: [tensor(3), { c: tensor(4) }] as const };
  const fn = ({ b, a }: typeof tree) => mul(sum(b), mul(a[0], square(a[1].c)));
  const gradient = grad(fn)(tree);
  const [b, a, c] = await readAll([gradient.b, gradient.a[0], gradient.a[1].c]);
  assert.equal([[...b], [...a], [...c]], [[48, 48], [48], [72]]);
  const doubled = mapTree((x, y) => sub(add(x, x), y), tree, tree);
  assert.equal(await doubled.b.array(), [1, 2]);
});

test('trees of another structure are refused though their shapes agree', () => {
  const x = { a: tensor(1), b: tensor(2) };
  const { pullback } = vjp(({ a, b }: typeof x) => ({ sum: add(a, b), product: mul(a, b) }), x);
  const wrong = { sum: tensor(1), quotient: tensor(1) } as unknown as Parameters<
    typeof pullback
  >[0];
  assert.throws(() => pullback(wrong), /vjp: cotangent: expected .*product.*got .*quotient/);
  const list = [tensor(1), tensor(2)] as unknown as typeof x;
  assert.throws(() => jvp(({ a }: typeof x) => a, x, list), /jvp: tangent/);
});

test('trees that are mapped together have one structure', () => {
  const x: Tree = { a: tensor(1), b: [tensor([1, 2])] };
  const others: readonly Tree[] = [{ a: tensor(1) }, { a: tensor(1), b: tensor(2) }, [tensor(1)]];
  for (const other of others) {
    assert.throws(() => mapTree(add, x, other), /mapTree: expected {a:\[\],b:\(\[2\]\)}, got/);
  }
});

test('a gradient of what is no scalar is a ShapeError that shows the shape', () => {
  assert.throws(
    () => grad((x: Tensor) => x)(tensor([1, 2])),
    (error: Error) => error instanceof ShapeError && error.message.includes('[2]'),
  );
});

test.run();
