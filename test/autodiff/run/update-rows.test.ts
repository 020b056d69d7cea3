/** @file Rows written in place: as replaceRows on every device, and old tensors are refused. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  add,
  type Device,
  distinctRows,
  evaluate,
  indexTensor,
  mul,
  openDevice,
  readAll,
  release,
  replaceRows,
  ShapeError,
  sum,
  type Tensor,
  tensor,
  updateRows,
} from '../../../src/autodiff/index.ts';
import { failure } from '../../data/temporary.ts';
import { forAll } from '../draw.ts';

const devices = await Promise.all(
  ['reference', 'simd', 'gpujs:webasm', 'gpujs:cpu'].map((name) => openDevice(name)),
);
const [reference] = devices;

/** A table that the device owns. */
const owned = (device: Device, x: Tensor) => evaluate(add(x, 0), { device });

for (const device of devices) {
  test(`updateRows is replaceRows on ${device.name}, again and again`, async () => {
    await forAll(10, async (draw) => {
      const start = draw.uniform(draw.shape(3));
      const [count, ...rest] = start.shape;
      let table = await owned(device, start);
      let expected = await owned(device, start);
      for (let round = 0; round < 3; round++) {
        const index = draw.distinctRows(count);
        const capacity = index.length + draw.integer(0, 2);
        const rows = draw.uniform([capacity, ...rest]);
        const at = distinctRows(index, count, capacity);
        table = await updateRows(table, at, rows);
        expected = await evaluate(replaceRows(expected, at, rows), { device });
      }
      const [got, want] = await readAll([table, expected], { device });
      assert.equal([...got], [...want]);
      release([table, expected]);
    });
  });

  test(`what updateRows took is not used again on ${device.name}`, async () => {
    const at = distinctRows(Int32Array.of(1), 2);
    const table = await owned(device, tensor([1, 2]));
    const recorded = add(table, 1);
    const next = await updateRows(table, at, tensor([5]));
    const refused = /a tensor is used after updateRows took it: use the one that it returned/;
    for (const use of [
      () => table.data(),
      () => readAll(recorded, { device }),
      () => evaluate(table, { device: reference }),
      () => updateRows(table, at, tensor([6])),
      async () => release(table),
    ]) {
      await use().then(
        () => assert.unreachable(),
        (error: Error) => assert.match(error.message, refused),
      );
    }
    assert.equal(await next.array(), [1, 5]);
  });

  test(`tables that the device does not own are refused on ${device.name}`, async () => {
    const numbers = Float64Array.of(1, 2, 3);
    const onHost = tensor(numbers);
    // Uploaded, and kept for later uses.
    await evaluate(add(onHost, 1), { device });
    const at = distinctRows(Int32Array.of(2), 3);
    for (const [table, what] of [
      [onHost, /updateRows: .* numbers on the host: pass it through evaluate first/],
      [add(onHost, 1), /updateRows: .* that is not computed/],
    ] as const) {
      await updateRows(table, at, tensor([9])).then(
        () => assert.unreachable(),
        (error: Error) => assert.match(error.message, what),
      );
    }
    const copied = await updateRows(await evaluate(onHost, { device }), at, tensor([9]));
    assert.equal(await copied.array(), [1, 2, 9]);
    assert.equal([...numbers], [1, 2, 3]);
    assert.equal([...(await readAll(add(onHost, 0), { device }))[0]], [1, 2, 3]);
  });
}

test('a copy that another device holds of a table is not taken for the new one', async () => {
  const [, simd] = devices;
  const table = await owned(simd, tensor([1, 2]));
  assert.equal([...(await readAll(add(table, 1), { device: reference }))[0]], [2, 3]);
  const next = await updateRows(table, distinctRows(Int32Array.of(0), 2), tensor([7]));
  assert.equal([...(await readAll(add(next, 1), { device: reference }))[0]], [8, 3]);
});

test('rows that do not fit are an error, and the table stays usable', async () => {
  for (const device of devices) {
    const table = await owned(device, tensor([1, 2, 3]));
    await updateRows(table, distinctRows(Int32Array.of(0), 3), tensor([1, 2])).then(
      () => assert.unreachable(),
      (error) => assert.instance(error, ShapeError),
    );
    assert.equal(await table.array(), [1, 2, 3]);
  }
});

