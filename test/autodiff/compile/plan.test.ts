/** @file Plans: what is fused, shared and reused, what tells two plans apart, and their budgets. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { compileGraph } from '../../../src/autodiff/compile/compile-graph.ts';
import { canonicalize } from '../../../src/autodiff/compile/graph.ts';
import { isRecurrent } from '../../../src/autodiff/compile/plan.ts';
import {
  add,
  cholesky,
  evaluate,
  exp,
  full,
  grad,
  log,
  matmul,
  mul,
  openDevice,
  type Plan,
  planCells,
  planOf,
  readAll,
  setDefaultDevice,
  showPlan,
  stopGradient,
  sub,
  sum,
  type Tensor,
  tanh,
  tensor,
  transpose,
} from '../../../src/autodiff/index.ts';

setDefaultDevice(await openDevice('reference'));

const kernels = (plan: Plan): number => plan.kernels.length;
const x = tensor([
  [1, 2],
  [3, 4],
]);
const y = tensor([[1], [2]]);

test('a small plan reads as what it does', () => {
  const plan = planOf((a: Tensor, b: Tensor) => sum(exp(add(matmul(a, b), 1))), x, y);
  assert.snapshot(
    showPlan(plan),
    `in0: real [2,2]
in1: real [2,1]
b0 = matmul (a0=in0 a1=in1) [x<2]
    let s0 = 0;
    for (let k0 = 0; k0 < 2; k0++) {
      s0 += (a0[x * 2 + k0] * a1[k0]);
    }
    s0
b1 = sum+reshape+exp+add+full (a0=b0) [x<1]
    let s0 = 0;
    for (let k0 = 0; k0 < 2; k0++) {
      s0 += Math.exp((a0[k0] + 1));
    }
    s0
out0 = b1: []
2 kernels, 2 buffers, 3 cells`,
  );
});

test('a plan counts one of a thing in the singular', () => {
  const summary = showPlan(planOf((a: Tensor) => sum(a), tensor([1, 2])))
    .split('\n')
    .at(-1);
  assert.is(summary, '1 kernel, 1 buffer, 1 cell');
});

test('equal operations on equal inputs are computed once', () => {
  const shared = planOf((a: Tensor) => [log(exp(a)), tanh(exp(a)), exp(a)], x);
  assert.is(kernels(shared), 3);
  const apart = planOf((a: Tensor) => [add(exp(a), full([2, 2], 1)), add(exp(a), 2)], x);
  const constants = apart.kernels.filter(({ name }) => name.includes('full'));
  assert.is(constants.length, 2);
});

test('views and arithmetic read once cost no kernel of their own', () => {
  assert.is(kernels(planOf((a: Tensor) => exp(mul(2, transpose(a))), x)), 1);
  assert.is(kernels(planOf((a: Tensor) => matmul(transpose(a), a), x)), 1);
  // A sum inside of another loop would run once for each of its turns.
  assert.is(kernels(planOf((a: Tensor) => matmul(matmul(a, a), a), x)), 2);
});

test('what stops a gradient costs nothing, and an output that is an input is copied', async () => {
  assert.is(kernels(planOf((a: Tensor) => exp(stopGradient(a)), x)), 1);
  const plan = planOf((a: Tensor) => [a, a, exp(a)], x);
  assert.is(kernels(plan), 3);
  const [first, second] = await evaluate([x, x]);
  assert.ok(first.value !== second.value && first.value !== x.value);
  assert.equal(await first.array(), await x.array());
});

test('buffers of values that are no longer read are used again', () => {
  const chain = (length: number) => (a: Tensor) => {
    let value = a;
    for (let i = 0; i < length; i++) value = matmul(value, a);
    return value;
  };
  const [short, long] = [planOf(chain(4), x), planOf(chain(40), x)];
  assert.is(kernels(long), 40);
  assert.is(planCells(long), planCells(short));
  for (const kernel of long.kernels) {
    const read = kernel.arguments.map(({ place }) => place);
    assert.not(read.some(({ kind, index }) => kind === 'buffer' && index === kernel.output));
  }
});

test('a buffer is never taken from a value that is still to be read', async () => {
  const fn = (a: Tensor) => {
    const early = matmul(a, a);
    let value = early;
    for (let i = 0; i < 6; i++) value = matmul(value, a);
    return sub(value, early);
  };
  // Powers of a matrix of whole numbers are exact: a^8 - a^2.
  const a = tensor([
    [1, 1],
    [1, 0],
  ]);
  assert.equal(await fn(a).array(), [
    [34 - 2, 21 - 1],
    [21 - 1, 13 - 1],
  ]);
});

const keyOf = (value: number): string => canonicalize([full([2], value)], []).key;

test('constants that JSON cannot tell apart have plans of their own', async () => {
  const values = [0, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e300];
  assert.is(new Set(values.map(keyOf)).size, values.length);
  const together = await readAll(values.map((value) => full([2], value)));
  values.forEach((value, i) => assert.ok(Object.is(together[i][0], value), `${value} in one plan`));
  for (const value of values) assert.ok(Object.is((await full([], value).data())[0], value));
});

test('structure, shapes and outputs tell plans apart; the numbers of inputs do not', () => {
  const key = (outputs: readonly Tensor[], inputs: readonly Tensor[]) =>
    canonicalize(outputs, inputs).key;
  const [a, b] = [tensor([1, 2]), tensor([3, 4])];
  assert.is(key([exp(a)], [a]), key([exp(b)], [b]));
  const keys = [
    key([exp(a)], [a]),
    key([tanh(a)], [a]),
    key([exp(x)], [x]),
    key([sub(a, b)], [a, b]),
    key([sub(b, a)], [a, b]),
    key([exp(a), a], [a]),
    key([exp(a), exp(a)], [a]),
    key([a, exp(a)], [a]),
  ];
  assert.is(new Set(keys).size, keys.length);
});

test('one plan of many outputs gives what each alone gives', async () => {
  const many = [exp(x), sum(x), matmul(x, x), grad((a: Tensor) => sum(exp(a)))(x), x];
  const together = await readAll(many);
  const alone = await Promise.all(many.map((one) => one.data()));
  assert.equal(
    together.map((numbers) => [...numbers]),
    alone.map((numbers) => [...numbers]),
  );
});

test('a recurrence is one kernel, or one of each row and one that puts it among the others', () => {
  const a = tensor(new Float64Array(2 * 9).fill(1), [2, 3, 3]);
  const graph = canonicalize([exp(cholesky(mul(a, 2)))], [a]);
  const whole = compileGraph(graph, { recurrences: true });
  assert.equal(whole.kernels.map(isRecurrent), [false, true, false]);
  assert.equal(whole.kernels[1].threads, [2, 3, 3]);
  const expanded = compileGraph(graph, { recurrences: false });
  assert.is(expanded.kernels.length, 6);
  assert.not(expanded.kernels.some(isRecurrent));
  // What is factored and later the result, the rows so far, and two rows: that of the first step is
  // read where it is.
  assert.equal(
    [...expanded.buffers].sort((p, q) => p - q),
    [6, 6, 18, 18],
  );
});

test.run();
