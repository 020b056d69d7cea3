/** @file Primitives of users' own, as CONTRIBUTING.md adds one: on devices, fused, differentiated. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type Cell,
  checkGradients,
  type Expression,
  flip,
  grad,
  kernel,
  mul,
  openDevice,
  planOf,
  primitive,
  readAll,
  square,
  sum,
  type Tensor,
  tensor,
} from '../../../src/autodiff/index.ts';

const { binary, number, unary } = kernel;

/** (exp(x) ± exp(-x)) / 2. */
const half = (fn: 'add' | 'sub') => (x: Expression) =>
  binary('mul', number(0.5), binary(fn, unary('exp', x), unary('exp', unary('neg', x))));

const cellwise = (
  name: string,
  body: (x: Expression) => Expression,
  slope: (x: Tensor) => Tensor,
): ((x: Tensor) => Tensor) => {
  const record = primitive({
    name,
    family: 'map',
    shape: ([x]) => x,
    cell: (at, [x]) => body(x.read(at)),
    vjp: (ct, _out, [x]) => [mul(ct, slope(x))],
  });
  return (x) => record([x], {});
};

const sinh: (x: Tensor) => Tensor = cellwise('sinh', half('sub'), (x) => cosh(x));
const cosh: (x: Tensor) => Tensor = cellwise('cosh', half('add'), (x) => sinh(x));

/** The cells turned by some places, `x[(i + by) mod n]`: a view, whose adjoint turns back. */
const turned = primitive<{ readonly by: number }>({
  name: 'turned',
  family: 'view',
  shape: ([x]) => x,
  cell: ([i], [x], { by }) =>
    x.read([kernel.index.mod(kernel.index.add(i, kernel.index.int(by)), x.shape[0])]),
  vjp: (ct, _out, [x], { by }) => [turn(ct, x.shape[0] - by)],
});
const turn = (x: Tensor, by: number): Tensor => turned([x], { by });

const x = tensor([-1.5, 0, 0.25, 2]);
const numbers = [-1.5, 0, 0.25, 2];

for (const name of ['reference', 'simd'] as const) {
  test(`a primitive of one's own computes and differentiates on ${name}`, async () => {
    const device = await openDevice(name, { threads: 1 });
    const [value, slope, curvature, turnedBack] = await readAll(
      [
        sinh(x),
        grad((at: Tensor) => sum(sinh(at)))(x),
        grad((at: Tensor) => sum(grad((b: Tensor) => sum(sinh(b)))(at)))(x),
        grad((at: Tensor) => sum(mul(turn(at, 1), flip(square(at)))))(x),
      ],
      { device },
    );
    const unit = device.precision === 'f64' ? 2 ** -52 : 2 ** -23;
    numbers.forEach((at, i) => {
      // Two exponentials of up to one and a half units each, and a difference of them.
      const bound = 4 * unit * Math.cosh(at);
      assert.ok(Math.abs(value[i] - Math.sinh(at)) <= bound, `${value[i]}`);
      assert.ok(Math.abs(slope[i] - Math.cosh(at)) <= bound, `${slope[i]}`);
      assert.ok(Math.abs(curvature[i] - Math.sinh(at)) <= bound, `${curvature[i]}`);
    });
    // Σ x[i+1] x[3-i]²: by x[j] it is x[4-j]² + 2 x[j] x[4-j], places taken modulo 4.
    numbers.forEach((at, j) => {
      const other = numbers[(4 - j) % 4];
      const expected = other * other + 2 * at * other;
      assert.ok(Math.abs(turnedBack[j] - expected) <= 16 * unit, `${turnedBack[j]}`);
    });
    await device.dispose();
  });
}

test('its derivatives agree with central differences', async () => {
  await checkGradients(sinh, x, { order: 3 });
  await checkGradients((at: Tensor) => square(turn(at, 3)), x, { order: 2 });
});

test('it is fused with what is around it', () => {
  const plan = planOf((at: Tensor) => sum(mul(2, sinh(turn(at, 1)))), x);
  assert.is(plan.kernels.length, 1);
});

test('a record that lacks something is refused by name', () => {
  const record = {
    name: 'incomplete',
    family: 'map',
    shape: ([first]: readonly (readonly number[])[]) => first,
    cell: () => number(0),
    vjp: () => [null],
  } as const;
  const refused: readonly [object, RegExp][] = [
    [{ ...record, name: 'sinh' }, /^primitive: the name sinh is taken/],
    [{ ...record, name: 'exp' }, /^primitive: the name exp is taken/],
    [{ ...record, name: '' }, /^primitive: name: expected a text/],
    [{ ...record, family: 'loop' }, /^primitive incomplete: family: .*got loop/],
    [{ ...record, vjp: undefined }, /^primitive incomplete: vjp: expected a function/],
  ];
  for (const [given, pattern] of refused) {
    assert.throws(
      () => primitive(given as never),
      (error: Error) => error instanceof TypeError && pattern.test(error.message),
    );
  }
});

test('what the functions of a record return is refused where it is used', async () => {
  const good = {
    family: 'map',
    shape: ([first]: readonly (readonly number[])[]) => first,
    cell: (at: never, [first]: readonly Cell[]) => first.read(at),
    vjp: (ct: Tensor): unknown => [ct],
  } as const;
  const made = (name: string, part: object) => {
    const record = primitive({ ...good, name, ...part } as never);
    return (at: Tensor) => sum(record([at], {}));
  };
  const device = await openDevice('reference');
  const read = (of: Tensor) => readAll(of, { device });
  const refused: readonly [object, RegExp][] = [
    [{ cell: () => 3 }, /^primitive wrong0: cell: expected an expression .* got 3/],
    [{ vjp: () => [] }, /^primitive wrong1: vjp: expected a list of 1/],
    [{ vjp: () => [sum(x)] }, /^primitive wrong2: vjp: of input 1: expected \[4\], got \[\]/],
    [{ vjp: () => [2] }, /^primitive wrong3: vjp: argument 1: expected a tensor, got 2/],
  ];
  for (const [i, [part, message]] of refused.entries()) {
    const fn = made(`wrong${i}`, part);
    const error = await Promise.resolve()
      .then(() => read(grad(fn)(x)))
      .then(() => read(fn(x)))
      .then(
        () => undefined,
        (thrown: Error) => thrown,
      );
    assert.match(`${error?.message}`, message);
  }
  const record = primitive({ ...good, name: 'unlisted' } as never);
  assert.throws(() => record(x as never, {}), /^unlisted: expected a list of inputs, got a Tensor/);
});

test.run();
