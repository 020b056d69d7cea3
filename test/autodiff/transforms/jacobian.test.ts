/** @file Jacobians and Hessians of tensors and trees, and of those without cells. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  compile,
  grad,
  hessian,
  jacobian,
  mul,
  openDevice,
  setDefaultDevice,
  square,
  sum,
  type Tensor,
  tensor,
} from '../../../src/autodiff/index.ts';

setDefaultDevice(await openDevice('reference'));

type Pair = { readonly a: Tensor; readonly b: readonly [Tensor] };

const at: Pair = { a: tensor([1, 2]), b: [tensor([3, 4, 5])] };

test('a Jacobian of trees has a tree of the argument in place of each result', async () => {
  const fn = ({ a, b: [b] }: Pair) => ({ total: sum(mul(sum(a), b)), parts: [square(a)] as const });
  const slopes = jacobian(fn)(at);
  // total = (a0 + a1) (b0 + b1 + b2): by a it is 12 twice, by b it is 3 thrice.
  assert.equal(await slopes.total.a.array(), [12, 12]);
  assert.equal(await slopes.total.b[0].array(), [3, 3, 3]);
  assert.equal(await slopes.parts[0].a.array(), [
    [2, 0],
    [0, 4],
  ]);
  assert.equal(await slopes.parts[0].b[0].array(), [
    [0, 0, 0],
    [0, 0, 0],
  ]);
});

test('a Hessian of a tree has all pairs of its tensors', async () => {
  const fn = ({ a, b: [b] }: Pair) => mul(sum(square(a)), sum(b));
  const { a, b } = hessian(fn)(at);
  // By a and a: 2 sum(b) on the diagonal; by a and b: 2 a for every cell of b.
  assert.equal(await a.a.array(), [
    [24, 0],
    [0, 24],
  ]);
  assert.equal(await a.b[0].array(), [
    [2, 2, 2],
    [4, 4, 4],
  ]);
  assert.equal(await b[0].a.array(), [
    [2, 4],
    [2, 4],
    [2, 4],
  ]);
  assert.equal(await b[0].b[0].array(), [
    [0, 0, 0],
    [0, 0, 0],
    [0, 0, 0],
  ]);
});

test('of a tensor it is a tensor, which is differentiated again and compiled', async () => {
  const x = tensor([1, 2]);
  const cubes = (v: Tensor) => mul(v, square(v));
  const expected = [
    [3, 0],
    [0, 12],
  ];
  assert.equal(await jacobian(cubes)(x).array(), expected);
  assert.equal(await (await compile(jacobian(cubes))(x)).array(), expected);
  assert.equal(await grad((v: Tensor) => sum(jacobian(cubes)(v)))(x).array(), [6, 12]);
  assert.equal(hessian((v) => sum(cubes(v)))(x).shape, [2, 2]);
});

test('without cells it has none', async () => {
  assert.equal(jacobian(square)(tensor([])).shape, [0, 0]);
  assert.equal(hessian((x) => sum(square(x)))(tensor([])).shape, [0, 0]);
  assert.equal(jacobian((x) => sum(x))(tensor([])).shape, [0]);
  assert.equal(await jacobian(square)(tensor([])).array(), []);
});

test.run();
