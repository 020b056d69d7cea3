/** @file Composed functions: values against plain formulas, derivatives of first to third order. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  crossEntropy,
  grad,
  linear,
  logSoftmax,
  logSumExp,
  max,
  mean,
  mul,
  normalizeRows,
  oneHot,
  openDevice,
  readAll,
  selu,
  setDefaultDevice,
  sigmoid,
  softmax,
  softplus,
  square,
  sum,
  type Tensor,
  tanh,
  tensor,
  transpose,
  where,
} from '../../../src/autodiff/index.ts';
import { checkDrawn } from '../check-drawn.ts';
import { type Draw, forAll } from '../draw.ts';

setDefaultDevice(await openDevice('reference'));

interface Case {
  readonly inputs: readonly Tensor[];
  fn(inputs: readonly Tensor[]): Tensor;
}

const ofRows =
  (fn: (x: Tensor) => Tensor) =>
  (draw: Draw): Case => ({ inputs: [draw.uniform(draw.shape(2))], fn: ([x]) => fn(x) });

const cases: { readonly [name: string]: (draw: Draw) => Case } = {
  softmax: ofRows(softmax),
  logSoftmax: ofRows(logSoftmax),
  logSumExp: ofRows(logSumExp),
  normalizeRows: (draw) => ({
    inputs: [draw.uniform(draw.shape(2), 0.5, 2)],
    fn: ([x]) => normalizeRows(x),
  }),
  selu: (draw) => ({ inputs: draw.spaced(draw.shape(2), 1), fn: ([x]) => selu(x) }),
  crossEntropy: (draw) => {
    const logits = draw.uniform(draw.shape(2));
    const weights = draw.uniform(logits.shape);
    return { inputs: [logits, weights], fn: ([x, w]) => crossEntropy(x, softmax(w)) };
  },
  linear: (draw) => {
    const [n, inner, outer] = draw.shape(3);
    const inputs = [draw.uniform([n, inner]), draw.uniform([outer, inner]), draw.uniform([outer])];
    return { inputs, fn: ([x, w, b]) => tanh(linear(x, w, b)) };
  },
  'mean with kept axes': (draw) => ({
    inputs: [draw.uniform(draw.shape(3))],
    fn: ([x]) => square(mean(x, [0, -1], { keepDims: true })),
  }),
  'broadcast where': (draw) => {
    const [test, y] = [draw.spaced([3, 1], 1)[0], draw.uniform([1, draw.size()])];
    const fn = ([a, b]: readonly Tensor[]) => where(sigmoid(a), softplus(b), square(a));
    return { inputs: [test, y], fn };
  },
};

for (const [name, make] of Object.entries(cases)) {
  test(`${name} agrees with central differences up to third order`, async () => {
    await forAll(8, async (draw) => {
      const { inputs, fn } = make(draw);
      await checkDrawn(fn, inputs, { order: 3 });
    });
  });
}

test('softmax rows sum to 1 and cross-entropy is what its formula says', async () => {
  await forAll(20, async (draw) => {
    const logits = draw.uniform(draw.filledShape(2), -30, 30);
    const probabilities = softmax(draw.uniform(logits.shape));
    const [x, p, soft, entropy] = await readAll([
      logits,
      probabilities,
      softmax(logits),
      crossEntropy(logits, probabilities),
    ]);
    const [rows, n] = logits.shape;
    let expected = 0;
    for (let row = 0; row < rows; row++) {
      const cells = [...x.slice(row * n, (row + 1) * n)];
      const peak = Math.max(...cells);
      const total = cells.reduce((sofar, value) => sofar + Math.exp(value - peak), 0);
      let one = 0;
      cells.forEach((value, i) => {
        const logarithm = value - peak - Math.log(total);
        // exp multiplies the rounding of a logarithm of size 60 by its value: 64 units at most.
        const apart = Math.abs(soft[row * n + i] - Math.exp(logarithm));
        assert.ok(apart <= 64 * Number.EPSILON, `${apart}`);
        one += soft[row * n + i];
        expected -= (p[row * n + i] * logarithm) / rows;
      });
      assert.ok(Math.abs(one - 1) <= 4 * 64 * Number.EPSILON);
    }
    assert.ok(Math.abs(entropy[0] - expected) <= 64 * 64 * Number.EPSILON);
  });
});

test('the softmax along any axis is that of the axis moved to the end', async () => {
  await forAll(10, async (draw) => {
    const x = draw.uniform(draw.shape(3));
    for (const axis of [0, 1, -1]) {
      const order = axis === 0 ? [2, 1, 0] : axis === 1 ? [0, 2, 1] : [0, 1, 2];
      for (const fn of [softmax, logSoftmax, logSumExp]) {
        const [along, moved] = await readAll([
          fn(x, axis),
          transpose(fn(transpose(x, order)), order),
        ]);
        assert.equal([...along], [...moved]);
      }
      await checkDrawn(([at]) => softmax(at, axis), [x], { order: 2 });
    }
    assert.equal(logSumExp(x, 1).shape, [x.shape[0], 1, x.shape[2]]);
  });
  assert.throws(() => softmax(tensor([1]), 1), /softmax: axis 1/);
});

test('cross-entropy with class numbers is that with one-hot rows', async () => {
  await forAll(10, async (draw) => {
    const [rows, n] = draw.filledShape(2);
    const logits = draw.uniform([rows, n], -30, 30);
    const classes = draw.rows(rows, n);
    const [numbers, tensors, hot] = await readAll([
      crossEntropy(logits, classes),
      crossEntropy(logits, tensor(Float64Array.from(classes))),
      crossEntropy(logits, oneHot(classes, n)),
    ]);
    assert.is(numbers[0], tensors[0]);
    // A sum of n products, and a mean of rows below 64.
    assert.ok(Math.abs(numbers[0] - hot[0]) <= 64 * (n + rows) * Number.EPSILON);
    await checkDrawn(([at]) => crossEntropy(at, classes), [draw.uniform([rows, n])], { order: 2 });
  });
  // softmax of (0, 0, -inf) is (1/2, 1/2, 0).
  const absent = tensor([[0, 0, Number.NEGATIVE_INFINITY]]);
  const half = await crossEntropy(absent, [1]).item();
  assert.ok(Math.abs(half - Math.LN2) <= 2 * Number.EPSILON, `${half}`);
  const slope = await grad((at: Tensor) => crossEntropy(at, [1]))(absent).array();
  assert.equal(slope, [[0.5, -0.5, 0]]);
  assert.throws(() => crossEntropy(absent, [3]), /classes 0 to 2, got 3 at position 0/);
  assert.throws(
    () => crossEntropy(absent, [0, 1]),
    /crossEntropy: logits \[1,3\].*\[1\], got \[2\]/,
  );
});

test('a class that there is not is refused, or makes loss and gradient NaN', async () => {
  const logits = tensor([
    [1, 2],
    [1, -Infinity],
  ]);
  // The derivative of the row whose class there is, (softmax - (1, 0)) / 2.
  const [first, second] = [
    [-Math.E / (2 + 2 * Math.E), Math.E / (2 + 2 * Math.E)],
    [0, 0],
  ];
  for (const [classes, got, known, expected] of [
    [[0, 2], 'got 2 at position 1', 0, first],
    [[0.5, 0], 'got 0.5 at position 0', 1, second],
    [[0, -1], 'got -1 at position 1', 0, first],
  ] as const) {
    assert.throws(() => crossEntropy(logits, classes), got);
    assert.throws(() => crossEntropy(logits, tensor(classes)), got);
    for (const name of ['reference', 'simd']) {
      const device = await openDevice(name, name === 'simd' ? { threads: 1 } : {});
      const loss = (at: Tensor) => crossEntropy(at, mul(1, tensor(classes)));
      const [value, slope] = await readAll([loss(logits), grad(loss)(logits)], { device });
      assert.ok(Number.isNaN(value[0]));
      // Some sixteen roundings of numbers up to 1.
      expected.forEach((cell, i) => {
        assert.ok(Math.abs(slope[2 * known + i] - cell) <= 16 * 2 ** -24, `${slope}`);
        assert.ok(Number.isNaN(slope[2 * (1 - known) + i]));
      });
      await device.dispose();
    }
  }
  assert.throws(
    () => crossEntropy(logits, tensor([[1], [0]])),
    /crossEntropy: logits \[2,2\] need probabilities \[2,2\] or classes \[2\], got \[2,1\]/,
  );
});

test('classes that a device computes give the loss of the same plain numbers', async () => {
  await forAll(10, async (draw) => {
    const [rows, n] = draw.filledShape(2);
    const logits = draw.uniform([rows, n]);
    const classes = draw.rows(rows, n);
    const computed = (at: Tensor) => crossEntropy(at, mul(1, tensor(Float64Array.from(classes))));
    const [value, plain] = await readAll([computed(logits), crossEntropy(logits, classes)]);
    assert.equal(value, plain);
    await checkDrawn(([at]) => computed(at), [logits], { order: 2 });
  });
});

test('reductions take axes from the end and keep them on request', async () => {
  await forAll(20, async (draw) => {
    const x = draw.spaced(draw.filledShape(3), 1)[0];
    const [a, b, c] = x.shape;
    assert.equal(sum(x, -1).shape, [a, b]);
    assert.equal(sum(x, [0, 2]).shape, [b]);
    assert.equal(sum(x, [0, 2], { keepDims: true }).shape, [1, b, 1]);
    assert.equal(max(x, 1, { keepDims: true }).shape, [a, 1, c]);
    assert.equal(mean(x).shape, []);
    const [all, largest] = await readAll([x, max(x)]);
    assert.is(largest[0], Math.max(...all));
  });
});

/** Logits of rows: some near each other, some with one or several far above the rest. */
function steepRows(draw: Draw, rows: number, n: number): Float32Array {
  const range = [1, 20, 80][draw.integer(0, 2)];
  const logits = Float32Array.from(draw.numbers(rows * n, -range, range));
  for (let row = 0; row < rows; row++) {
    for (let tops = draw.integer(0, 2); tops > 0; tops--) {
      logits[row * n + draw.integer(0, n - 1)] = range;
    }
  }
  return logits;
}

