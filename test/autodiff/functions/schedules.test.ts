/** @file Schedules: values against their formulas, derivatives in all settings, one plan for all steps. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  checkGradients,
  compile,
  compiledPlans,
  constantSchedule,
  cosineSchedule,
  exponentialSchedule,
  grad,
  listSchedule,
  openDevice,
  type Schedule,
  setDefaultDevice,
  type Tensor,
  tensor,
  warmupSchedule,
} from '../../../src/autodiff/index.ts';

const device = await openDevice('reference');
setDefaultDevice(device);

const cosine = (t: number) =>
  0.1 + (2 - 0.1) * 0.5 * (1 + Math.cos((Math.PI * Math.min(t, 8)) / 8));

const schedules: readonly [string, Schedule, (t: number) => number][] = [
  ['constant', constantSchedule(0.3), () => 0.3],
  ['list', listSchedule(tensor([0.5, 2, -1, 0.25])), (t) => [0.5, 2, -1, 0.25][Math.min(t, 3)]],
  ['cosine', cosineSchedule({ start: 2, end: 0.1, steps: 8 }), cosine],
  [
    'exponential',
    exponentialSchedule({ start: 2, rate: 0.5, steps: 4 }),
    (t) => 2 * 0.5 ** (t / 4),
  ],
  [
    'warmup',
    warmupSchedule({
      from: 0.5,
      steps: 4,
      after: cosineSchedule({ start: 2, end: 0.1, steps: 8 }),
    }),
    (t) => (t < 4 ? 0.5 + (1.5 * t) / 4 : cosine(t - 4)),
  ],
];

for (const [name, schedule, expected] of schedules) {
  test(`${name} has the values of its formula, from one plan`, async () => {
    const at = compile((step: Tensor) => schedule(step));
    await at(tensor(0));
    const plans = compiledPlans(device);
    const traced: number[] = [];
    for (let t = 0; t < 16; t++) traced.push(await (await at(tensor(t))).item());
    assert.is(compiledPlans(device), plans);
    for (const [t, value] of traced.entries()) {
      for (const got of [value, await schedule(t).item()]) {
        // Six roundings of numbers up to 2.
        const apart = Math.abs(got - expected(t));
        assert.ok(apart <= 12 * Number.EPSILON, `step ${t}: off by ${apart}`);
      }
    }
  });
}

test('settings may be tensors, twice differentiated', async () => {
  const settings = { start: tensor(2), end: tensor(0.2), rate: tensor(0.7), steps: tensor(9) };
  for (const t of [1, 3, 7]) {
    await checkGradients(
      ({ start, end, steps }) => cosineSchedule({ start, end, steps })(t),
      settings,
      {
        order: 2,
      },
    );
    await checkGradients(
      ({ start, rate, steps }) => exponentialSchedule({ start, rate, steps })(t),
      settings,
      { order: 2 },
    );
    await checkGradients(
      ({ start, end, steps }) =>
        warmupSchedule({ from: end, steps, after: constantSchedule(start) })(t),
      settings,
      { order: 2 },
    );
  }
});

test('a warm-up of 0 steps is what follows it, derivatives and all', async () => {
  const value = ({ rate, steps }: { rate: Tensor; steps: Tensor }, t: number) =>
    warmupSchedule({ from: 3, steps, after: constantSchedule(rate) })(t);
  for (const t of [0, 1, 5]) {
    const settings = { rate: tensor(0.5), steps: tensor(0) };
    assert.is(await value(settings, t).item(), 0.5);
    const slope = grad((at: typeof settings) => value(at, t))(settings);
    assert.equal(await Promise.all([slope.rate.item(), slope.steps.item()]), [1, 0]);
  }
});

test('a list has an entry for steps between and before whole ones', async () => {
  const list = listSchedule(tensor([3, 5, 7]));
  for (const [step, expected] of [
    [-2, 3],
    [0, 3],
    [0.5, 3],
    [1, 5],
    [1.999, 5],
    [2, 7],
    [2.5, 7],
  ]) {
    assert.is(await list(step).item(), expected, `${step}`);
    assert.is(await list(tensor(step)).item(), expected, `${step}`);
  }
  const warm = warmupSchedule({ steps: 2.5, after: list });
  assert.equal(await Promise.all([2, 3, 4].map((step) => warm(step).item())), [3 * 0.8, 3, 5]);
});

test('a list gives each step its number, differentiated, and is a vector', async () => {
  const values = tensor([0.5, 2, -1]);
  for (const t of [0, 2, 7]) {
    await checkGradients((list: Tensor) => listSchedule(list)(t), values, { order: 2 });
  }
  for (const wrong of [tensor(1), tensor([[1, 2]]), tensor(new Float64Array(0))]) {
    assert.throws(() => listSchedule(wrong), /listSchedule: expected a vector of at least one/);
  }
});

test.run();
