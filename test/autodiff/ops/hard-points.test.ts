/** @file Points where a formula alone gives 0/0: each derivative there is defined once and finite. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type AdamState,
  abs,
  adam,
  add,
  broadcastTo,
  checkGradients,
  concat,
  crossEntropy,
  distinctRows,
  div,
  flip,
  gather,
  grad,
  hessian,
  hypergradient,
  log,
  logSoftmax,
  logSumExp,
  max,
  maximum,
  minimum,
  mul,
  neg,
  norm,
  normalizeRows,
  type Operand,
  ones,
  openDevice,
  pad,
  pow,
  readAll,
  relu,
  replaceRows,
  reshape,
  rowIndex,
  selu,
  setDefaultDevice,
  sign,
  slice,
  softmax,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
  transpose,
  where,
  zeros,
} from '../../../src/autodiff/index.ts';

setDefaultDevice(await openDevice('reference'));

type Scalar = (x: Tensor) => Tensor;

/** Value and derivatives of a function of one number, up to the third. */
async function derivatives(fn: Scalar, at: number): Promise<number[]> {
  const x = tensor(at);
  const first = grad(fn);
  const second = grad(first);
  return Promise.all([fn, first, second, grad(second)].map((d) => d(x).item()));
}

test('sqrt at 0 has derivatives 0', async () => {
  assert.equal(await derivatives((x) => sqrt(x), 0), [0, 0, 0, 0]);
  // sqrt(x^2), as a norm: the square brings its own factor 0.
  assert.equal(await derivatives((x) => sqrt(mul(x, x)), 0), [0, 0, 0, 0]);
});

test('abs, relu and sign have derivative 0 at 0, selu that of its left side', async () => {
  assert.equal(await derivatives((x) => abs(x), 0), [0, 0, 0, 0]);
  assert.equal(await derivatives((x) => relu(x), 0), [0, 0, 0, 0]);
  assert.equal(await derivatives((x) => sign(x), 0), [0, 0, 0, 0]);
  // scale * alpha to double precision, rounded twice.
  const slope = 1.0507009873554805 * 1.6732632423543772;
  assert.equal(await derivatives((x) => selu(x), 0), [0, slope, slope, slope]);
});

test('at NaN maximum, minimum and relu are NaN, and their derivatives 0 at every order', async () => {
  const bounds: Scalar[] = [maximum, minimum].flatMap((fn): Scalar[] => [
    (x) => fn(x, 1),
    (x) => fn(1, x),
    (x) => fn(x, x),
  ]);
  for (const fn of [...bounds, relu]) {
    assert.equal(await derivatives(fn, Number.NaN), [Number.NaN, 0, 0, 0]);
  }
});

test('maximum and minimum halve the cotangent at a tie, max shares it', async () => {
  for (const fn of [maximum, minimum]) {
    const both = grad((pair: { x: Tensor; y: Tensor }) => fn(pair.x, pair.y));
    const { x, y } = both({ x: tensor(2), y: tensor(2) });
    assert.equal([await x.item(), await y.item()], [0.5, 0.5]);
  }
  const largest = grad((x: Tensor) => sum(max(x, 1)));
  const ties = tensor([
    [1, 3, 3, 3],
    [5, 5, 1, 0],
    [2, 1, 0, 0],
  ]);
  const third = 1 / 3;
  assert.equal(await largest(ties).array(), [
    [0, third, third, third],
    [0.5, 0.5, 0, 0],
    [1, 0, 0, 0],
  ]);
  const curvature = grad((x: Tensor) => sum(largest(x)))(ties);
  assert.ok((await curvature.data()).every((value) => value === 0));
});

