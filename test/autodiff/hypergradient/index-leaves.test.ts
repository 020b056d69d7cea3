/** @file Addresses among inputs, states and parameters: they are neither moved nor measured. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  add,
  cg,
  drMad,
  exact,
  finiteDifferences,
  flip,
  forward,
  gather,
  grad,
  hypergradient,
  implicit,
  indexTensor,
  MethodError,
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
    'drMad refuses addresses that a step changes, and keeps those it hands on',
    async (device) => {
      type State = { w: Tensor; ix: RowIndex };
      const a = tensor([1, 2, 3]);
      const rows = (...at: number[]) => rowIndex(Int32Array.from(at), 3);
      const problem = {
        inputs: a,
        init: (): State => ({ w: tensor([1, 1, 1]), ix: rows(2, 0, 1) }),
        steps: 4,
        // The last is that of the start: no comparison of both ends would tell.
        batch: (t: number) => [rows(0, 1, 2), rows(1, 1, 1), rows(0, 0, 2), rows(2, 0, 1)][t],
        step: ({ w, ix }: State, x: Tensor, batch: RowIndex): State => ({
          w: add(mul(0.5, w), gather(x, ix)),
          ix: batch,
        }),
        objective: ({ w }: State) => sum(mul(w, tensor([1, 10, 100]))),
      };
      const method = drMad();
      const error = await failure(hypergradient(problem, { device, method }));
      assert.instance(error, MethodError);
      assert.match(error.message, /drMad: step changes state\.ix\.\S+, which holds addresses/);
      const kept = {
        ...problem,
        step: (s: State, x: Tensor): State => ({
          w: add(mul(0.5, s.w), gather(x, s.ix)),
          ix: s.ix,
        }),
      };
      // Each step adds row 2, 0 and 1 of x, halved once a step after: 1 + 1/2 + 1/4 + 1/8 of each.
      const { gradient } = await hypergradient(kept, { device, method });
      close(await gradient.data(), [18.75, 187.5, 1.875], 0);
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
