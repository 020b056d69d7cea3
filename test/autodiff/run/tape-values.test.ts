/** @file `tapeValues` and `kernelSource`: the numbers of a tape, and the text of its kernels. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  add,
  cholesky,
  exp,
  gather,
  grad,
  kernelSource,
  matmul,
  mul,
  openDevice,
  planOf,
  reshape,
  rowIndex,
  showNests,
  showPlan,
  sin,
  square,
  sum,
  type Tensor,
  tapeOf,
  tapeValues,
  tensor,
} from '../../../src/autodiff/index.ts';

const device = await openDevice('reference');
const numbers = [0.3, -1.2, 2.5];
const x = tensor(numbers);
const weights = tensor([0.7, -0.4, 1.1]);

/** The node of an operation. */
const nodeOf = (fn: (x: Tensor) => Tensor, name: string, example = x): number => {
  const found = tapeOf(fn, example).nodes.find((node) => node.name === name);
  assert.ok(found, name);
  return found?.id ?? -1;
};

test('the numbers of operations and of what is given', async () => {
  const fn = (at: Tensor) => mul(sin(at), exp(at));
  const tape = tapeOf(fn, x);
  const ids = tape.nodes.map(({ id }) => id);
  const found = await tapeValues(fn, [x], ids, { device });
  const expected: Record<string, (at: number) => number> = {
    sin: Math.sin,
    exp: Math.exp,
    mul: (at) => Math.sin(at) * Math.exp(at),
    'argument 1': (at) => at,
  };
  tape.nodes.forEach(({ name }, i) => {
    assert.equal(Array.from(found[i].numbers), numbers.map(expected[name]), name);
    assert.is(found[i].gradient, undefined);
  });
});

test('the derivative of weighted results in each node, once where an operation stands twice', async () => {
  const fn = (at: Tensor) => add(mul(sin(at), exp(at)), mul(2, sin(at)));
  const sine = nodeOf(fn, 'sin');
  const given = tapeOf(fn, x).nodes.findIndex(({ name }) => name === 'argument 1');
  const found = await tapeValues(fn, [x], [sine, given], { device, weights });
  const w = [0.7, -0.4, 1.1];
  numbers.forEach((at, i) => {
    const [inSine, inX] = found.map(({ gradient }) => gradient?.[i] ?? Number.NaN);
    assert.ok(Math.abs(inSine - w[i] * (Math.exp(at) + 2)) < 1e-14);
    const slope = (Math.cos(at) + Math.sin(at)) * Math.exp(at) + 2 * Math.cos(at);
    assert.ok(Math.abs(inX - w[i] * slope) < 1e-14);
  });
});

test('the derivative in a node of a gradient, and none in indices', async () => {
  const table = tensor([
    [1, 2],
    [3, 4],
  ]);
  const given = { table, rows: rowIndex(new Int32Array([1, 1]), 2) };
  const fn = (at: typeof given) =>
    grad((t: Tensor) => sum(square(square(gather(t, at.rows)))))(at.table);
  const { nodes } = tapeOf(fn, given);
  const ones = tensor([
    [1, 1],
    [1, 1],
  ]);
  const all = nodes.map(({ id }) => id);
  const found = await tapeValues(fn, [given], all, { device, weights: ones });
  // The gradient of x⁴, twice in the second row, is 8 x³, whose own derivative is 24 x².
  const inTable = found[nodes.findIndex(({ name }) => name === 'table')].gradient;
  assert.equal(Array.from(inTable ?? []), [0, 0, 24 * 9, 24 * 16]);
  const indices = nodes.filter(({ name }) => name.startsWith('rows'));
  assert.ok(indices.length > 0);
  for (const { id } of indices) assert.is(found[id].gradient, undefined);
});

test('a reshaped tensor counts once', async () => {
  const fn = (at: Tensor) => mul(2, reshape(exp(at), [1, 3]));
  const [{ gradient }] = await tapeValues(fn, [x], [nodeOf(fn, 'exp')], {
    device,
    weights: tensor([[0.5, -0.25, 1]]),
  });
  assert.equal(Array.from(gradient ?? []), [1, -0.5, 2]);
});

test('a result that is given is a copy, with the numbers and the derivative of what it copies', async () => {
  const fn = (at: Tensor) => [at, sin(at)];
  const [copy] = tapeOf(fn, x).outputs;
  const [{ numbers: copied, gradient }] = await tapeValues(fn, [x], [copy.node], {
    device,
    weights: [tensor([1, 1, 1]), tensor([0, 0, 0])],
  });
  assert.equal(Array.from(copied), numbers);
  assert.equal(Array.from(gradient ?? []), [1, 1, 1]);
});

test('unknown nodes and weights of other shapes are refused', async () => {
  const message = async (run: () => Promise<unknown>) =>
    run().then(
      () => '',
      (error) => (error as Error).message,
    );
  assert.match(await message(() => tapeValues(sin, [x], [99], { device })), /no node 99/);
  assert.match(
    await message(() => tapeValues(sin, [x], [0], { device, weights: tensor([1, 2]) })),
    /tapeValues: weights/,
  );
});

test('the kernels of a tape are those of its plan, and their sources parts of its text', () => {
  const fn = (at: Tensor) => cholesky(matmul(exp(at), sin(at)));
  const at = tensor(
    Float64Array.from({ length: 16 }, (_, i) => i / 16),
    [4, 4],
  );
  const tape = tapeOf(fn, at);
  const plan = planOf(fn, at);
  assert.is(plan.kernels.length, tape.kernels.length);
  const texts = [showPlan(plan), showNests(plan)];
  tape.kernels.forEach(({ id, nodes }) => {
    const source = kernelSource(plan, id);
    for (const node of nodes) assert.ok(source.plan.includes(tape.nodes[node].name));
    assert.ok(texts[0].includes(source.plan));
    assert.ok(source.nests.length > 0 && texts[1].includes(source.nests));
    assert.is(
      source.gpujs === undefined,
      nodes.some((node) => tape.nodes[node].family === 'recurrence'),
    );
    if (source.gpujs) assert.match(source.gpujs, /^function \(a0/);
    const nests = source.nests.match(/^n\d+(?=:)/gm) ?? [];
    const functions = source.wasm.match(/(?<=\(func \$)n\d+/g) ?? [];
    assert.equal(functions, nests);
  });
  assert.ok(tape.nodes.some(({ family }) => family === 'recurrence'));
  assert.throws(() => kernelSource(plan, plan.kernels.length), /expected a kernel from 0 to/);
  assert.not.match(kernelSource(plan, 0, { relaxed: false }).wasm, /relaxed/);
  assert.match(kernelSource(plan, 0, { threads: 2 }).wasm, /\(memory 0 65536 shared\)/);
  const typo = { thread: 2 } as never;
  assert.throws(() => kernelSource(plan, 0, typo), /kernelSource: .*thread/);
});

test.run();