test('pow at 0 has the derivatives of the limit, and 0 for the power 0', async () => {
  const power = (y: Operand) => (x: Tensor) => pow(x, y);
  assert.equal(await derivatives(power(0), 0), [1, 0, 0, 0]);
  assert.equal(await derivatives(power(1), 0), [0, 1, 0, 0]);
  assert.equal(await derivatives(power(2), 0), [0, 0, 2, 0]);
  assert.equal(await derivatives(power(3), 0), [0, 0, 0, 6]);
  assert.equal((await derivatives(power(0.5), 0)).slice(0, 2), [0, Number.POSITIVE_INFINITY]);
});

test('pow with a variable exponent stays finite at 0 to the power 0, 1 and 2', async () => {
  type Pair = { readonly x: Tensor; readonly y: Tensor };
  const fn = ({ x, y }: Pair) => pow(x, y);
  const total = ({ x, y }: Pair) => mul(x, y);
  for (const y of [0, 1, 2]) {
    const at = { x: tensor(0), y: tensor(y) };
    const first = grad(fn);
    const second = grad((pair: Pair) => total(first(pair)));
    const along = grad((pair: Pair) => sum(first(pair).x));
    for (const { x: dx, y: dy } of [first(at), second(at), along(at)]) {
      assert.ok(Number.isFinite(await dx.item()), `dx at 0^${y}`);
      assert.ok(Number.isFinite(await dy.item()), `dy at 0^${y}`);
    }
    // The derivative in the exponent is 0 wherever the base is not positive.
    assert.is(await first(at).y.item(), 0);
  }
});

test('the mixed derivative of pow at the power 0 is 1/x', async () => {
  const inX = (y: Tensor) => grad((x: Tensor) => pow(x, y))(tensor(2));
  assert.is(await grad(inX)(tensor(0)).item(), 0.5);
  await checkGradients(
    ({ x, y }: { x: Tensor; y: Tensor }) => pow(x, y),
    {
      x: tensor([2, 0.5]),
      y: tensor([0, 0]),
    },
    { order: 3 },
  );
});

const absent = Number.NEGATIVE_INFINITY;

test('logSumExp counts -inf as absent, to third order', async () => {
  const x = tensor([[1, absent, 2]]);
  const value = Math.log(Math.exp(1) + Math.exp(2));
  // Two exponentials, a sum and a logarithm round by half a unit each.
  assert.ok(Math.abs((await sum(logSumExp(x)).item()) - value) <= 4 * Number.EPSILON * value);
  const fn = (at: Tensor) => sum(logSumExp(at));
  const first = grad(fn);
  const second = grad((at: Tensor) => sum(mul(first(at), first(at))));
  const third = grad((at: Tensor) => sum(mul(second(at), second(at))));
  for (const derivative of [first, second, third]) {
    const numbers = await derivative(x).data();
    assert.ok(numbers.every(Number.isFinite), `${numbers}`);
    assert.is(numbers[1], 0);
  }
  assert.is((await softmax(x).data())[1], 0);
});

test('a row of -inf alone has logSumExp -inf with derivatives 0', async () => {
  const x = tensor([
    [absent, absent],
    [0, 0],
  ]);
  const [[empty], [two]] = (await logSumExp(x).array()) as number[][];
  assert.equal([empty, two], [absent, Math.log(2)]);
  const first = grad((at: Tensor) => sum(logSumExp(at)));
  assert.equal(await first(x).array(), [
    [0, 0],
    [0.5, 0.5],
  ]);
  const second = grad((at: Tensor) =>
    sum(
      mul(
        first(at),
        tensor([
          [1, 2],
          [3, 1],
        ]),
      ),
    ),
  );
  // softmax' contracted with (3, 1) at (1/2, 1/2) is ±1/2.
  assert.equal(await second(x).array(), [
    [0, 0],
    [0.5, -0.5],
  ]);
});

test('logSumExp does not overflow at either end', async () => {
  const infinite = Number.POSITIVE_INFINITY;
  for (const shift of [-1.7e308, -1e39, -1e30, -1e4, 0, 1e4, 1e30, 1.7e308, infinite]) {
    assert.is(await sum(logSumExp(tensor([[shift]]))).item(), shift);
  }
  const [at] = (await logSumExp(tensor([[1e4, 1e4]])).array()) as number[][];
  assert.equal(at, [1e4 + Math.log(2)]);
});

