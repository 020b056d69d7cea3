/** @file The arena: blocks never meet, freed memory is used again, the limit is a clear error. */

import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { placeByLiveness } from '../../../../../src/autodiff/devices/simd/plan/liveness.ts';
import { Arena } from '../../../../../src/autodiff/devices/simd/run/arena.ts';
import { openSimd } from '../../../../../src/autodiff/devices/simd/simd.ts';
import { add, evaluate, readAll, release, tensor } from '../../../../../src/autodiff/index.ts';

/** Takes a block of so many bytes, or gives back one of those taken, by its rank. */
const actions = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('take'), bytes: fc.integer({ min: 1, max: 300_000 }) }),
    fc.record({ kind: fc.constant('give'), bytes: fc.nat(1000) }),
  ),
  { maxLength: 200 },
);

test('blocks that are taken never meet and lie inside of the memory', () => {
  fc.assert(
    fc.property(actions, (list) => {
      const arena = new Arena({ shared: false });
      const taken: { at: number; bytes: number }[] = [];
      for (const { kind, bytes } of list) {
        if (kind === 'take') taken.push({ at: arena.allocate(bytes), bytes });
        else if (taken.length > 0) {
          const [{ at }] = taken.splice(bytes % taken.length, 1);
          arena.release(at);
        }
        const sorted = [...taken].sort((a, b) => a.at - b.at);
        sorted.forEach((block, i) => {
          const end = sorted[i + 1]?.at ?? arena.memory.buffer.byteLength;
          assert.ok(block.at % 64 === 0 && block.at + block.bytes <= end);
        });
      }
      for (const { at } of taken) arena.release(at);
      assert.is(arena.held, 0);
    }),
    { seed: 3, numRuns: 60 },
  );
});

test('what was given back is joined and taken again, without growth', () => {
  const arena = new Arena({ shared: false });
  const blocks = Array.from({ length: 64 }, () => arena.allocate(100_000));
  const before = arena.memory.buffer.byteLength;
  for (const i of blocks.keys()) arena.release(blocks[(i * 37) % 64]);
  arena.allocate(64 * 100_000);
  assert.is(arena.memory.buffer.byteLength, before);
  assert.throws(() => arena.release(12345 * 64), /no block/);
});

test('beyond the limit an error says what is in use, what is free and what to do', () => {
  const arena = new Arena({ shared: false, limit: 10e6 });
  arena.allocate(6e6);
  assert.throws(
    () => arena.allocate(5e6),
    /5 MB more do not fit: 6 MB of at most 10 MB are in use and 4 MB are free in one piece; hold/,
  );
  arena.allocate(3e6);
});

test('a device at its limit says so and works on', async () => {
  const device = await openSimd({ memoryLimit: 8e6 });
  const x = tensor(new Float32Array(500_000).fill(1));
  const held = [await evaluate(add(x, 1), { device }), await evaluate(add(x, 2), { device })];
  await evaluate(add(x, 3), { device }).then(
    () => assert.unreachable(),
    (error) => assert.is(error.name, 'DeviceError'),
  );
  release(held[0]);
  assert.is((await readAll(add(x, 4), { device }))[0][499_999], 5);
  await device.dispose();
});

test('a value that was released is an error to use, not numbers of another', async () => {
  const device = await openSimd({ threads: 1 });
  const sum = await evaluate(add(tensor([1]), 1), { device });
  release(sum);
  for (const use of [() => readAll(sum, { device }), () => evaluate(add(sum, 1), { device })]) {
    const error = await use().catch((reason: Error) => reason);
    assert.match((error as Error).message, /used after it was released/);
  }
  await device.dispose();
});

test('values placed by liveness meet only when their lives do not', () => {
  const life = fc.record({
    from: fc.nat(30),
    length: fc.nat(10),
    bytes: fc.integer({ min: 1, max: 5000 }),
  });
  fc.assert(
    fc.property(fc.array(life, { maxLength: 60 }), (drawn) => {
      const lives = drawn.map(({ from, length, bytes }) => ({ from, to: from + length, bytes }));
      const { offsets, total } = placeByLiveness(lives, 64);
      lives.forEach((a, i) => {
        assert.ok(offsets[i] % 64 === 0 && offsets[i] + a.bytes <= total);
        lives.slice(0, i).forEach((b, j) => {
          const together = a.from <= b.to && b.from <= a.to;
          const apart = offsets[i] + a.bytes <= offsets[j] || offsets[j] + b.bytes <= offsets[i];
          assert.ok(!together || apart);
        });
      });
    }),
    { seed: 4, numRuns: 100 },
  );
});

test.run();
