/** @file The tester is tested: checkGradients catches rules that are wrong by little. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  add,
  checkGradients,
  customVjp,
  exp,
  full,
  GradientError,
  gather,
  log,
  mean,
  mul,
  neg,
  relu,
  rowIndex,
  sin,
  softplus,
  square,
  stopGradient,
  sub,
  sum,
  type Tensor,
  type Tree,
  tanh,
  tensor,
  zeros,
} from '../../../src/autodiff/index.ts';
import { unary } from '../../../src/autodiff/kernel/expression.ts';
import { define } from '../../../src/autodiff/tape/primitive.ts';

type Derivative = (x: Tensor, out: Tensor) => Tensor;

/** exp as a primitive of its own with a derivative that may be wrong. */
function fakeExp(name: string, derivative: Derivative) {
  const record = define({
    name,
    family: 'map',
    shape: ([x]) => x,
    cell: (at, [x]) => unary('exp', x.read(at)),
    vjp: (ct, out, [x]) => [mul(ct, derivative(x, out))],
  });
  return (x: Tensor) => record([x], {});
}

async function errorOf<T extends Tree>(...args: Parameters<typeof checkGradients<T>>) {
  try {
    await checkGradients(...args);
  } catch (error) {
    if (error instanceof GradientError) return error;
    throw error;
  }
  throw new Error('expected a GradientError');
}

const right = fakeExp('rightExp', (_x, out) => out);
const wrong = fakeExp('wrongExp', (_x, out) => mul(1.001, out));
// The value of the derivative is right; its own derivative is 0.1 % too large.
const slightlyLarger = fakeExp('slightlyLargerExp', (_x, out) => mul(1.001, out));
const wrongSecond = fakeExp('wrongSecondExp', (x) => slightlyLarger(x));
const x = tensor([
  [0.3, -0.7, 1.2],
  [2, 0.1, -1.5],
]);

test('a right rule passes at every order, and the report says how well', async () => {
  const report = await checkGradients(right, x, { order: 3 });
  assert.is(report.entries, 18);
  assert.ok(report.error <= report.tolerance);
  // f''' = exp <= 8 and a step of at most 2^-7: what the documentation promises.
  assert.ok(report.tolerance < 1e-6, `${report.tolerance}`);
});

test('a rule wrong by 0.1 % is caught at first order', async () => {
  const { report } = await errorOf(wrong, x, {});
  assert.is(report.order, 1);
  assert.ok(Math.abs(report.reverse / report.difference - 1.001) < 1e-5);
});

test('a rule wrong only in its second derivative is caught at second order alone', async () => {
  await checkGradients(wrongSecond, x, { order: 1 });
  const { report } = await errorOf(wrongSecond, x, { order: 2 });
  assert.is(report.order, 2);
  assert.ok(Math.abs(report.reverse / report.difference - 1.001) < 1e-5);
});

test('a rule wrong only in its third derivative is caught at third order alone', async () => {
  const wrongThird = fakeExp('wrongThirdExp', (at) => wrongSecond(at));
  await checkGradients(wrongThird, x, { order: 2 });
  assert.is((await errorOf(wrongThird, x, { order: 3 })).report.order, 3);
});

test('every seed catches a rule wrong by 0.1 %', async () => {
  for (let seed = 0; seed < 20; seed++) {
    await errorOf(wrong, x, { seed });
    await errorOf(wrongSecond, x, { order: 2, seed });
  }
});

test('the error names leaf, position, both values and the step', async () => {
  const mask = tensor([0, 0, 1]);
  const fn = ({ users, items }: { users: Tensor; items: Tensor }) =>
    sum(mul(exp(users), mul(mask, wrong(items))));
  const inputs = { users: tensor([0.1, 0.2, 0.3]), items: tensor([0.4, 0.5, 0.6]) };
  const { message, report } = await errorOf(fn, inputs, {});
  assert.is(report.leaf, 'items');
  assert.equal(report.position, [2]);
  for (const part of ['items[2]', report.reverse, report.difference, report.step]) {
    assert.ok(message.includes(`${part}`), message);
  }
});

