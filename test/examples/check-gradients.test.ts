/** @file examples/check-gradients.ts against the derivatives on paper. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { numbersOf, printed } from './printed.ts';

test('checkGradients passes the right rule and finds both wrong ones', async () => {
  const { lines } = await printed(() => import('../../examples/check-gradients.ts'));
  assert.equal(
    lines.map((line) =>
      /^(\w+), order (\d): (\d+ entries agree|wrong at a\[0,0\])/.exec(line)?.slice(1),
    ),
    [
      ['right', '1', '4 entries agree'],
      ['right', '2', '8 entries agree'],
      ['scaled', '1', 'wrong at a[0,0]'],
      ['flat', '1', '4 entries agree'],
      ['flat', '2', 'wrong at a[0,0]'],
    ],
  );
  // d/da of b softplus(a) is b sigmoid(a); the wrong rule has a thousandth more.
  const slope = 2 / (1 + Math.exp(-0.3));
  const [, , , reverse, difference] = numbersOf(lines[2]);
  assert.ok(Math.abs(reverse - 1.001 * slope) <= 1e-14, `${reverse}`);
  assert.ok(Math.abs(difference - slope) <= 1e-11, `${difference}`);
  // The flat rule leaves out b sigmoid'(a) times the entry of the random direction.
  const [, , , kept, whole] = numbersOf(lines[4]);
  const sigmoid = 1 / (1 + Math.exp(-0.3));
  const ratio = (kept - whole) / (2 * sigmoid * (1 - sigmoid));
  // The entries of the direction lie in ±[0.5, 1.5].
  assert.ok(Math.abs(ratio) >= 0.5 - 1e-9 && Math.abs(ratio) <= 1.5 + 1e-9, `${ratio}`);
});

test.run();