test('logs of probabilities keep their digits on every device, near 1 as elsewhere', async () => {
  const devices = await Promise.all(
    ['reference', 'simd', 'gpujs:webasm', 'gpujs:cpu'].map((name) => openDevice(name)),
  );
  let smallest = Infinity;
  await forAll(60, async (draw) => {
    const [rows, n] = [draw.integer(1, 4), 1 + draw.integer(0, 40)];
    const logits = steepRows(draw, rows, n);
    // -log q of a class: the log of 1 and the others' exponentials, and how far it is below the top.
    const expected = Float64Array.from(logits, (x, i) => {
      const row = [...logits.slice(i - (i % n), i - (i % n) + n)].sort((a, b) => b - a);
      const [top, ...others] = row;
      return Math.log1p(others.reduce((sum, y) => sum + Math.exp(y - top), 0)) + (top - x);
    });
    const tops = Array.from({ length: rows }, (_, row) => {
      const cells = logits.slice(row * n, (row + 1) * n);
      return cells.indexOf(Math.max(...cells));
    });
    const entropy = tops.reduce((sum, top, row) => sum + expected[row * n + top] / rows, 0);
    const x = tensor(logits, [rows, n]);
    for (const device of devices) {
      const unit = device.precision === 'f32' ? 2 ** -24 : 2 ** -53;
      // A difference of 160 is rounded, which exp multiplies by; then a sum, exp, log1p, and a mean.
      const relative = (160 + n + rows + 8) * unit;
      // What is below the smallest normal number has fewer digits.
      const allowed = (value: number) => relative * value + (n + 1) * 2 ** -126;
      const [logs, mean] = await readAll([logSoftmax(x), crossEntropy(x, tops)], { device });
      expected.forEach((value, i) => {
        smallest = Math.min(smallest, value);
        const off = Math.abs(-logs[i] - value);
        assert.ok(off <= allowed(value), `${device.name}: ${-logs[i]} is not ${value}`);
      });
      const off = Math.abs(mean[0] - entropy);
      assert.ok(off <= allowed(entropy), `${device.name}: ${mean[0]} is not ${entropy}`);
    }
  });
  assert.ok(smallest < 1e-30, `no class was nearer to certain than ${smallest}`);
  for (const device of devices.slice(1)) await device.dispose();
});

test.run();
