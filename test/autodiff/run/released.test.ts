/** @file A tensor that was released: its numbers are gone on every device, and messages say so. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  add,
  compile,
  distinctRows,
  evaluate,
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
}

test.run();
