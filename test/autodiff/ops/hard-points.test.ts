/** @file Points where a formula alone gives 0/0: each derivative there is defined once and finite. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type AdamState,
  abs,
  adam,
  checkGradients,
  div,
  grad,
  hypergradient,
  log,
  logSumExp,
  max,
  maximum,
  minimum,
  mul,
  neg,
  normalizeRows,
  type Operand,
  openDevice,
  pow,
  relu,
  selu,
  setDefaultDevice,
  sign,
  softmax,
  sqrt,
  sub,
  sum,
  type Tensor,
  tensor,
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

test.run();
