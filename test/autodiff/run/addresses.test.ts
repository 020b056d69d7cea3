/** @file Addresses beyond what is read at them are refused on every device, in all ways to run. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  compile,
  evaluate,
  exact,
  gather,
  hypergradient,
  indexTensor,
  type RowIndex,
  readAll,
  rowIndex,
  segmentSum,
  sparsePattern,
  spmm,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
} from '../../../src/autodiff/index.ts';
import { failure } from '../../data/temporary.ts';
import { onDevice } from '../on-device.ts';

const table = tensor([
  [1, 2],
  [3, 4],
  [5, 6],
]);

/** An index put together by hand, which says of any rows that they fit the table. */
const byHand = (...rows: number[]): RowIndex => {
  const valid = rows.map((row) => (row >= 0 && row < 3 ? row : 0));
  return { ...rowIndex(Int32Array.from(valid), 3), index: indexTensor(Int32Array.from(rows)) };
};

const refused = /an index tensor has an address that is negative or not below 3/;

const throws = async (run: () => Promise<unknown>, message: RegExp) =>
  assert.match((await failure(run())).message, message);

for (const name of ['reference', 'simd', 'gpujs:cpu'] as const) {
  const testHere = onDevice(name);

  testHere(
    'the last row is read, the one after it and one before the first are not',
    async (device) => {
      const [last] = await readAll([gather(table, byHand(2, 0))], { device });
      assert.equal([...last], [5, 6, 1, 2]);
      await throws(() => readAll(gather(table, byHand(0, 3)), { device }), refused);
      await throws(() => readAll(gather(table, byHand(-1)), { device }), refused);
    },
  );

  testHere('addresses that come with each run are looked at in each', async (device) => {
    const rows = compile((index: RowIndex) => gather(table, index), { device });
    assert.equal([...(await (await rows(byHand(1, 2))).data())], [3, 4, 5, 6]);
    await throws(() => rows(byHand(1, 9)), refused);
    assert.equal([...(await (await rows(byHand(2, 1))).data())], [5, 6, 3, 4]);
  });

  testHere('addresses that went through a device are looked at too', async (device) => {
    const index = await evaluate(byHand(1, 7), { device });
    await throws(() => readAll(gather(table, index), { device }), refused);
  });

  testHere(
    'addresses that went through a device, or came back from it, are read at',
    async (device) => {
      const given = byHand(2, 0);
      const moved = await evaluate(given, { device });
      assert.equal([...(await moved.index.data())], [2, 0]);
      const again = await compile((index: RowIndex) => ({ ...index }), { device })(moved);
      const both = compile((index: RowIndex) => [gather(table, index), index.index], { device });
      for (const index of [given, moved, again]) {
        const [rows, addresses] = await both(index);
        assert.equal([...(await rows.data())], [5, 6, 1, 2]);
        assert.equal([...(await addresses.data())], [2, 0]);
      }
    },
  );

  testHere('addresses beyond what f32 tells apart come back, or are refused', async (device) => {
    const beyond = 2 ** 24 + 1;
    const run = () => evaluate(indexTensor(Int32Array.of(beyond, -7, 2 ** 31 - 1)), { device });
    if (name === 'gpujs:cpu') return throws(run, /holds addresses of at most 16777216 exactly/);
    assert.equal([...(await (await run()).data())], [beyond, -7, 2 ** 31 - 1]);
  });

  testHere('a batch of a training step is refused', async (device) => {
    const run = (second: RowIndex) =>
      hypergradient(
        {
          inputs: table,
          init: () => tensor(new Float32Array(4), [2, 2]),
          batch: (t: number) => (t === 0 ? byHand(0, 1) : second),
          step: (state: Tensor, x: Tensor, index: RowIndex) => sub(gather(x, index), state),
          steps: 2,
          objective: (state: Tensor) => sum(square(state)),
        },
        { method: exact(), device },
      );
    // The state is the rows 2 and 0 less the rows 0 and 1: (4, 4) and (-2, -2).
    const { value, gradient } = await run(byHand(2, 0));
    assert.is(await value, 40);
    assert.equal(await gradient.array(), [
      [-12, -12],
      [4, 4],
      [8, 8],
    ]);
    await throws(() => run(byHand(2, 5)), refused);
  });

  testHere('sums by segments and sparse products are refused', async (device) => {
    const good = rowIndex(Int32Array.of(0, 2, 2), 3);
    const order = indexTensor(Int32Array.of(0, 1, 3));
    await throws(() => readAll(segmentSum(table, { ...good, order }), { device }), refused);
    const start = indexTensor(Int32Array.of(0, 1, 1, 4));
    await throws(() => readAll(segmentSum(table, { ...good, start }), { device }), /not below 4/);
    const pattern = sparsePattern({
      rows: 2,
      columns: 3,
      indptr: Int32Array.of(0, 1, 2),
      indices: Int32Array.of(0, 2),
    });
    const column = indexTensor(Int32Array.of(0, 3));
    const product = spmm({ ...pattern, column }, tensor([1, 1]), table);
    await throws(() => readAll(product, { device }), refused);
  });
}

test.run();
