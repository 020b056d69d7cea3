/** @file The order of ids, which is that of the source in no way. */

import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { numbering } from '../../src/data/numbering.ts';

const ordered = (ids: readonly string[]) =>
  numbering(ids, new Uint8Array(ids.length).fill(1)).ids as string[];

test('whole ids that float64 does not tell apart are ordered by value', () => {
  const ids = Array.from({ length: 12 }, (_, i) => `${76561198000000000n + BigInt(i)}`);
  // So far from 0 float64 has every sixteenth number.
  assert.is(Number(ids[1]), Number(ids[2]));
  assert.equal(ordered([...ids].reverse()), ids);
  assert.equal(ordered(['9007199254740993', '-9007199254740993', '9007199254740992', '5']), [
    ...['-9007199254740993', '5', '9007199254740992', '9007199254740993'],
  ]);
});

test('the order of ids does not depend on that of the source', () => {
  const id = fc.oneof(
    fc.bigInt(-(2n ** 60n), 2n ** 60n).map(String),
    fc.constantFrom('1', '01', '1.0', '1e0', ' 1', '0x1', '-0', '0', '0.0', '76561198000000001'),
  );
  fc.assert(
    fc.property(
      fc.uniqueArray(id, { minLength: 2 }),
      fc.infiniteStream(fc.nat(1000)),
      (ids, keys) => {
        const shuffled = ids
          .map((one) => [keys.next().value as number, one] as const)
          .sort((a, b) => a[0] - b[0])
          .map(([, one]) => one);
        assert.equal(ordered(shuffled), ordered(ids));
      },
    ),
    { seed: 7, numRuns: 300 },
  );
});

test.run();