test('leaves of nested trees are named by their path and index tensors are left alone', async () => {
  const index = rowIndex(Int32Array.of(1, 1, 0), 2);
  const inputs = { layers: [{ weight: x }], index };
  const fn = (at: typeof inputs) => wrong(gather(at.layers[0].weight, at.index));
  const { report } = await errorOf(fn, inputs, {});
  assert.is(report.leaf, 'layers.0.weight');
  assert.is(report.entries, 6);
});

test('a derivative that is not a number is an error', async () => {
  const notANumber = fakeExp('notANumberExp', (at) => full(at.shape, Number.NaN));
  const { message } = await errorOf(notANumber, x, {});
  assert.match(message, 'NaN');
});

test('the edge of a domain is stepped around, a point beyond it is an error', async () => {
  await checkGradients((at: Tensor) => log(at), tensor([1e-3, 0.02, 1, 50]), { order: 2 });
  await errorOf((at: Tensor) => log(at), tensor([-1]), {});
});

test('a kink is called one, with both slopes, and a wrong rule is not', async () => {
  const { message, report } = await errorOf((at: Tensor) => sum(relu(at)), tensor([1, 0]), {});
  assert.equal(report.position, [1]);
  // Slopes of relu, by differences of numbers that are exact here.
  assert.equal(report.kink, { left: 0, right: 1 });
  assert.match(message, /has a kink there, with slope 0 to the left and 1 to the right/);
  const smooth = await errorOf(wrong, x, {});
  assert.is(smooth.report.kink, undefined);
  assert.not.match(smooth.message, /kink/);
});

test('a point outside of the domain is called that', async () => {
  const { message } = await errorOf((at: Tensor) => log(at), tensor([2, -1]), {});
  assert.match(message, /input\[0\] = 2.*: the function is not finite there: the point is outside/);
  assert.match(message, 'log made it NaN at entry [1] of [2], forward, of -1 (');
  const notANumber = fakeExp('noNumberExp', (at) => full(at.shape, Number.NaN));
  assert.match((await errorOf(notANumber, x, {})).message, /by reverse mode is not a number/);
});

test('the edge of a domain is named with the side on which it lies', async () => {
  // Steps reach down to 2^-5 / 4^6 of the point.
  const near = 1e-6;
  const sides: readonly [(x: Tensor) => Tensor, string, RegExp][] = [
    [(at) => sum(log(at)), 'below', /ends below it/],
    [(at) => sum(log(sub(2 * near, at))), 'above', /ends above it/],
    [(at) => sum(add(log(at), log(sub(2 * near, at)))), 'on both sides', /on both sides of it/],
  ];
  for (const [fn, edge, words] of sides) {
    const { message, report } = await errorOf(fn, tensor([near]), {});
    assert.is(report.edge, edge);
    assert.match(message, words);
  }
});

test('a derivative of 0 is caught where long steps see waves or flat ground', async () => {
  const hill = (y: Tensor) => exp(mul(-0.5, square(sub(y, 2023.5))));
  const narrow = (y: Tensor) => exp(mul(-1e8, square(y)));
  const cases: [fn: (y: Tensor) => Tensor, at: number][] = [
    [sin, 1e4],
    [sin, 1e6],
    [hill, 2024],
    [narrow, 1e-6],
  ];
  for (const [fn, at] of cases) {
    await checkGradients(fn, tensor([at]), { order: 2 });
    const zero = customVjp(fn, (ct) => mul(ct, 0));
    const { report, message } = await errorOf(zero, tensor([at]), { order: 2 });
    assert.is(report.order, 1);
    assert.not.match(message, /kink/);
  }
});