test('a table among the rows, twice, or of addresses, is refused before any is taken', async () => {
  for (const device of devices) {
    const table = await owned(
      device,
      tensor([
        [1, 2],
        [3, 4],
      ]),
    );
    const other = await owned(
      device,
      tensor([
        [5, 6],
        [7, 8],
      ]),
    );
    const at = distinctRows(Int32Array.of(1, 0), 2);
    const refused = async (run: Promise<unknown>, message: RegExp) => {
      const error = await run.then(
        () => assert.unreachable(),
        (reason: Error) => reason,
      );
      assert.match((error as Error).message, message);
    };
    await refused(updateRows(table, at, table), /a table is among the rows too/);
    await refused(updateRows([other, table], at, [table, other]), /a table is among the rows too/);
    await refused(
      updateRows([table, table], at, [other, other]),
      /a table comes twice|among the rows/,
    );
    const addresses = await evaluate(indexTensor(Int32Array.of(0, 1)), { device });
    await refused(updateRows(addresses, at, tensor([1, 2])), /expected real tables and rows/);
    await refused(
      updateRows(table, at, indexTensor(Int32Array.of(0, 1, 2, 3), [2, 2])),
      /expected real tables and rows, got addresses/,
    );
    const moved = await evaluate(at, { device });
    await refused(
      updateRows(
        table,
        moved,
        tensor([
          [1, 2],
          [3, 4],
        ]),
      ),
      /as distinctRows made it, on the host/,
    );
    // The second does not fit, and the first is not lost.
    await refused(
      updateRows([table, other], at, [
        tensor([
          [1, 1],
          [2, 2],
        ]),
        tensor([1]),
      ]),
      /do not fit/,
    );
    assert.equal(await table.array(), [
      [1, 2],
      [3, 4],
    ]);
    assert.equal(await other.array(), [
      [5, 6],
      [7, 8],
    ]);
  }
});

test('an index put together by hand that leaves the table, or lists too few, is refused', async () => {
  for (const device of devices) {
    const table = await owned(device, tensor([1, 2, 3]));
    const others = await Promise.all([4, 5].map((x) => owned(device, tensor([x, x, x]))));
    const one = distinctRows(Int32Array.of(1), 3);
    const all = distinctRows(Int32Array.of(0, 1, 2), 3);
    const refused = async (at: typeof one, message: RegExp) =>
      assert.match((await failure(updateRows(table, at, tensor([9])))).message, message);
    for (const row of [3, 5, -1]) {
      const index = indexTensor(Int32Array.of(row));
      await refused({ ...one, index }, /an address that is negative or not below 3/);
    }
    const computed = await evaluate(indexTensor(Int32Array.of(7)), { device });
    await refused({ ...one, index: computed }, /an address that is negative or not below 3/);
    await refused({ ...one, start: all.start }, /lists 1 rows and says that it names 3/);
    const got = await readAll([table, ...others], { device });
    assert.equal(
      got.map((cells) => [...cells]),
      [
        [1, 2, 3],
        [4, 4, 4],
        [5, 5, 5],
      ],
      device.name,
    );
  }
});

test('where one of several tables cannot be written, none is taken', async () => {
  const at = distinctRows(Int32Array.of(0), 2);
  for (const device of devices) {
    const [a, b] = await Promise.all([
      owned(device, tensor([1, 2])),
      owned(device, tensor([3, 4])),
    ]);
    const rows = { a: tensor([9]), b: mul(tensor([9]), 1) };
    const uncomputed = await failure(updateRows({ a, b }, at, rows));
    assert.match(
      uncomputed.message,
      /the result of mul, \[1\], is not computed yet: pass it through evaluate first/,
    );
    const lost = await owned(device, tensor([8]));
    release(lost);
    const gone = await failure(updateRows({ a, b }, at, { a: tensor([9]), b: lost }));
    assert.match(gone.message, /used after it was released/);
    const before = await owned(device, tensor([5, 6]));
    await updateRows(before, at, tensor([7]));
    const twice = await failure(updateRows([a, before], at, [tensor([9]), tensor([9])]));
    assert.match(twice.message, /used after updateRows took it/);
    // A call that is under way takes the second table first.
    const rest = [
      updateRows(b, at, tensor([7])),
      updateRows({ a, b }, at, { a: tensor([9]), b: tensor([9]) }),
    ];
    const [first, second] = await Promise.allSettled(rest);
    assert.is(first.status, 'fulfilled');
    assert.is(second.status, 'rejected');
    assert.equal(await a.array(), [1, 2], device.name);
  }
});

test('rows in place take no memory of the size of the table', async () => {
  const [, simd] = devices;
  let table = await owned(simd, tensor(new Float32Array(3_000_000), [1000, 3000]));
  const rows = tensor(new Float32Array(3000).fill(1), [1, 3000]);
  const before = table.value;
  for (let row = 0; row < 5; row++) {
    table = await updateRows(table, distinctRows(Int32Array.of(row), 1000), rows);
  }
  assert.is((table.value as { buffer: object }).buffer, (before as { buffer: object }).buffer);
  assert.equal([...(await readAll(sum(table), { device: simd }))[0]], [15_000]);
});

test.after(async () => {
  for (const device of devices) await device.dispose();
});

test.run();
