/** @file Addresses among inputs, states and parameters: they are neither moved nor measured. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  add,
  cg,
  exact,
  finiteDifferences,
  flip,
  forward,
  gather,
  grad,
  hypergradient,
  implicit,
  indexTensor,
  mul,
  type RowIndex,
  rowIndex,
  sin,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
  train,
} from '../../../src/autodiff/index.ts';
import { failure } from '../../data/temporary.ts';
import { onDevice } from '../on-device.ts';

const index = rowIndex(Int32Array.of(2, 0, 2), 3);

for (const name of ['reference', 'simd'] as const) {
  const testHere = onDevice(name);
  const close = (got: ArrayLike<number>, expected: readonly number[], tolerance: number) =>
    expected.forEach((x, i) => {
      assert.ok(Math.abs(got[i] - x) <= tolerance, `${got[i]}, expected ${x}`);
    });

  testHere('directions beside addresses span what they span without', async (device) => {
    type Inputs = { a: Tensor; ix: RowIndex };
    const problem = {
      inputs: { a: tensor([1, 2, 3]), ix: index },
      init: (x: Inputs) => x.a,
      steps: 1,
      step: (w: Tensor, x: Inputs) => mul(w, x.a),
      objective: (w: Tensor, x: Inputs) => sum(gather(w, x.ix)),
    };
    const directions = [0, 1, 2].map((i) => ({
      a: tensor([0, 1, 2].map((k) => Number(k === i))),
      ix: index,
    }));
    // w = a²; row 2 is read twice, row 0 once: 2 a_0, 0, 4 a_2.
    for (const method of [exact(), forward({ directions }), finiteDifferences({ directions })]) {
      const { gradient } = await hypergradient(problem, { device, method });
      // A central difference in f32 has the cube root of 2^-23 squared, by the scale of the values.
      close(await gradient.a.data(), [2, 0, 12], name === 'simd' ? 1e-3 : 1e-8);
      close(await gradient.ix.index.data(), [0, 0, 0], 0);
    }
  });

  testHere('many large addresses do not lengthen the step of a difference', async (device) => {
    type Inputs = { a: Tensor; ix: Tensor };
    const problem = {
      inputs: { a: tensor(1), ix: indexTensor(Int32Array.from({ length: 20_000 }, (_, i) => i)) },
      init: (x: Inputs) => x.a,
      steps: 1,
      step: (_w: Tensor, x: Inputs) => mul(x.a, 3),
      objective: (w: Tensor) => sin(w),
    };
    const { gradient } = await hypergradient(problem, { device, method: finiteDifferences() });
    close(await gradient.a.data(), [3 * Math.cos(3)], name === 'simd' ? 1e-3 : 1e-8);
  });

  testHere('addresses among the parameters of an implicit solve stay', async (device) => {
    type State = { w: Tensor; ix: RowIndex };
    type Inputs = { a: Tensor; ix: RowIndex };
    const loss = (p: State, x: Inputs) =>
      add(sum(square(sub(gather(p.w, p.ix), gather(x.a, x.ix)))), mul(0.5, sum(square(p.w))));
    const problem = {
      inputs: { a: tensor([1, 2, 3]), ix: index },
      init: (x: Inputs): State => ({ w: mul(x.a, 0.5), ix: x.ix }),
      steps: 200,
      step: (s: State, x: Inputs): State => ({
        w: sub(s.w, mul(0.1, grad((w: Tensor) => loss({ w, ix: s.ix }, x))(s.w))),
        ix: s.ix,
      }),
      objective: (s: State) => sum(square(s.w)),
    };
    // w_i = 2 n_i a_i / (2 n_i + 1) where row i is read n_i times: 1, 0 and 2.
    const method = implicit({ solver: cg({ iterations: 20 }), loss });
    const { gradient } = await hypergradient(problem, { device, method });
    close(
      await gradient.a.data(),
      [2 * (2 / 3) ** 2, 0, 6 * (4 / 5) ** 2],
      name === 'simd' ? 1e-4 : 1e-9,
    );
  });

  testHere(
    'a step that puts numbers for addresses, or the other way, is refused',
    async (device) => {
      type State = { acc: Tensor; ix: RowIndex };
      const inputs = tensor([10, 20, 30]);
      const init = (): State => ({ acc: tensor([0, 0, 0]), ix: index });
      const turned = {
        init,
        steps: 2,
        step: (s: State, x: Tensor): State => ({
          acc: gather(x, s.ix),
          ix: { ...s.ix, index: flip(s.ix.index, [0]) },
        }),
      };
      assert.match(
        (await failure(train(turned, inputs, device))).message,
        /state it returns: expected .*index:i\[3\].* got .*index:\[3\]/,
      );
      const numbered = {
        init,
        steps: 2,
        step: (s: State): State => ({ acc: s.ix.index, ix: s.ix }),
      };
      assert.match((await failure(train(numbered, inputs, device))).message, /state it returns/);
    },
  );

  testHere(
    'data that change from one training to the next are refused by differences',
    async (device) => {
      let draws = 0;
      const problem = {
        inputs: tensor([1]),
        init: (x: Tensor) => x,
        steps: 3,
        batch: () => ({ noise: tensor([draws++]) }),
        step: (w: Tensor, _x: Tensor, { noise }: { noise: Tensor }) => add(mul(w, 0.5), noise),
        objective: (w: Tensor) => sum(w),
      };
      const run = hypergradient(problem, { device, method: finiteDifferences() });
      assert.match(
        (await failure(run)).message,
        /batch\(0\) gave other data when it was called again/,
      );
    },
  );
}

test.run();
