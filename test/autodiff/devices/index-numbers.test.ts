/** @file Addresses that are returned and computed with: each reader takes them as what they are. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  add,
  argmax,
  compile,
  equal,
  evaluate,
  exact,
  hypergradient,
  indexTensor,
  mean,
  mul,
  oneHot,
  readAll,
  sum,
  type Tensor,
  tensor,
} from '../../../src/autodiff/index.ts';
import { onDevice } from '../on-device.ts';

const addresses = () => indexTensor(Int32Array.of(1, 2, 3, 100, -5));

for (const name of ['reference', 'simd', 'gpujs:cpu', 'gpujs:webasm']) {
  const testHere = onDevice(name);

  testHere('a list that is returned and multiplied, in both orders', async (device) => {
    const twice = [2, 4, 6, 200, -10];
    const copiedFirst = compile((i: Tensor) => [i, mul(i, 2)], { device });
    const computedFirst = compile((i: Tensor) => [mul(i, 2), i], { device });
    const first = await readAll(await copiedFirst(addresses()), { device });
    const last = await readAll(await computedFirst(addresses()), { device });
    const [copy, product] = await readAll(
      await evaluate([addresses(), mul(addresses(), 2)], { device }),
      { device },
    );
    const list = addresses();
    const shared = await readAll(await evaluate([list, mul(list, 2)], { device }), { device });
    for (const got of [first, [...last].reverse(), [copy, product], shared]) {
      assert.equal([...got[0]], [1, 2, 3, 100, -5]);
      assert.equal([...got[1]], twice);
    }
  });

  testHere('labels that are returned beside what is counted of them', async (device) => {
    type Given = { labels: Tensor; scores: Tensor };
    const judge = compile(
      ({ labels, scores }: Given) => ({
        labels,
        hits: equal(labels, argmax(scores, 1)),
        encoded: oneHot(labels, 2),
        mean: mean(labels),
      }),
      { device },
    );
    const labels = indexTensor(Int32Array.of(0, 1, 1, 0));
    const scores = tensor([
      [3, 1],
      [0, 2],
      [5, 1],
      [1, 4],
    ]);
    const judged = await judge({ labels, scores });
    const { labels: same, hits, encoded, mean: share } = judged;
    const got = await readAll([same, hits, encoded, share], { device });
    assert.equal([...got[0]], [0, 1, 1, 0]);
    assert.equal([...got[1]], [1, 1, 0, 0]);
    assert.equal([...got[2]], [1, 0, 0, 1, 0, 1, 1, 0]);
    assert.equal([...got[3]], [0.5]);
  });

  testHere('a state of addresses that each step multiplies and hands on', async (device) => {
    type State = { ids: Tensor; p: Tensor };
    const { value, gradient } = await hypergradient(
      {
        inputs: { w: tensor(2) },
        init: () => ({ ids: indexTensor(Int32Array.of(1, 2, 3)), p: tensor([0, 0, 0]) }),
        step: (s: State, { w }: { w: Tensor }) => ({ ids: s.ids, p: add(s.p, mul(w, s.ids)) }),
        steps: 3,
        objective: (s: State) => sum(s.p),
      },
      { method: exact(), device },
    );
    // Three steps add w (1 + 2 + 3): 18 w.
    assert.is(value, 36);
    assert.is(await gradient.w.item(), 18);
  });
}

test.run();
