/** @file Batches of systems with one equation, whose rows read no rows before them: closed forms. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  backSubstitute,
  cholesky,
  type Device,
  forwardSubstitute,
  grad,
  lstsq,
  mul,
  openDevice,
  qr,
  readAll,
  type Shape,
  solve,
  solveGeneral,
  sub,
  sum,
  type Tensor,
  tensor,
  upperTriangle,
} from '../../../src/autodiff/index.ts';

/** A function of one equation u x = b, with its derivatives: by u, by b, by u twice, by u and b. */
interface Form {
  readonly of: (u: Tensor, b: Tensor) => Tensor;
  readonly is: (u: number, b: number) => readonly [number, number, number, number, number];
}

const quotient: Form['is'] = (u, b) => [b / u, -b / u ** 2, 1 / u, (2 * b) / u ** 3, -1 / u ** 2];

const forms: { readonly [name: string]: Form } = {
  forwardSubstitute: { of: forwardSubstitute, is: quotient },
  backSubstitute: { of: backSubstitute, is: quotient },
  solve: { of: solve, is: quotient },
  solveGeneral: { of: solveGeneral, is: quotient },
  lstsq: { of: lstsq, is: quotient },
  cholesky: {
    of: (u) => cholesky(u),
    is: (u) => [Math.sqrt(u), 0.5 / Math.sqrt(u), 0, -0.25 / u ** 1.5, 0],
  },
  upperTriangle: { of: (u) => upperTriangle(u, 0.5), is: (u) => [u / 2, 0.5, 0, 0, 0] },
  'the triangle of qr': { of: (u) => qr(u).r, is: (u) => [u, 1, 0, 0, 0] },
};

type Pair = readonly [Tensor, Tensor];

async function check(device: Device, { of, is }: Form, batch: Shape): Promise<void> {
  const us = [2, 4, 5, 0.5, 3, 7];
  const bs = [1, 2, 3, 4, 5, 6];
  const at: Pair = [tensor(us, [...batch, 1, 1]), tensor(bs, [...batch, 1, 1])];
  const total = ([u, b]: Pair) => sum(of(u, b));
  // The derivative along 1 for u and -1 for b, in which no terms of a quotient cancel.
  const along = (pair: Pair) => {
    const [byU, byB] = grad(total)(pair);
    return sub(sum(byU), sum(byB));
  };
  const got = await readAll([of(...at), ...grad(total)(at), ...grad(along)(at)], { device });
  const unit = device.precision === 'f64' ? 2 ** -53 : 2 ** -24;
  us.forEach((u, i) => {
    const [value, byU, byB, twice, mixed] = is(u, bs[i]);
    [value, byU, byB, twice - mixed, mixed].forEach((want, which) => {
      // No result is of more than 200 roundings: qr factors three times, in about 20 each. What
      // vanishes is left of terms that cancel, none of them above 10.
      const bound = 200 * unit * (want === 0 ? 10 : Math.abs(want));
      const off = Math.abs(got[which][i] - want);
      assert.ok(off <= bound, `result ${which} of ${u}, ${bs[i]}: ${got[which][i]}, not ${want}`);
    });
  });
}

for (const name of ['reference', 'simd', 'gpujs:cpu']) {
  for (const [what, form] of Object.entries(forms)) {
    for (const batch of [[6], [2, 3]]) {
      test(`${name}: ${what} of [${batch},1,1] and its derivatives, each of its own batch`, async () => {
        const device = await openDevice(name);
        await check(device, form, batch);
        await device.dispose();
      });
    }
  }
}

test('simd: a recurrence of one row that reads nothing of its own is computed in each batch', async () => {
  const device = await openDevice('simd', { threads: 1 });
  const u = tensor([2, 4, 5], [3, 1, 1]);
  const right = tensor([1, 2, 3, 4, 5, 6], [3, 1, 2]);
  const [wide, joined] = await readAll(
    [forwardSubstitute(u, right), mul(forwardSubstitute(u, tensor([2, 4, 5], [3, 1, 1])), 7)],
    { device },
  );
  assert.equal(
    [...wide].map((x) => Math.round(1e6 * x)),
    [0.5, 1, 0.75, 1, 1, 1.2].map((x) => 1e6 * x),
  );
  assert.equal([...joined], [7, 7, 7]);
  await device.dispose();
});

test.run();
