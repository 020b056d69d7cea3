/** @file Primitives of users' own, as CONTRIBUTING.md adds one: on devices, fused, differentiated. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type Cell,
  checkGradients,
  type Expression,
  flip,
  grad,
  type Index,
  indexTensor,
  kernel,
  mul,
  openDevice,
  planOf,
  primitive,
  readAll,
  reshape,
  type Shape,
  square,
  sum,
  type Tensor,
  tensor,
  transpose,
} from '../../../src/autodiff/index.ts';
import { failure } from '../../data/temporary.ts';

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

const { index } = kernel;

/** A view of one's own of one input: which cell of it the result holds at each position. */
function viewOf(
  name: string,
  source: (position: readonly Index[], size: number) => readonly Index[],
  shape: (first: Shape) => Shape = (first) => first,
): (at: Tensor) => Tensor {
  const record = primitive({
    name,
    family: 'view',
    shape: ([first]) => shape(first),
    cell: (position, [first]) => first.read(source(position, first.shape[0])),
    vjp: () => [null],
    reads: ['many'],
  });
  return (at) => record([at], {});
}

const everyDevice = ['reference', 'simd', 'gpujs:webasm', 'gpujs:cpu'];

test('a clamped shift is clamped in every lane, whatever is read around it', async () => {
  const edges = viewOf(
    'edges',
    ([i], n) => [index.clampedShift(i, -4, n)],
    ([n]) => [n + 8],
  );
  const before = viewOf('before', ([i], n) => [index.clampedShift(i, -1, n)]);
  const columns = viewOf('columns', ([i, j]) => [i, index.clampedShift(j, 2, 5)]);
  const row = tensor([1, 2, 3, 4, 5]);
  const rows = tensor([
    [1, 2, 3, 4, 5],
    [6, 7, 8, 9, 10],
  ]);
  for (const name of everyDevice) {
    const device = await openDevice(name);
    const got = await readAll([edges(row), before(row), columns(rows)], { device });
    assert.equal([...got[0]], [1, 1, 1, 1, 1, 2, 3, 4, 5, 5, 5, 5, 5], name);
    assert.equal([...got[1]], [1, 1, 2, 3, 4], name);
    assert.equal([...got[2]], [3, 4, 5, 5, 5, 8, 9, 10, 10, 10], name);
    await device.dispose();
  }
});

test('a cell that reads beside its inputs is refused by name on every device', async () => {
  const { add, clampedShift, div, int, mod, mul: times, reverse } = index;
  const wrong: readonly [ReturnType<typeof viewOf>, Tensor, RegExp][] = [
    [
      viewOf('after', ([i]) => [add(i, int(2))]),
      x,
      /^primitive after: cell: reads \[4\] along axis 0 up to 5/,
    ],
    [viewOf('below', ([i]) => [add(i, int(-1))]), x, /^primitive below: .* may be negative/],
    [
      viewOf('minus', ([i], n) => [add(times(i, -1), int(n - 1))]),
      x,
      /^primitive minus: .* negative/,
    ],
    [viewOf('turnedTwice', ([i], n) => [reverse(add(i, int(1)), n)]), x, /^primitive turnedTwice/],
    [viewOf('half', ([i]) => [times(i, 0.5)]), x, /^primitive half: /],
    [
      viewOf('deep', ([i]) => [int(1), i]),
      x,
      /^primitive deep: cell: reads \[4\] at a position of 2 axes/,
    ],
    [
      viewOf('flatter', ([i]) => [i]),
      tensor([
        [1, 2],
        [3, 4],
      ]),
      /reads \[2,2\] at a position of 1 axes/,
    ],
    [viewOf('by hand', () => [3 as never]), x, /^primitive by hand: /],
  ];
  // Indices of which more is known than where they are used: their readers reshape and turn them.
  const twice = viewOf('doubled', ([i], n) => [add(times(div(i, 2), 2), mod(add(i, int(n)), 2))]);
  const around = (of: Tensor) =>
    reshape(transpose(reshape(twice(reshape(transpose(of), [12])), [4, 3])), [2, 6]);
  for (const name of everyDevice) {
    const device = await openDevice(name);
    for (const [view, at, message] of wrong) {
      assert.match((await failure(readAll(view(at), { device }))).message, message);
    }
    const counted = tensor(
      Float64Array.from({ length: 12 }, (_, i) => i),
      [3, 4],
    );
    // Transposed twice, and the cells of pairs stay where they are.
    assert.equal(
      [...(await readAll(around(counted), { device }))[0]],
      Array.from({ length: 12 }, (_, i) => i),
    );
    const kept = viewOf(`kept ${name}`, ([i], n) => [clampedShift(add(i, int(1)), -1, n)]);
    assert.equal([...(await readAll(kept(x), { device }))[0]], numbers);
    await device.dispose();
  }
});

test('numbers that are no addresses are not read at', async () => {
  const picked = primitive({
    name: 'picked',
    family: 'view',
    shape: ([, at]) => at,
    cell: ([i], [table, at]) => table.read([at.entry([i], table.shape[0])]),
    vjp: () => [null, null],
    reads: ['many', 'once'],
  });
  const pick = (at: Tensor) => picked([x, at], {});
  const rows = Int32Array.of(3, 0);
  for (const name of everyDevice) {
    const device = await openDevice(name);
    assert.equal([...(await readAll(pick(indexTensor(rows)), { device }))[0]], [2, -1.5], name);
    for (const at of [tensor([1.5, 0]), mul(indexTensor(rows), 1000)]) {
      const error = await failure(readAll(pick(at), { device }));
      assert.match(error.message, /^picked: expected an index tensor where addresses are read/);
    }
    const beyond = await failure(readAll(pick(indexTensor(Int32Array.of(4))), { device }));
    assert.match(beyond.message, /negative or not below 4/);
    await device.dispose();
  }
});

test('a comparison with an index that may be negative is refused', async () => {
  const device = await openDevice('reference');
  const inside = primitive({
    name: 'inside',
    family: 'map',
    shape: ([first]) => first,
    cell: ([i], [first]) =>
      kernel.select(kernel.within(index.add(i, index.int(-1)), 0, 2), first.read([i]), number(0)),
    vjp: () => [null],
  });
  const error = await failure(readAll(inside([x], {}), { device }));
  assert.match(
    error.message,
    /^primitive inside: cell: compares or counts with an index that may be/,
  );
});

test("a recurrence of one's own runs row by row where a device needs that", async () => {
  // Each row is its input and the sum of all rows before it: 1, 2 + 1, 3 + 1 + 3, …
  const grown = primitive({
    name: 'grown',
    family: 'recurrence',
    shape: ([first]) => first,
    cell: ([row, column], [first], _attributes, fold, result) => {
      const before = fold('sum', first.shape[0], (k) => result.read([k, column]), {
        from: index.int(0),
        to: row,
      });
      return binary('add', first.read([row, column]), before);
    },
    vjp: () => [null],
    reads: ['many'],
  });
  for (const name of everyDevice) {
    const device = await openDevice(name);
    const [got] = await readAll(grown([tensor([[1], [2], [3], [4]])], {}), { device });
    assert.equal([...got], [1, 3, 7, 15], name);
    await device.dispose();
  }
});

test.run();
