/** @file `checkFunction` tells right gradients of anyone's code from wrong ones. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { checkFunction, GradientError, type Numbers } from '../../../src/autodiff/index.ts';
import { uniformNumbers } from '../../../src/autodiff/tape/random-numbers.ts';

/** The Rosenbrock function of any number of variables, and its gradient (Rosenbrock 1960). */
const valley = (x: ArrayLike<number>): number => {
  let total = 0;
  for (let i = 0; i + 1 < x.length; i++) {
    total += 100 * (x[i + 1] - x[i] ** 2) ** 2 + (1 - x[i]) ** 2;
  }
  return total;
};
const slopes = (x: ArrayLike<number>): number[] =>
  Array.from(x, (_, i) => {
    const left = i > 0 ? 200 * (x[i] - x[i - 1] ** 2) : 0;
    const right = i + 1 < x.length ? -400 * x[i] * (x[i + 1] - x[i] ** 2) - 2 * (1 - x[i]) : 0;
    return left + right;
  });

async function errorOf<X extends Numbers>(...args: Parameters<typeof checkFunction<X>>) {
  const error = await checkFunction(...args).then(
    () => undefined,
    (thrown) => thrown,
  );
  assert.instance(error, GradientError);
  return error as GradientError;
}

const x = [-1.2, 1, 0.5, 3];

test('a right gradient passes, as numbers, as a function and as a promise', async () => {
  for (const gradient of [slopes(x), slopes, async (at: number[]) => slopes(at)]) {
    const report = await checkFunction(valley, gradient, x);
    assert.equal([report.entries, report.of, report.beyond], [4, 4, 0]);
    assert.ok(report.error <= report.tolerance && report.tolerance < 1e-4, `${report.tolerance}`);
  }
  await checkFunction(async (at) => Math.sin(at), Math.cos, 0.3);
  await checkFunction(valley, slopes(x), Float64Array.from(x));
});

test('a gradient that is wrong by a thousandth in one entry is told, with the entry', async () => {
  for (let wrong = 0; wrong < x.length; wrong++) {
    const gradient = slopes(x).map((slope, i) => (i === wrong ? 1.001 * slope : slope));
    const { message, report } = await errorOf(valley, gradient, x);
    assert.equal([report.position, report.beyond], [[wrong], 1]);
    assert.match(message, `checkFunction: the gradient differs most at x[${wrong}] = ${x[wrong]}`);
    assert.match(message, '1 of 4 entries is beyond tolerance');
    assert.match(message, 'at the point x = [-1.2, 1, 0.5, 3]');
  }
});

test('float32 code needs no tolerance, and its mistakes are told', async () => {
  const { fround } = Math;
  const single = (at: ArrayLike<number>): number => {
    let total = 0;
    for (let i = 0; i < at.length; i++) total = fround(total + fround(Math.exp(fround(at[i]))));
    return total;
  };
  const gradient = x.map((value) => fround(Math.exp(fround(value))));
  const report = await checkFunction(single, gradient, x);
  // exp to 3 changes slowly: differences of float32 still give three digits.
  assert.ok(report.worst.every(({ tolerance }) => tolerance < 0.01 * Math.exp(3)));
  await errorOf(
    single,
    gradient.map((slope) => 1.01 * slope),
    x,
  );
});

test('float32 code with an offset is told as far as its rounding lets, and refused beyond', async () => {
  const { fround } = Math;
  for (const offset of [0, 1, 1e3, 1e6]) {
    const f = (v: number) => fround(offset + fround(Math.sin(fround(v))));
    for (let i = 0; i < 20; i++) {
      const at = 0.13 + 0.31 * i;
      // Half a unit of 1e6 in float32 is 0.03, which over a step of 2^-7 is 4.
      if (offset === 1e6) {
        const { message } = await errorOf(f, Math.cos(at), at);
        assert.match(message, 'cannot be told from a wrong one at x[] = ');
      } else {
        const { tolerance } = await checkFunction(f, Math.cos(at), at);
        assert.ok(tolerance <= 0.1, `${tolerance}`);
      }
      await errorOf(f, 0, at);
    }
  }
});

test('a derivative of 0 does not pass for sin at large numbers', async () => {
  for (let i = 0; i < 20; i++) {
    for (const at of [1e4 + 0.37 * i, 1e6 + 0.37 * i]) {
      await checkFunction(Math.sin, Math.cos, at);
      assert.not.match((await errorOf(Math.sin, 0, at)).message, /kink/);
    }
  }
});