test('a root of a number below 0, a norm of NaN and a power of NaN have derivatives NaN', async () => {
  const isLost = (x: number) => !Number.isNaN(x);
  for (const at of [-1, Number.NaN]) {
    const squared = (x: Tensor) => square(sqrt(x));
    for (const fn of [sqrt, squared, (x: Tensor) => sqrt(mul(2, x)), (x: Tensor) => pow(x, 0.5)]) {
      assert.equal((await derivatives(fn, at)).filter(isLost), [], `at ${at}`);
    }
    assert.equal(await derivatives(squared, 0), [0, 1, 0, 0]);
  }
  const x = tensor([
    [Number.NaN, 1],
    [3, 4],
  ]);
  // A NaN is of its row, whole, and of no other.
  const rows = { normalizeRows, softmax, norm: (at: Tensor) => norm(at, 1, { keepDims: true }) };
  for (const [name, fn] of Object.entries(rows)) {
    const first = grad((at: Tensor) => sum(square(fn(at))));
    for (const of of [fn, first, grad((at: Tensor) => sum(square(first(at))))]) {
      const [lost, kept] = (await of(x).array()) as number[][];
      assert.ok(lost.every(Number.isNaN), `${name}: ${lost}`);
      assert.ok(kept.every(Number.isFinite), `${name}: ${kept}`);
    }
  }
  const inExponent = grad((y: Tensor) => pow(tensor(Number.NaN), y));
  assert.ok(Number.isNaN(await inExponent(tensor(2)).item()));
});

test('a zero row stays zero under normalizeRows, with finite derivatives', async () => {
  const x = tensor([
    [0, 0],
    [3, 4],
  ]);
  assert.equal(await normalizeRows(x).array(), [
    [0, 0],
    [0.6, 0.8],
  ]);
  const weights = tensor([
    [1, 2],
    [3, 4],
  ]);
  const first = grad((at: Tensor) => sum(mul(weights, normalizeRows(at))));
  const second = grad((at: Tensor) => sum(mul(weights, first(at))));
  const [zero] = (await first(x).array()) as number[][];
  assert.equal(zero, [1, 2]);
  for (const derivative of [first, second, grad((at: Tensor) => sum(second(at)))]) {
    assert.ok((await derivative(x).data()).every(Number.isFinite));
  }
});

/** Both precisions: what holds must hold in each. */
const devices = [await openDevice('reference'), await openDevice('simd', { threads: 1 })];

function near(what: string, got: ArrayLike<number>, exact: readonly number[], relative: number) {
  assert.is(got.length, exact.length, what);
  exact.forEach((value, i) => {
    const close =
      Object.is(got[i], value) || Math.abs(got[i] - value) <= relative * Math.abs(value);
    assert.ok(close, `${what}: cell ${i} is ${got[i]}, expected ${value}`);
  });
}

