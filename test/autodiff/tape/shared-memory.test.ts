/** @file What a tensor was made of may be written over by its owner: the tensor keeps what it was. */

import { runInNewContext } from 'node:vm';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  add,
  concat,
  gather,
  indexTensor,
  kernel,
  mul,
  openDevice,
  pad,
  primitive,
  readAll,
  reshape,
  rowIndex,
  slice,
  sum,
  type Tensor,
  tensor,
  zeros,
} from '../../../src/autodiff/index.ts';
import { failure } from '../../data/temporary.ts';

const x = tensor([
  [1, 2],
  [3, 4],
  [5, 6],
]);

test('one list of positions serves a loop', async () => {
  const start = [0, 0];
  const rows: Tensor[] = [];
  for (let row = 0; row < 3; row++) {
    start[0] = row;
    rows.push(slice(x, start, [1, 2]));
  }
  const whole = rows.reduce((joined, row) => concat(joined, row, 0));
  assert.equal(await whole.array(), await x.array());
  const before = [1, 0];
  const padded = pad(tensor([[7, 8]]), before, [0, 0]);
  before[0] = 0;
  assert.equal(await padded.array(), [
    [0, 0],
    [7, 8],
  ]);
});

test('one list serves as the shape of several tensors', () => {
  const shape = [2, 3];
  const made = [zeros(shape), tensor(new Float32Array(6), shape), reshape(x, shape)];
  shape[0] = 3;
  shape[1] = 2;
  for (const one of made) assert.equal([...one.shape], [2, 3]);
});

test('one typed array serves several tensors, and may leave its memory', async () => {
  for (const device of ['reference', 'simd', 'gpujs:cpu']) {
    const on = { device: await openDevice(device, device === 'simd' ? { threads: 1 } : {}) };
    const numbers = new Float64Array(2);
    const made = [1, 2, 3].map((n) => tensor(numbers.fill(n)));
    const rows = Int32Array.of(0, 1);
    const index = indexTensor(rows);
    rows.fill(7);
    // 2 (1 + 2 + 3); three times the last would be 18.
    const total = made.reduce((sum, one) => add(sum, one), zeros([2]));
    assert.equal(await readAll(sum(total), on).then(([[all]]) => all), 12);
    structuredClone(numbers.buffer, { transfer: [numbers.buffer] });
    assert.equal([...(await readAll(mul(made[0], 1), on))[0]], [1, 1]);
    assert.equal([...(await readAll(index, on))[0]], [0, 1]);
    await on.device.dispose();
  }
});

test('numbers that were read are a copy', async () => {
  const constant = tensor([1, 2]);
  const [read] = await readAll([constant]);
  read[0] = 9;
  (await constant.data())[1] = 9;
  assert.equal(await constant.array(), [1, 2]);
});

test('one list of rows serves several indices', async () => {
  const rows = Int32Array.of(2);
  const index = rowIndex(rows, 3);
  rows[0] = 0;
  assert.equal(await gather(x, index).array(), [[5, 6]]);
});

test('attributes that do not say what they hold are refused, typed arrays are told apart', async () => {
  const times: (inputs: readonly Tensor[], attributes: { by: unknown }) => Tensor = primitive<{
    by: unknown;
  }>({
    name: 'times',
    family: 'map',
    shape: ([shape]) => shape,
    cell: (at, [cell], { by }) =>
      kernel.binary('mul', cell.read(at), kernel.number([...(by as Iterable<number>)][0])),
    vjp: (ct, _out, _inputs, attributes) => [times([ct], attributes)],
  });
  const view = new DataView(new ArrayBuffer(8));
  for (const by of [new Set([2]), new Map([[2, 2]]), view, () => 2]) {
    const { message } = await failure(times([tensor([1])], { by }).data());
    assert.match(
      message,
      /^times: an attribute that is a (Set|Map|DataView|function).* does not tell plans/,
    );
  }
  const factors = Float64Array.of(2);
  const doubled = times([tensor([1])], { by: factors });
  factors[0] = 3;
  const tripled = times([tensor([1])], { by: factors });
  assert.equal([await doubled.array(), await tripled.array()], [[2], [3]]);
  // As a test runner makes them in its sandbox.
  const foreign = runInNewContext('({ by: [5], more: { bytes: Uint8Array.of(1) } })');
  const fivefold = times([tensor([1])], foreign);
  foreign.by[0] = 6;
  assert.equal(await fivefold.array(), [5]);
  assert.equal(await times([tensor([1])], runInNewContext('({ by: [7] })')).array(), [7]);
});

test.run();
