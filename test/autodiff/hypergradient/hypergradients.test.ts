/** @file Several objectives of one training: each as by a run of its own, bit for bit. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  adam,
  compiledPlans,
  exact,
  grad,
  hypergradient,
  hypergradients,
  log,
  MethodError,
  matmul,
  mul,
  NonFiniteError,
  type Optimizer,
  openDevice,
  readAll,
  release,
  reshape,
  square,
  sub,
  sum,
  type Tensor,
  tanh,
  tensor,
  train,
} from '../../../src/autodiff/index.ts';

const devices = [await openDevice('reference'), await openDevice('simd', { threads: 1 })];

const x = tensor([
  [1, 0.5, -0.2],
  [0.2, -1, 0.7],
  [-0.7, 0.3, 0.9],
  [0.4, 0.9, -1.1],
]);
const optimizer: Optimizer = adam({ learningRate: 0.1, eps: 0.1 });
type Inputs = { readonly targets: Tensor; readonly start: Tensor };
type State = { readonly w: Tensor; readonly averages: ReturnType<typeof optimizer.init> };

const loss = (w: Tensor, { targets }: Inputs, [rowWeights]: readonly [Tensor]) =>
  sum(mul(rowWeights, square(sub(tanh(matmul(x, w)), targets))));

const training = {
  inputs: { targets: tensor([[1], [-1], [0.5], [0.2]]), start: tensor([[0.1], [-0.2], [0.3]]) },
  init: ({ start }: Inputs) => ({ w: start, averages: optimizer.init(start) }),
  // Another row counts double in each step.
  batch: (step: number): readonly [Tensor] => [
    tensor(Array.from({ length: 4 }, (_, row) => [row === step % 4 ? 2 : 1])),
  ],
  step: ({ w, averages }: State, inputs: Inputs, batch: readonly [Tensor]): State => {
    const [next, after] = optimizer.update(grad(loss)(w, inputs, batch), averages, w);
    return { w: next, averages: after };
  },
  steps: 12,
};

/** Parts of two shapes of blocks, by a readout. */
const objectives = [
  {
    readout: ({ w }: State) => w,
    objective: (w: Tensor) => sum(square(w)),
  },
  {
    readout: ({ w }: State, { targets }: Inputs) => matmul(reshape(targets, [1, 4]), matmul(x, w)),
    objective: (score: Tensor) => sum(tanh(score)),
  },
  {
    readout: ({ w }: State) => w,
    objective: (w: Tensor, { start }: Inputs) => sum(mul(w, start)),
  },
];

for (const device of devices) {
  test(`each objective has the value and the gradient of a run of its own (${device.name})`, async () => {
    for (const checkpoints of [undefined, 1, 3]) {
      let forwardSteps = 0;
      const { results, state, cost } = await hypergradients(training, objectives, {
        device,
        checkpoints,
        onProgress: (phase) => {
          if (phase === 'forward') forwardSteps++;
        },
      });
      assert.is(forwardSteps, training.steps);
      for (const [i, objective] of objectives.entries()) {
        const method = exact({ checkpoints });
        const own = await hypergradient({ ...training, ...objective }, { device, method });
        assert.is(results[i].value, own.value);
        assert.equal(
          await readAll(results[i].gradient, { device }),
          await readAll(own.gradient, { device }),
        );
        assert.equal(await readAll(state, { device }), await readAll(own.state, { device }));
        assert.equal(cost, own.cost);
        release([own.gradient, own.state]);
      }
      release([results.map(({ gradient }) => gradient), state]);
    }
  });

  test(`one-hot objectives are rows of the Jacobian of the trained weights (${device.name})`, async () => {
    const rows = [0, 1, 2].map((i) => {
      const unit = tensor([0, 1, 2].map((k) => [k === i ? 1 : 0]));
      return { objective: ({ w }: State) => sum(mul(unit, w)) };
    });
    const plansFor = async (some: typeof rows) => {
      const { results, state } = await hypergradients(training, some, { device });
      const jacobian = await Promise.all(
        results.map(async ({ gradient }) => [...(await gradient.targets.data())]),
      );
      release([results.map(({ gradient }) => gradient), state]);
      return { jacobian, plans: compiledPlans(device) };
    };
    const first = await plansFor(rows.slice(0, 1));
    const all = await plansFor(rows);
    // They differ in constants alone.
    assert.is(all.plans, first.plans);
    assert.equal(all.jacobian[0], first.jacobian[0]);
    if (device.precision === 'f32') return;
    // Columns by differences that train again: third order in the step, and 1e-16 over it.
    const h = 1e-4;
    for (let column = 0; column < 4; column++) {
      const trained = async (by: number) => {
        const targets = (await training.inputs.targets.data()).map((value, k) =>
          k === column ? value + by : value,
        );
        const inputs = { ...training.inputs, targets: tensor(targets, [4, 1]) };
        return (await train(training, inputs, device)).w.data();
      };
      const [up, down] = [await trained(h), await trained(-h)];
      all.jacobian.forEach((row, i) => {
        const slope = (up[i] - down[i]) / (2 * h);
        assert.ok(
          Math.abs(row[column] - slope) <= 1e-7,
          `${i}, ${column}: ${row[column]}, ${slope}`,
        );
      });
    }
  });

  test(`nothing is left on the device (${device.name})`, async () => {
    const held = () => device.memory?.().held;
    const once = async () => {
      const { results, state } = await hypergradients(training, objectives, { device });
      release([results.map(({ gradient }) => gradient), state]);
    };
    await once();
    const before = held();
    await once();
    assert.is(held(), before);
    const stop = new Error('stop');
    for (const phase of ['forward', 'objective', 'backward']) {
      try {
        await hypergradients(training, objectives, {
          device,
          onProgress: (at) => {
            if (at === phase) throw stop;
          },
        });
        assert.unreachable();
      } catch (error) {
        assert.is(error, stop);
      }
      assert.is(held(), before, phase);
    }
  });
}

test('an objective that is not finite is named, and so is no list of objectives', async () => {
  const [device] = devices;
  const lost = { objective: ({ w }: State) => log(mul(0, sum(w))) };
  const fine = { objective: ({ w }: State) => sum(w) };
  try {
    await hypergradients(training, [fine, lost], { device });
    assert.unreachable();
  } catch (error) {
    assert.instance(error, NonFiniteError);
    assert.match((error as Error).message, /the value of objective 1 is -Infinity: log/);
  }
  for (const none of [[], undefined]) {
    try {
      await hypergradients(training, none as never, { device });
      assert.unreachable();
    } catch (error) {
      assert.instance(error, MethodError);
      assert.match((error as Error).message, 'objectives: expected a list');
    }
  }
});

test.run();