test('normalizeRows neither over- nor underflows, and its derivatives are those of the row', async () => {
  for (const device of devices) {
    const unit = device.precision === 'f32' ? 2 ** -24 : 2 ** -53;
    const scales =
      device.precision === 'f32'
        ? [1e37, 1e20, 2 ** 40, 1, 1e-13, 1e-20, 1e-37]
        : [1e307, 1e200, 1e20, 1, 1e-20, 1e-200, 1e-300];
    for (const s of scales) {
      const x = tensor([[3 * s, 4 * s, 0]]);
      const along = tensor([[1, 0, 0]]);
      const first = (at: Tensor) => sum(mul(along, normalizeRows(at)));
      const [rows, slope] = await readAll([normalizeRows(x), grad(first)(x)], { device });
      const what = `${device.name} at ${s}`;
      // Roundings: the inputs' 2, a quotient, 3 squares and sums halved, root, quotient.
      near(what, rows, [0.6, 0.8, 0], 8 * unit);
      // d/dx of x / |x| is (1 - x²/|x|²) / |x|, and -x y / |x|³ along y. The difference 1 - 0.36
      // cancels little; the rest is a dozen roundings more.
      near(
        what,
        slope.map((v) => v * s),
        [0.128, -0.096, 0],
        40 * unit,
      );
    }
    // The smallest numbers: 3 and 4 of them.
    const least = device.precision === 'f32' ? 2 ** -149 : 2 ** -1074;
    const [tiny] = await readAll([normalizeRows(tensor([[3 * least, 4 * least]]))], { device });
    near(`${device.name}, denormal`, tiny, [0.6, 0.8], 8 * unit);
    const [none] = await readAll([normalizeRows(tensor(new Float64Array(0), [2, 0]))], { device });
    assert.is(none.length, 0);
  }
});

test('the square of a norm has the Hessian 2 at 0, and is bit for bit what it was', async () => {
  const root = (x: Tensor) => sqrt(sum(mul(x, x), 0, { keepDims: true }));
  const squares: ((x: Tensor) => Tensor)[] = [
    (x) => sum(square(root(x))),
    (x) => sum(pow(root(x), 2)),
    (x) => sum(square(reshape(root(x), [1, 1]))),
  ];
  for (const device of devices) {
    for (const fn of squares) {
      for (const at of [tensor([0, 0]), tensor([0.3, -0.7])]) {
        const plain = (x: Tensor) => sum(mul(sqrt(sum(mul(x, x))), add(0, sqrt(sum(mul(x, x))))));
        const [h, value, same] = await readAll([hessian(fn)(at), fn(at), plain(at)], { device });
        assert.equal([...h], [2, 0, 0, 2]);
        assert.equal(value, same);
      }
    }
  }
});

test('the square of cells moved from a root has the derivative 1 of each copy, at 0 too', async () => {
  const at = tensor([0, 4, 0]);
  const repeated = rowIndex(Int32Array.of(2, 0, 0, 1), 3);
  const padded = distinctRows(Int32Array.of(2, 0), 3, 4);
  const other = tensor([3, 5, 7]);
  const copies: readonly [string, (root: Tensor) => Tensor, readonly number[]][] = [
    ['reshape', (root) => reshape(root, [3, 1]), [1, 1, 1]],
    ['broadcastTo', (root) => broadcastTo(root, [4, 3]), [4, 4, 4]],
    ['transpose', (root) => transpose(reshape(root, [3, 1])), [1, 1, 1]],
    ['flip', (root) => flip(root, [0]), [1, 1, 1]],
    ['slice', (root) => slice(root, [1], [2]), [0, 1, 1]],
    ['pad', (root) => pad(root, [2], [1]), [1, 1, 1]],
    ['gather', (root) => gather(root, repeated), [2, 1, 1]],
    ['gather with padding', (root) => gather(root, padded), [1, 0, 1]],
    ['concat', (root) => concat(root, root, 0), [2, 2, 2]],
    ['concat beside', (root) => concat(other, root, 0), [1, 1, 1]],
    ['replaceRows of the table', (root) => replaceRows(root, padded, zeros([4])), [0, 1, 0]],
    ['replaceRows', (root) => replaceRows(other, padded, concat(root, ones([1]), 0)), [1, 1, 0]],
    ['where', (root) => where(tensor([1, 0, 1]), root, other), [1, 0, 1]],
    ['where not', (root) => where(tensor([1, 0, 1]), other, root), [0, 1, 0]],
    ['many', (root) => flip(concat(pad(root, [1], [0]), slice(root, [0], [2]), 0), [0]), [2, 2, 1]],
  ];
  for (const device of devices) {
    for (const [name, view, expected] of copies) {
      for (const squared of [square, (x: Tensor) => pow(x, 2)]) {
        const fn = (x: Tensor) => sum(squared(view(sqrt(x))));
        const [value, plain, first, second] = await readAll(
          [
            fn(at),
            sum(mul(view(sqrt(at)), add(0, view(sqrt(at))))),
            grad(fn)(at),
            grad((x: Tensor) => sum(mul(x, grad(fn)(x))))(at),
          ],
          { device },
        );
        assert.equal([...first], [...expected], `${device.name}: ${name}`);
        // The derivative is constant, so that its product with x has it as the derivative again.
        assert.equal([...second], [...expected], `${device.name}: ${name}, second`);
        assert.equal([...value], [...plain], `${device.name}: ${name}, value`);
      }
    }
  }
  // Nothing is taken of a function's own argument, whoever it was computed from.
  const inner = grad((root: Tensor) => sum(square(flip(root, [0]))))(sqrt(at));
  assert.equal([...(await readAll(inner, { device: devices[0] }))[0]], [0, 4, 0]);
});

