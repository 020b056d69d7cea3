/** @file Laws of `outerHvp`: differences of hypergradients, symmetry, every estimator and device. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type BilevelProblem,
  directionalDerivative,
  exact,
  forward,
  hypergradient,
  openDevice,
  outerHvp,
  readAll,
  type Tensor,
  type Tree,
  tensor,
} from '../../src/autodiff/index.ts';
import type { Poison } from '../../src/models/index.ts';
import { Draw } from '../autodiff/draw.ts';
import { fakeRows, inBlocks, problem, variants } from './problems.ts';

const device = await openDevice('reference');
const single = await openDevice('simd', { threads: 1 });
const steps = 4;

const draw = new Draw(11);
const [u, v] = [draw, draw].map((from) => from.uniform([...fakeRows.shape], -1, 1));

type Any = BilevelProblem<Tree, Poison, Tree, Tree, Tree>;

const numbersOf = async (of: Any, options: Parameters<typeof hypergradient>[1] = {}) =>
  (await readAll((await hypergradient(of, { device, ...options })).gradient))[0];

const along = (of: Any, direction: Tensor) => outerHvp(of, { fakes: direction }) as unknown as Any;
const dot = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).reduce((total, value, i) => total + value * b[i], 0);

for (const { name, ...options } of variants) {
  const of = problem({ ...options, steps }) as unknown as Any;

  test(`H v is the difference of hypergradients along v (${name})`, async () => {
    const [at] = await readAll(fakeRows);
    const [direction] = await readAll(v);
    const got = await numbersOf(along(of, v));
    const moved = async (by: number) => {
      const cells = Float64Array.from(at, (value: number, i) => value + by * direction[i]);
      return numbersOf({ ...of, inputs: { fakes: tensor(cells, fakeRows.shape) } });
    };
    // Richardson's extrapolation of two central differences: an error of the order of step^4, and
    // of some hundred roundings over the step.
    const step = 1e-3;
    const [a, b, c, d] = [step, -step, 2 * step, -2 * step];
    const [up, down, far, away] = [await moved(a), await moved(b), await moved(c), await moved(d)];
    const scale = Math.max(...Float64Array.from(got, Math.abs));
    got.forEach((value: number, i: number) => {
      const near = (up[i] - down[i]) / (2 * step);
      const wide = (far[i] - away[i]) / (4 * step);
      const expected = (4 * near - wide) / 3;
      assert.ok(Math.abs(value - expected) <= 1e-7 * scale, `${value}, not ${expected}`);
    });
  });

  test(`H is symmetric, checkpoints change no bit, f32 agrees (${name})`, async () => {
    const [hu, hv] = [await numbersOf(along(of, u)), await numbersOf(along(of, v))];
    const [[us], [vs]] = [await readAll(u), await readAll(v)];
    const [left, right] = [dot(us, hv), dot(vs, hu)];
    assert.ok(Math.abs(left - right) <= 1e-11 * Math.abs(left), `${left}, ${right}`);
    const some = await numbersOf(along(of, v), { method: exact({ checkpoints: 2 }) });
    assert.equal([...some], [...hv]);
    const scale = Math.max(...Float64Array.from(hv, Math.abs));
    const f32 = await numbersOf(along(of, v), { device: single });
    hv.forEach((value: number, i: number) => {
      assert.ok(Math.abs(f32[i] - value) <= 2e-4 * scale, `${f32[i]}, not ${value}`);
    });
  });
}

test('its value is the slope, blocks and readout go through, forward mode agrees', async () => {
  const options = { ...variants[1], steps };
  const [whole, parts] = [problem(options), inBlocks(options)];
  const result = await hypergradient(outerHvp(parts, { fakes: v }), { device });
  const { derivative } = await directionalDerivative(whole, { fakes: v }, { device });
  assert.ok(Math.abs(result.value - derivative) <= 1e-12 * Math.abs(derivative));
  const [got] = await readAll(result.gradient);
  const expected = await numbersOf(along(whole as unknown as Any, v), { method: forward() });
  const scale = Math.max(...Float64Array.from(expected, Math.abs));
  got.forEach((value: number, i: number) => {
    assert.ok(Math.abs(value - expected[i]) <= 1e-11 * scale);
  });
});

test('another tree than the inputs, or one without numbers, is refused', () => {
  const of = problem({ ...variants[0], steps });
  assert.throws(() => outerHvp(of, { fakes: tensor([1]) }), /outerHvp: direction: expected/);
});

test.run();
