/** @file `explainNonFinite` names the operation that made a number that is not finite. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  div,
  exp,
  explainNonFinite,
  gather,
  grad,
  greater,
  hvp,
  log,
  logSoftmax,
  matmul,
  openDevice,
  pow,
  relu,
  rowIndex,
  sqrt,
  sub,
  sum,
  type Tensor,
  tensor,
  transpose,
  where,
} from '../../../src/autodiff/index.ts';

const reference = await openDevice('reference');
const simd = await openDevice('simd', { threads: 1 });

for (const device of [reference, simd]) {
  const explain = <T extends Parameters<typeof explainNonFinite>[1]>(fn: (x: T) => Tensor, x: T) =>
    explainNonFinite(fn, x, { device });

  test(`a function that stays finite has nothing to explain (${device.name})`, async () => {
    assert.is(await explain((x: Tensor) => exp(x), tensor([1, 2])), undefined);
    // The logarithm of 0 is there, and not chosen.
    const guarded = (x: Tensor) => where(greater(x, 0), log(x), 0);
    assert.is(await explain(guarded, tensor([0, 1])), undefined);
    assert.is(await explain((x: Tensor) => div(1, div(1, x)), tensor([0, 1])), undefined);
  });

  test(`the cells on the way count, through views and folds (${device.name})`, async () => {
    const rows = rowIndex(Int32Array.of(2, 0), 3);
    const f = (x: Tensor) => {
      const picked = gather(transpose(x), rows);
      return sum(matmul(log(picked), tensor([[1], [1]])));
    };
    const found = await explain(
      f,
      tensor([
        [1, 0, 4],
        [5, -1, 0],
      ]),
    );
    assert.equal([found?.of, found?.position, found?.value], ['log', [0, 1], -Infinity]);
    assert.equal(found?.inputs, [
      { of: 'inputs of explainNonFinite', phase: 'given', position: [1, 2], value: 0 },
    ]);
    assert.equal(
      found?.path.map(({ of }) => of),
      ['matmul', 'sum'],
    );
  });

  test(`what made a NaN of a given infinity is named (${device.name})`, async () => {
    const found = await explain((x: Tensor) => sub(x, x), tensor([1, Infinity]));
    assert.equal([found?.of, found?.given, found?.position], ['sub', false, [1]]);
    const masked = await explain((x: Tensor) => logSoftmax(x, 0), tensor([-Infinity, -Infinity]));
    assert.is(masked?.given, false);
    const nan = await explain((x: Tensor) => relu(x), tensor([0, NaN]));
    assert.equal([nan?.of, nan?.given, nan?.position], ['inputs of explainNonFinite', true, [1]]);
  });

  test(`gradients of any order name their phase and rule (${device.name})`, async () => {
    const root = (x: Tensor) => sum(pow(x, 0.5));
    assert.is(await explain(root, tensor([2, 0])), undefined);
    const first = await explain(grad(root), tensor([2, 0]));
    assert.equal([first?.of, first?.rule, first?.phase], ['pow', 'pow', 'backward']);
    assert.equal([first?.position, first?.inputs.map(({ value }) => value)], [[1], [0, -0.5]]);
    const cubic = (x: Tensor) => sum(div(1, x));
    const at = device.precision === 'f64' ? 1e-120 : 1e-15;
    assert.is(await explain(cubic, tensor([at])), undefined);
    const second = await explain((x: Tensor) => hvp(cubic, x, tensor([1])), tensor([at]));
    assert.is(second?.phase, 'backward of backward');
    assert.ok(second?.inputs.every(({ value }) => Number.isFinite(value)));
    assert.match(`${second?.message}`, 'backward of backward (the derivative of ');
  });
}

test('what overflows f32 is found there and nowhere in float64', async () => {
  const f = (x: Tensor) => sum(exp(sqrt(x)));
  const x = tensor([1, 1e4]);
  assert.is(await explainNonFinite(f, x, { device: reference }), undefined);
  const found = await explainNonFinite(f, x, { device: simd });
  assert.equal([found?.of, found?.position, found?.inputs[0].value], ['exp', [1], 100]);
  assert.is(
    found?.message,
    'exp made it Infinity at entry [1] of [2], forward, of 100 (sqrt at [1]); from there sum Infinity',
  );
});

test('a sum that overflows shows the largest of what it read', async () => {
  const x = tensor(Float64Array.from({ length: 20 }, (_, i) => (i === 7 || i === 9 ? 1.5e308 : i)));
  const found = await explainNonFinite((at: Tensor) => sum(at), x, { device: reference });
  assert.equal([found?.of, found?.reads, found?.inputs.length], ['sum', 20, 8]);
  assert.equal(
    found?.inputs.slice(0, 2).map(({ position }) => position),
    [[7], [9]],
  );
  assert.match(`${found?.message}`, 'of 20 numbers, the largest 1.5e+308');
});

test.run();
