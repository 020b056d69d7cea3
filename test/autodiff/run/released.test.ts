/** @file A tensor that was released: its numbers are gone on every device, and messages say so. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  add,
  compile,
  distinctRows,
  evaluate,
  exact,
  hypergradient,
  mul,
  openDevice,
  readAll,
  release,
  sub,
  sum,
  type Tensor,
  tensor,
  updateRows,
} from '../../../src/autodiff/index.ts';

async function refusal(call: () => unknown): Promise<Error> {
  try {
    await call();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was refused');
}

for (const name of ['reference', 'simd', 'gpujs:webasm', 'gpujs:cpu']) {
  const device = await openDevice(name, name === 'simd' ? { threads: 1 } : {});

  test(`a use after release is an error on ${name}`, async () => {
    const x = await evaluate(add(tensor([1, 2]), 1), { device });
    const recorded = mul(x, 2);
    release(x);
    const uses: (() => unknown)[] = [
      () => x.data(),
      () => readAll(recorded, { device }),
      () => evaluate(x, { device }),
      () => compile((y: Tensor) => add(y, 1), { device })(x),
      () => compile((y: Tensor) => add(y, x), { device })(tensor([1, 2])),
      () => updateRows(x, distinctRows(Int32Array.of(0), 2), tensor([1])),
    ];
    for (const use of uses) {
      assert.match((await refusal(use)).message, /used after it was released/);
    }
    assert.is((await refusal(() => release(x))).message, 'release: a tensor is released twice');
  });

  test(`a tensor that stands twice in a tree is released once on ${name}`, async () => {
    const x = await evaluate(add(tensor([1, 2]), 1), { device });
    release([x, { again: x }, tensor(1)]);
    assert.match((await refusal(() => release(x))).message, /released twice/);
  });

  test(`a release of nothing but what is sound frees nothing on ${name}`, async () => {
    const [x, y] = await evaluate([add(tensor(1), 1), add(tensor(2), 1)], { device });
    release(y);
    await refusal(() => release([x, y]));
    assert.is(await x.item(), 2);
    release(x);
  });

  test(`what a run still reads is not released on ${name}`, async () => {
    const x = await evaluate(add(tensor([1, 2]), 1), { device });
    const running = hypergradient(
      {
        inputs: { x },
        init: () => tensor([0, 0]),
        step: (w: Tensor, inputs: { x: Tensor }) => sub(inputs.x, w),
        steps: 3,
        objective: (w: Tensor) => sum(w),
      },
      {
        device,
        onProgress: () => {
          assert.throws(() => release(x), /release: a run that is not done uses the tensor/);
        },
      },
    );
    // x, 0, x: the sum is 2 + 3.
    assert.is((await running).value, 5);
    release(x);
  });

  test(`runs that share the tensors of their batches do not take them from each other on ${name}`, async () => {
    const shared = [1, 2, 3].map((t) => ({ x: tensor([t, 2 * t]) }));
    const run = (rate: number, checkpoints: number) =>
      hypergradient(
        {
          inputs: { rate: tensor(rate) },
          init: () => tensor([0, 0]),
          step: (w: Tensor, inputs: { rate: Tensor }, batch: { x: Tensor }) =>
            add(w, mul(inputs.rate, batch.x)),
          batch: (t) => shared[t % 3],
          steps: 60,
          objective: (w: Tensor) => sum(w),
        },
        { device, method: exact({ checkpoints }) },
      );
    // Twenty times 1 + 2 + 3 in one cell, and twice that in the other: 360 times the rate.
    const results = await Promise.all([run(1, 61), run(2, 7), run(4, 61)]);
    assert.equal(
      results.map(({ value }) => value),
      [360, 720, 1440],
    );
    const gradients = results.map(({ gradient }) => gradient.rate.item());
    assert.equal(await Promise.all(gradients), [360, 360, 360]);
  });
}

test.run();
