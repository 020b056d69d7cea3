/** @file What the transforms infer: checked by the compiler, and run to see that it is true. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  grad,
  hessian,
  jacobian,
  mul,
  openDevice,
  setDefaultDevice,
  square,
  sum,
  type Tensor,
  type Tree,
  tensor,
  valueAndGrad,
} from '../../../src/autodiff/index.ts';

setDefaultDevice(await openDevice('reference'));

/** Compiles only where both types are the same. */
type Same<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_yes: Same<A, B>): void => {};

test('a function whose argument has no type is one of a tensor', async () => {
  const gradient = grad((x) => sum(square(x)));
  same<typeof gradient, (x: Tensor) => Tensor>(true);
  const both = valueAndGrad((x) => sum(square(x)))(tensor([1, 2]));
  same<typeof both.gradient, Tensor>(true);
  const second = grad((x) => sum(grad((y) => sum(square(y)))(x)));
  same<typeof second, (x: Tensor) => Tensor>(true);
  assert.equal(await gradient(tensor([1, 2])).array(), [2, 4]);
  assert.equal(await second(tensor([1, 2])).array(), [2, 2]);
  assert.equal((await hessian((x) => sum(square(x)))(tensor([1]))).shape, [1, 1]);
  assert.equal((await jacobian((x) => square(x))(tensor([1, 2]))).shape, [2, 2]);
});

test('a gradient has the type of the first argument, a tree or more arguments', () => {
  type Layer = { readonly weight: Tensor; readonly bias: readonly Tensor[] };
  const ofTree = grad(({ weight, bias }: Layer) => sum(mul(weight, bias[0])));
  same<typeof ofTree, (x: Layer) => Layer>(true);
  const ofMore = grad((x: Tensor, scale: number) => sum(mul(x, scale)));
  same<typeof ofMore, (x: Tensor, scale: number) => Tensor>(true);
  const ofAny = grad((x: Tree) => sum(x as Tensor));
  same<typeof ofAny, (x: Tree) => Tree>(true);
  const generic = <T extends Tree>(fn: (x: T) => Tensor): ((x: T) => T) => grad(fn);
  same<ReturnType<typeof generic<Layer>>, (x: Layer) => Layer>(true);
});

test.run();