test('a value that comes to a square in 2^60 ways is looked through once', () => {
  let doubled: Tensor = tensor([1, 2]);
  for (let i = 0; i < 60; i++) doubled = slice(concat(doubled, doubled, 0), [1], [2]);
  assert.equal(square(doubled).shape, [2]);
});

test('a class of probability 0 whose logit is -inf adds nothing to the cross-entropy', async () => {
  const logits = tensor([
    [1, absent, 2],
    [0, 0, absent],
  ]);
  const p = tensor([
    [0.25, 0, 0.75],
    [1, 0, 0],
  ]);
  const [q1, q3] = [1 / (1 + Math.E), Math.E / (1 + Math.E)];
  const value = (-(0.25 * Math.log(q1) + 0.75 * Math.log(q3)) + Math.log(2)) / 2;
  const slope = [(q1 - 0.25) / 2, 0, (q3 - 0.75) / 2, (0.5 - 1) / 2, 0.25, 0];
  for (const device of devices) {
    const unit = device.precision === 'f32' ? 2 ** -24 : 2 ** -53;
    const fn = (at: Tensor) => crossEntropy(at, p);
    const curved = grad((at: Tensor) => sum(mul(grad(fn)(at), grad(fn)(at))));
    const results = [fn(logits), grad(fn)(logits), curved(logits)];
    const [loss, first, second] = await readAll(results, { device });
    // exp, a sum of 2, log, difference, product, sum of 3, mean: a dozen roundings of the size of 1.
    near(`${device.name}: value`, loss, [value], 16 * unit);
    // 0.269 - 0.25 cancels to a fourteenth.
    near(`${device.name}: slope`, first, slope, 16 * 14 * unit);
    assert.ok(second.every(Number.isFinite), `${second}`);
    // Where the probability is not 0, it is infinite.
    const all = crossEntropy(
      logits,
      tensor([
        [0.5, 0.25, 0.25],
        [1, 0, 0],
      ]),
    );
    assert.is((await readAll(all, { device }))[0][0], Number.POSITIVE_INFINITY);
    // In the probabilities the derivative is -log q, infinite where q is 0.
    const inP = grad((at: Tensor) => crossEntropy(logits, at))(p);
    const [weights] = await readAll(inP, { device });
    const exact = [-Math.log(q1), Infinity, -Math.log(q3), Math.log(2), Math.log(2), Infinity];
    near(
      `${device.name}: in p`,
      weights,
      exact.map((v) => v / 2),
      16 * unit,
    );
  }
});