test('noise that hides any derivative is refused, and large values are measured', async () => {
  const uniform = uniformNumbers(1);
  const noisy = (v: number) => v + uniform();
  assert.match(
    (await errorOf(noisy, 0, 1)).message,
    /an error of \S+ would pass.* give a tolerance/,
  );
  assert.match((await errorOf((v) => Math.fround(1e8 + v), 0, 1)).message, /cannot be told/);
  const { report } = await errorOf((v: number) => v * 1e200, 0, 1);
  assert.ok(Math.abs(report.difference / 1e200 - 1) < 1e-9 && report.tolerance < 1e191);
  await checkFunction((v) => v * 1e200, 1e200, 1);
  // A derivative that is 0, of float64, has nothing that it could be small against.
  await checkFunction((v) => 1000 + (v - 1) ** 2, 0, 1);
  await checkFunction((v) => v * v, 0, 0);
});

test('a function that is flat at the point passes with 0', async () => {
  const relus = (v: number[]) => 1 + Math.max(0, v[0]) + Math.max(0, v[1]);
  await checkFunction((v: number) => Math.min(v * v, 4), 0, 3);
  await checkFunction(relus, [0, 0], [-1, -2]);
  await checkFunction(Math.tanh, 0, 30);
  await checkFunction((v: number) => Math.max(1, 1 - v), 0, 2);
  await checkFunction(() => 5, 0, 1);
});

test('NaN in one entry of the gradient leaves the others alone', async () => {
  const { report, message } = await errorOf((v: number[]) => v[0] + v[1], [1, NaN], [1, 2]);
  assert.equal([report.position, report.beyond], [[1], 1]);
  assert.match(message, 'differs most at x[1] = 2: it gives NaN, central differences 1');
});

test('a sum whose value cancels does not hide a wrong gradient', async () => {
  const at = [1, 1 + 1e-9];
  const difference = (v: ArrayLike<number>) => v[0] ** 2 - v[1] ** 2;
  await checkFunction(difference, [2, -2 - 2e-9], at);
  await errorOf(difference, [2.002, -2 - 2e-9], at);
});

test('kinks and edges of domains are named', async () => {
  const kink = await errorOf((v: number[]) => Math.abs(v[0]) + v[1], [1, 1], [0, 2]);
  assert.equal(kink.report.kink, { left: -1, right: 1 });
  assert.match(kink.message, 'has a kink there, with slope -1 to the left and 1 to the right');
  const outside = await errorOf(Math.log, 1, -2);
  assert.is(outside.report.edge, 'here');
  assert.match(outside.message, 'x[] = -2');
  const edge = await errorOf((v: number) => Math.sqrt(v - 3) + Math.sqrt(v), 1, 3 + 1e-7);
  assert.is(edge.report.edge, 'below');
  assert.match(edge.message, 'the domain of the function ends below it');
});

test('code that changes what it is given is given a copy', async () => {
  const spoiled = (v: number[]) => {
    const value = valley(v);
    v.fill(0);
    return value;
  };
  const gradient = (v: number[]) => {
    const result = slopes(v);
    v.fill(0);
    return result;
  };
  const at = [...x];
  await checkFunction(spoiled, gradient, at);
  assert.equal(at, x);
});

test('a sample compares so many entries', async () => {
  const many = Float64Array.from({ length: 500 }, (_, i) => Math.sin(i));
  let calls = 0;
  const counted = (v: ArrayLike<number>) => {
    calls++;
    return valley(v);
  };
  const report = await checkFunction(counted, slopes(many), many, { sample: 10 });
  assert.equal([report.entries, report.of], [10, 500]);
  // Noise, the value itself, and no more than 14 points an entry.
  assert.ok(calls <= 8 * 9 + 1 + 10 * 14, `${calls}`);
});

test('what are no numbers, or too few, is refused', async () => {
  const refused = async (run: Promise<unknown>, message: RegExp) => {
    const error = await run.catch((e: Error) => e);
    assert.match((error as Error).message, message);
    assert.not.instance(error, GradientError);
  };
  await refused(checkFunction(valley, [1, 2], x), /expected 4 derivatives.*got 2/);
  await refused(checkFunction(valley, [], []), /expected 1 derivatives/);
  await refused(
    checkFunction(() => '1' as never, [1], [1]),
    /expected a number of f, got the text/,
  );
  await refused(checkFunction(valley, slopes, ['1'] as never), /x: .* a list with the text "1"/);
  await refused(checkFunction(valley, null as never, x), /the gradient: .* got null/);
  await refused(checkFunction(null as never, slopes, x), /f: expected a function/);
  for (const tolerance of [NaN, -1]) {
    const run = checkFunction(valley, slopes, x, { tolerance });
    await refused(run, /tolerance: expected a number from 0, got (NaN|-1)/);
  }
  await refused(
    checkFunction(valley, slopes, x, { samples: 1 } as never),
    /unknown option samples/,
  );
});

test.run();
