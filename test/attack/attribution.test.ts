/** @file Laws of `attribution`: its terms add up to the exact and to every truncated gradient. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  attribution,
  exact,
  hypergradient,
  MethodError,
  openDevice,
  readAll,
  truncated,
} from '../../src/autodiff/index.ts';
import { problem, variants } from './problems.ts';

const devices = [await openDevice('reference'), await openDevice('simd', { threads: 1 })];
const steps = 5;

const norm = (numbers: ArrayLike<number>) =>
  Math.sqrt(Array.from(numbers).reduce((total, value) => total + value * value, 0));

for (const { name, ...options } of variants) {
  const of = problem({ ...options, steps });
  for (const device of devices) {
    test(`terms add up to the exact and to each truncated gradient, bit for bit (${name}, ${device.name})`, async () => {
      const found = await attribution(of, { device });
      const [whole] = await readAll((await hypergradient(of, { device })).gradient);
      assert.equal([...(await readAll(found.gradient))[0]], [...whole]);
      assert.equal([...(await readAll(found.truncated(steps)))[0]], [...whole]);
      const [sum] = await readAll(found.truncated(0));
      const total = sum.slice();
      for (let step = steps - 1; step >= -1; step--) {
        const [share] = await readAll(found.share(step));
        for (let i = 0; i < total.length; i++) total[i] += share[i];
        const { norm: size } = found.shares[steps - 1 - step];
        assert.ok(Math.abs(size - norm(share)) <= 1e-12 * size);
      }
      assert.equal([...total], [...whole]);
      for (let tau = 0; tau < steps; tau++) {
        const { gradient } = await hypergradient(of, { method: truncated(tau), device });
        const [cut] = await readAll(gradient);
        assert.equal([...(await readAll(found.truncated(tau)))[0]], [...cut], `tau ${tau}`);
        const { error, normRatio, cosine, fraction } = found.curve[tau];
        const apart = norm(Array.from(cut, (value: number, i) => value - whole[i])) / norm(whole);
        assert.ok(Math.abs(error - apart) <= 1e-12);
        assert.ok(Math.abs(normRatio - norm(cut) / norm(whole)) <= 1e-12);
        if (norm(cut) > 0) assert.ok(Math.abs(cosine * normRatio - fraction) <= 1e-12);
      }
      const last = found.curve[steps];
      assert.equal([last.tau, last.error], [steps, 0]);
      const { fraction } = found.curve[0];
      const parts = found.shares.reduce((all, share) => all + share.fraction, fraction);
      assert.ok(Math.abs(parts - 1) <= 1e-6);
    });
  }
}

test('checkpoints and a second sweep change no number', async () => {
  const of = problem({ ...variants[1], steps });
  for (const device of devices) {
    const all = await attribution(of, { device });
    const some = await attribution(of, { device, checkpoints: 2 });
    // The first terms fit, and are dropped with the rest.
    const twice = await attribution(of, { device, bytes: device.precision === 'f64' ? 100 : 50 });
    assert.is(some.cost.heldStates, 2);
    assert.is(twice.sweeps, 2);
    for (const other of [some, twice]) {
      assert.equal(other.curve, all.curve);
      assert.equal(other.shares, all.shares);
      assert.equal([...(await readAll(other.gradient))[0]], [...(await readAll(all.gradient))[0]]);
    }
    assert.throws(
      () => twice.share(0),
      (error: Error) => error instanceof MethodError,
    );
    assert.throws(() => all.share(steps), /expected a whole number from -1 to 4, got 5/);
    assert.throws(() => all.truncated(-1), /expected a whole number from 0 to 5, got -1/);
    const { cost } = await hypergradient(of, { device, method: exact() });
    assert.equal(all.cost, cost);
  }
});

test('a training without steps has the share of init alone', async () => {
  const of = problem({ ...variants[0], steps: 0 });
  const found = await attribution(of, { device: devices[0] });
  assert.equal(
    found.shares.map(({ step }) => step),
    [-1],
  );
  assert.equal(
    found.curve.map(({ tau }) => tau),
    [0],
  );
});

test.run();
