/** @file Indices beyond 32 bits, of values that are fused into their readers, are refused on simd. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { DeviceError } from '../../../../src/autodiff/devices/device.ts';
import { showNests } from '../../../../src/autodiff/devices/simd/show-nests.ts';
import {
  broadcastTo,
  concat,
  flip,
  gather,
  max,
  openDevice,
  pad,
  planOf,
  readAll,
  reshape,
  rowIndex,
  slice,
  sub,
  type Tensor,
  tensor,
} from '../../../../src/autodiff/index.ts';

const simd = await openDevice('simd', { threads: 1 });
const reference = await openDevice('reference');

const width = 50_000;

/** Cell `i` of `rows` times `width` cells is `i mod width`; none of them is ever stored. */
const counted = (rows: number): Tensor => {
  const row = tensor(
    Float64Array.from({ length: width }, (_, i) => i),
    [width],
  );
  return reshape(broadcastTo(row, [rows, width]), [rows * width]);
};

/** Views of `rows * width` cells, each with the cells that it takes of the end or the start. */
const views = (rows: number): { readonly [name: string]: readonly [Tensor, number[]] } => {
  const x = counted(rows);
  const size = rows * width;
  const last = [width - 2, width - 1];
  return {
    slice: [slice(x, [size - 2], [2]), last],
    flip: [slice(flip(x, [0]), [10], [3]), [width - 11, width - 12, width - 13]],
    pad: [slice(pad(x, [3], [3]), [size + 1], [4]), [...last, 0, 0]],
    concat: [slice(concat(x, tensor([7, 8]), 0), [size - 2], [4]), [...last, 7, 8]],
    reshape: [
      slice(
        gather(reshape(x, [width, rows]), rowIndex(Int32Array.of(width - 1), width)),
        [0, rows - 2],
        [1, 2],
      ),
      last,
    ],
    sub: [slice(sub(x, 1), [size - 2], [2]), [width - 3, width - 2]],
  };
};

test('up to the largest index cells are those of the reference, and of the closed form', async () => {
  for (const [name, [view, expected]] of Object.entries(views(42_949))) {
    for (const device of [reference, simd]) {
      assert.equal(
        [...(await readAll(view, { device }))[0]],
        expected,
        `${name} on ${device.name}`,
      );
    }
  }
});

for (const rows of [50_000, 100_000]) {
  test(`${rows * width} cells are refused by name, or are right`, async () => {
    let refused = 0;
    for (const [name, [view, expected]] of Object.entries(views(rows))) {
      const [exact] = await readAll(view, { device: reference });
      assert.equal([...exact], expected, name);
      await readAll(view, { device: simd }).then(
        // Of some, all that is beyond 32 bits cancels before anything is computed.
        ([got]) => assert.equal([...got], expected, name),
        (error: Error) => {
          refused++;
          assert.instance(error, DeviceError);
          assert.match(
            error.message,
            /^simd: .* counts to \d+, beyond 2147483631; use smaller batches or blocks$/,
          );
        },
      );
    }
    assert.ok(refused >= 4, `${refused} refused`);
  });
}

test('two loops are not joined to one that counts beyond 32 bits', () => {
  const text = showNests(
    planOf((x: Tensor) => max(broadcastTo(x, [2, 70_000, 70_000]), [1, 2]), tensor([3])),
  );
  assert.match(text, /max over k0.0 < 70000/);
  assert.not.match(text, /4900000000/);
});

test.after(async () => {
  await simd.dispose();
  await reference.dispose();
});

test.run();
