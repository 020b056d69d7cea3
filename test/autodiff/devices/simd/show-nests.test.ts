/** @file What `showNests` prints of a matrix product, a fused chain and a softmax. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { showNests } from '../../../../src/autodiff/devices/simd/show-nests.ts';
import {
  add,
  exp,
  matmul,
  mul,
  planOf,
  softmax,
  type Tensor,
  tanh,
  tensor,
} from '../../../../src/autodiff/index.ts';

const zeros = (...shape: number[]): Tensor =>
  tensor(new Float32Array(shape.reduce((size, n) => size * n, 1)), shape);

const nestsOf = (fn: (...x: Tensor[]) => Tensor, ...inputs: Tensor[]): string =>
  showNests(planOf((...x) => [fn(...x)], ...inputs));

test('a long product of transposed operands is packed and taken in parts', () => {
  const shown = nestsOf(
    (x, y) => matmul(x, y, { transposeA: true }),
    zeros(2000, 128),
    zeros(2000, 300),
  );
  assert.is(
    shown,
    `
in0: real [2000,128]
in1: real [2000,300]

n0: matmul, for y < 128, x < 300
  tile: 4 x 8 cells, outer loop over rows
  pack: in1 in panels of 512 x 128 cells
  parts: 512 of 2000 iterations at a time
  strips: x by 128 on one thread, by multiples of 32 on more
  t0 = sum over part.from <= k0.0 < part.to of (in0[128*k0.0 + y] * in1[300*k0.0 + x]); lanes on the tile
  out0[x + 300*y] = t0

out0: 153600 bytes, new in each run
workspace: 0 bytes, and 262144 a thread for panels
`.trim(),
  );
});

test('a chain of elementwise functions is one nest, in which values used twice have names', () => {
  const chain = (x: Tensor, y: Tensor) => {
    const total = add(x, y);
    return mul(tanh(total), exp(total));
  };
  assert.is(
    nestsOf(chain, zeros(100, 70), zeros(70)),
    `
in0: real [100,70]
in1: real [70]

n0: add+broadcastTo | mul+tanh+exp, for y < 100, x < 70
  tile: 1 x 8 cells, outer loop over rows
  strips: y by 100 on one thread, too small for more
  t0 = (in0[x + 70*y] + in1[x])
  out0[x + 70*y] = (tanh(t0) * exp(t0))

out0: 28000 bytes, new in each run
workspace: 0 bytes, and 0 a thread for panels
`.trim(),
  );
});

test('a softmax is three nests, whose values between them are in the workspace', () => {
  assert.is(
    nestsOf((x) => softmax(x), zeros(64, 1000)),
    `
in0: real [64,1000]

n0: max | where+less+full+log+abs+reshape, for x < 64
  tile: 1 x 4 cells, outer loop over columns
  strips: x by 64 on one thread, too small for more
  t0 = max over k0.0 < 1000 of in0[k0.0 + 1000*x]; lanes on the loop
  v1[x] = ((710 < log(abs(t0))) ? 0 : t0)

n1: sub+full+log1p+add+reshape+sum+exp+broadcastTo+equal+lessEqual, for x < 64
  tile: 1 x 4 cells, outer loop over columns
  strips: x by 64 on one thread, too small for more
  t0 = sum over k0.2 < 1000 of (exp((in0[k0.2 + 1000*x] - v1[x])) - (in0[k0.2 + 1000*x] == v1[x])); lanes on the loop
  t1 = sum over k1.2 < 1000 of (v1[x] <= in0[k1.2 + 1000*x]); lanes on the loop
  v2[x] = (0 - log1p((t0 + (t1 - 1))))

n2: exp+sub+broadcastTo, for y < 64, x < 1000
  tile: 1 x 8 cells, outer loop over rows
  strips: y by 64 on one thread, too small for more
  out0[x + 1000*y] = exp((v2[y] - (v1[y] - in0[x + 1000*y])))

out0: 256000 bytes, new in each run
v1: 256 bytes at 0 of the workspace
v2: 256 bytes at 256 of the workspace
workspace: 512 bytes, and 0 a thread for panels
`.trim(),
  );
});

test('a sum in parts leaves its nest, and what follows it loads it', () => {
  const shown = nestsOf((x, y) => tanh(matmul(x, y)), zeros(64, 2000), zeros(2000, 64));
  assert.is(
    shown,
    `
in0: real [64,2000]
in1: real [2000,64]

n0: tanh+matmul, for y < 64, x < 64
  tile: 4 x 8 cells, outer loop over rows
  pack: in1 in panels of 512 x 64 cells
  parts: 512 of 2000 iterations at a time
  strips: x by 64 on one thread, by multiples of 32 on more
  t0 = sum over part.from <= k0.0 < part.to of (in0[k0.0 + 2000*y] * in1[64*k0.0 + x]); lanes on the tile
  v1[x + 64*y] = t0

n1: tanh+matmul, for x < 4096
  tile: 1 x 8 cells, outer loop over rows
  strips: x by 4096 on one thread, too small for more
  out0[x] = tanh(v1[x])

out0: 16384 bytes, new in each run
v1: 16384 bytes at 0 of the workspace
workspace: 16384 bytes, and 131072 a thread for panels
`.trim(),
  );
});

test.run();