test('logSoftmax keeps its digits whatever the entries of a row have in common', async () => {
  for (const device of devices) {
    const unit = device.precision === 'f32' ? 2 ** -24 : 2 ** -53;
    for (const shift of [0, 1, 2 ** 20, -(2 ** 20), 2 ** 23]) {
      const x = tensor([[shift, shift + 1, shift + 3]]);
      const total = Math.log(1 + Math.exp(-2) + Math.exp(-3));
      const [got] = await readAll(logSoftmax(x), { device });
      // The log of a sum of three exponentials, and a difference.
      near(`${device.name}: ${shift}`, got, [-3 - total, -2 - total, -total], 16 * unit);
    }
  }
});

test('a negative number under a minus is printed as a number', async () => {
  // The cotangents here are constants: -1, and then its negative.
  assert.is(await grad((x: Tensor) => neg(sub(0, x)))(tensor(2)).item(), 1);
  assert.is(await grad((x: Tensor) => sub(0, sub(0, neg(sub(0, x)))))(tensor(2)).item(), 1);
});

test('Adam on a row that never gets a gradient keeps the hypergradient finite', async () => {
  const optimizer = adam({ learningRate: 0.1 });
  const start = {
    rows: tensor([
      [1, 2],
      [3, 4],
      [5, 6],
    ]),
  };
  const seen = tensor([
    [1, 1],
    [0, 0],
    [1, 1],
  ]);
  const fit = (at: { rows: Tensor }, target: Tensor) => {
    const apart = mul(seen, sub(at.rows, target));
    return sum(mul(apart, apart));
  };
  type Rows = typeof start;
  type State = { parameters: Rows; optimizer: AdamState<Rows> };
  const { gradient } = await hypergradient<State, { target: Tensor }>({
    inputs: {
      target: tensor([
        [0.5, 0],
        [0, 1],
        [2, 2],
      ]),
    },
    init: () => ({ parameters: start, optimizer: optimizer.init(start) }),
    step: (state, { target }) => {
      const gradients = grad(fit)(state.parameters, target);
      const [parameters, next] = optimizer.update(gradients, state.optimizer, state.parameters);
      return { parameters, optimizer: next };
    },
    objective: (state) => sum(div(state.parameters.rows, 2)),
    steps: 4,
  });
  const numbers = await gradient.target.data();
  assert.ok(numbers.every(Number.isFinite), `${numbers}`);
  assert.equal([...numbers.slice(2, 4)], [0, 0]);
  assert.ok(numbers[0] !== 0);
});

test('log at 0 is -inf and poisons nothing that does not depend on it', async () => {
  const x = tensor([0, 1]);
  assert.equal(await log(x).array(), [absent, 0]);
  assert.equal(await grad((at: Tensor) => sum(log(at)))(x).array(), [Number.POSITIVE_INFINITY, 1]);
});

test('zeros have the signs of IEEE arithmetic on every device, constants or not', async () => {
  const zeros = [0, -0];
  const pairs = zeros.flatMap((a) => zeros.map((b) => [a, b] as const));
  const operations = {
    add: [add, (a, b) => a + b],
    sub: [sub, (a, b) => a - b],
  } as const satisfies {
    [name: string]: [typeof add, (a: number, b: number) => number];
  };
  for (const name of ['reference', 'simd', 'gpujs:webasm', 'gpujs:cpu']) {
    const device = await openDevice(name);
    for (const [operation, [fn, exact]] of Object.entries(operations)) {
      for (const [a, b] of pairs) {
        // Dividing by it tells the sign of a zero.
        const expected = 1 / exact(a, b);
        const [x, y] = [tensor([a, a]), tensor([b, b])];
        const all = [fn(x, y), fn(x, b), fn(a, y), fn(mul(1, a), b)].map((zero) => div(1, zero));
        for (const [i, got] of (await readAll(all, { device })).entries()) {
          const what = `${name}: ${operation} of ${Object.is(a, -0) ? '-0' : a} and ${b}, way ${i}`;
          assert.ok(
            got.every((value) => value === expected),
            `${what}: 1 / ${1 / got[0]}`,
          );
        }
      }
    }
    if (name !== 'reference') await device.dispose();
  }
});

test.run();
