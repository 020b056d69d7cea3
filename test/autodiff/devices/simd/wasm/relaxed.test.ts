/** @file Relaxed SIMD: products go into sums where it may be used, and nowhere else. */

import './relaxed-flag.ts';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { compilePlan } from '../../../../../src/autodiff/devices/simd/compile.ts';
import { openSimd } from '../../../../../src/autodiff/devices/simd/simd.ts';
import { op } from '../../../../../src/autodiff/devices/simd/wasm/opcodes.ts';
import {
  add,
  exp,
  matmul,
  mul,
  planOf,
  readAll,
  sum,
  type Tensor,
  tanh,
  tensor,
} from '../../../../../src/autodiff/index.ts';
import { numbers } from '../../cases.ts';

const matrix = (rows: number, columns: number): Tensor =>
  tensor(numbers(rows * columns, -1, 1, rows), [rows, columns]);

/** How often the instruction stands in the module of a function of two matrices. */
function fusedIn(fn: (x: Tensor, y: Tensor) => Tensor, relaxed: boolean, size = 64): number {
  const plan = planOf((x, y) => [fn(x, y)], matrix(size, size), matrix(size, size));
  const { module } = compilePlan(plan, { shared: false, relaxed });
  assert.ok(WebAssembly.validate(module));
  const code = op.f32x4RelaxedMadd;
  let count = 0;
  for (let i = 0; i < module.length; i++) {
    if (code.every((byte, j) => module[i + j] === byte)) count++;
  }
  return count;
}

test('products, sums of products and additions to products are fused, if it is allowed', () => {
  const fused: Record<string, (x: Tensor, y: Tensor) => Tensor> = {
    matmul: (x, y) => matmul(x, y),
    'a product in parts': (x, y) => matmul(x, y, { transposeA: true }),
    'a row sum': (x, y) => sum(mul(x, y), 1),
    'an addition': (x, y) => add(mul(x, y), y),
    'an addition on the right': (x, y) => add(y, mul(x, y)),
  };
  for (const [name, fn] of Object.entries(fused)) {
    const size = name === 'a product in parts' ? 600 : 64;
    assert.ok(fusedIn(fn, true, size) > 0, name);
    assert.is(fusedIn(fn, false, size), 0, name);
  }
});

test('a product that is used again, and the polynomials of functions, are not', () => {
  const again = (x: Tensor, y: Tensor) => {
    const product = mul(x, y);
    return mul(add(product, x), product);
  };
  assert.is(fusedIn(again, true), 0);
  assert.is(
    fusedIn((x) => tanh(exp(x)), true),
    0,
  );
});

test('a fused product is rounded once or as without', async () => {
  const x = 1 + 2 ** -12;
  // x² is 1 + 2^-11 + 2^-24; rounded to f32 the last term is lost.
  const outputs = [add(mul(tensor([x]), tensor([x])), tensor([-1 - 2 ** -11]))];
  const [plain, relaxed] = [
    await openSimd({ threads: 1, relaxed: false }),
    await openSimd({ threads: 1, relaxed: true }),
  ];
  assert.is((await readAll(outputs, { device: plain }))[0][0], 0);
  const [[fused]] = await readAll(outputs, { device: relaxed });
  assert.ok(fused === 0 || fused === 2 ** -24, `${fused}`);
  await plain.dispose();
  await relaxed.dispose();
});

test.run();