test('right gradients pass at minima and where a function saturates', async () => {
  const fit = (fn: (x: Tensor) => Tensor) => (x: Tensor) =>
    mean(square(sub(fn(x), stopGradient(fn(tensor([0.3, -0.2]))))));
  await checkGradients((x: Tensor) => sum(square(sub(square(x), 2.25))), tensor([1.5]), {
    order: 3,
  });
  for (const fn of [exp, tanh]) await checkGradients(fit(fn), tensor([0.3, -0.2]), { order: 2 });
  await checkGradients((x: Tensor) => sum(softplus(x)), tensor([-40]), { order: 2 });
  await checkGradients((x: Tensor) => sum(exp(neg(square(x)))), tensor([8]), { order: 2 });
});

test('differences that tell nothing are refused', async () => {
  // Over a step of 2^-17 this is a jump at 0, whose slope depends on the step.
  const jump = (factor: number) =>
    customVjp(
      (y: Tensor) => tanh(mul(1e7, y)),
      (ct, y) => mul(ct, mul(factor * 1e7, sub(1, square(tanh(mul(1e7, y)))))),
    );
  const at = tensor([3e-8]);
  await errorOf(jump(1), at, {});
  // The derivative 137,625 that the last step has, by 98,304 exactly.
  const slope = 1e7 * (1 - Math.tanh(0.3) ** 2);
  const { message } = await errorOf(jump(1e5 / slope), at, {});
  assert.match(message, /order 1 cannot be told from a wrong one.* give a tolerance/);
});

test('the worst entries are listed with the point, the worst first', async () => {
  const factors = tensor([0, 1, 4, 2, 0, 8, 0.5, 16]);
  const fn = ({ a, b }: { a: Tensor; b: Tensor }) =>
    add(sum(mul(factors, wrong(a))), sum(mul(b, b)));
  const inputs = { a: zeros([8]), b: tensor([3, 4]) };
  const { message, report } = await errorOf(fn, inputs, {});
  assert.equal(
    report.worst.map(({ leaf, position }) => `${leaf}${position}`),
    ['a7', 'a5', 'a2', 'a3', 'a1'],
  );
  assert.equal([report.entries, report.of, report.beyond], [10, 10, 6]);
  assert.match(message, 'differs most at a[7] = 0');
  assert.match(message, 'also a[5] = 0: 8.00');
  assert.match(message, '6 of 10 entries are beyond tolerance');
  assert.match(message, 'at the point a = [0, 0, 0, 0, 0, 0, 0, 0], b = [3, 4]');
});

test('a sample has entries of each tensor and finds what many entries have wrong', async () => {
  const inputs = { big: full([1000], 0.5), one: tensor(0.25), two: tensor([[0.1], [0.2]]) };
  const fn = (at: typeof inputs) => add(sum(right(at.big)), mul(right(at.one), sum(at.two)));
  const seen = new Set<string>();
  for (let seed = 0; seed < 5; seed++) {
    const report = await checkGradients(fn, inputs, { sample: 5, order: 2, seed });
    assert.equal([report.entries, report.of], [10, 2 * 1003]);
    seen.add(JSON.stringify(report.worst.map(({ position }) => position)));
  }
  assert.ok(seen.size > 1);
  // Of three entries, one of each tensor.
  const lone = (at: typeof inputs) => add(sum(right(at.big)), mul(wrong(at.one), sum(at.two)));
  const { report } = await errorOf(lone, inputs, { sample: 3 });
  assert.is(report.leaf, 'one');
  assert.match((await errorOf(lone, inputs, { sample: 3 })).message, 'entries, a sample of 1003');
  for (const sample of [0, 1.5, -1]) {
    const error = await checkGradients(fn, inputs, { sample }).catch((e) => e);
    assert.instance(error, RangeError);
  }
});

test('a tolerance of one’s own replaces the derived one, and orders beyond 3 are refused', async () => {
  await checkGradients(wrong, x, { tolerance: 1 });
  await errorOf(wrong, x, { tolerance: 1e-4 });
  try {
    await checkGradients(right, x, { order: 4 as 3 });
    assert.unreachable();
  } catch (error) {
    assert.instance(error, RangeError);
  }
});

test.run();
