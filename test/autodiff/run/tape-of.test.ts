/** @file `tapeOf` gives what a function records, in the kernels that run. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  adam,
  evaluate,
  forwardPass,
  grad,
  hvp,
  leaves,
  logSoftmax,
  matmul,
  mean,
  mul,
  planOf,
  showTape,
  square,
  sub,
  sum,
  type Tape,
  type Tensor,
  type Tree,
  tanh,
  tapeOf,
  tensor,
  vjp,
} from '../../../src/autodiff/index.ts';

const x = tensor([
  [1, 2],
  [3, 4],
  [5, 6],
]);
const y = tensor([[1], [0], [1]]);
const loss = (w: Tensor) => mean(square(sub(tanh(matmul(x, w)), y)));
const optimizer = adam({ learningRate: 0.1 });
const w = tensor([[0.1], [0.2]]);
const state = { w, averages: optimizer.init(w) };
type State = typeof state;
const step = (at: State) => {
  const [next, averages] = optimizer.update(grad(loss)(at.w), at.averages, at.w);
  return { w: next, averages };
};

const cases: { readonly [name: string]: { fn: (x: never) => Tree; at: Tree } } = {
  loss: { fn: loss, at: w },
  gradient: { fn: grad(loss), at: w },
  hessian: { fn: (at: Tensor) => hvp(loss, at, tensor([[1], [2]])), at: w },
  step: { fn: step, at: state },
  pullback: {
    fn: ({ at, ct }: { at: State; ct: State }) => vjp(step, at).pullback(ct),
    at: { at: state, ct: state },
  },
  softmax: { fn: (at: Tensor) => grad((z: Tensor) => sum(mul(z, logSoftmax(z, 0))))(at), at: w },
};

const made = (name: string): Tape => tapeOf(cases[name].fn, cases[name].at as never);

for (const [name, { fn, at }] of Object.entries(cases)) {
  test(`the kernels are those of the plan (${name})`, () => {
    const tape = made(name);
    const plan = planOf(fn, at as never);
    assert.is(tape.kernels.length, plan.kernels.length);
    tape.kernels.forEach(({ nodes }, i) => {
      const names = new Set(nodes.map((node) => tape.nodes[node].name));
      assert.equal([...names].sort(), plan.kernels[i].name.split('+').sort());
    });
    assert.is(tape.outputs.length, plan.outputs.length);
  });

  test(`what a kernel computes comes from itself, from inputs or from kernels before it (${name})`, () => {
    const tape = made(name);
    const stored = new Set<number>();
    for (const { nodes, reads } of tape.kernels) {
      for (const node of nodes) {
        for (const input of tape.nodes[node].inputs) {
          assert.ok(input < node);
          assert.ok(nodes.includes(input) || reads.includes(input), `${node} reads ${input}`);
        }
      }
      for (const read of reads) assert.ok(tape.nodes[read].family === 'input' || stored.has(read));
      stored.add(nodes[nodes.length - 1]);
    }
    assert.is(stored.size, tape.kernels.length);
    for (const { node } of tape.outputs) assert.ok(stored.has(node));
    const pairs = tape.nodes.flatMap(({ id, inputs }) => inputs.map((from) => `${from} ${id}`));
    assert.equal(
      tape.edges.map(({ from, to }) => `${from} ${to}`).sort(),
      [...new Set(pairs)].sort(),
    );
    assert.equal(JSON.parse(JSON.stringify(tape)), tape);
  });

  test(`rules belong to operations of a lower order (${name})`, () => {
    const { nodes } = made(name);
    for (const { order, rule } of nodes) {
      assert.is(rule !== undefined, order > 0);
      if (rule?.node === undefined) continue;
      assert.is(nodes[rule.node].name, rule.name);
      assert.ok(nodes[rule.node].order <= order);
    }
  });
}

const phases = (name: string): string[] =>
  [...new Set(made(name).nodes.map((n) => n.phase))].sort();

test('phases are those of the sweeps, and the update is what comes of a gradient', () => {
  assert.equal(phases('loss'), ['forward', 'given']);
  assert.equal(phases('gradient'), ['backward', 'forward', 'given']);
  assert.equal(phases('hessian'), ['backward', 'backward of backward', 'forward', 'given']);
  assert.equal(phases('step'), ['backward', 'forward', 'given', 'update']);
  assert.equal(phases('pullback'), [
    'backward',
    'backward of backward',
    'forward',
    'given',
    'update',
  ]);
  const { nodes } = made('step');
  // Adam alone has square roots here, and the loss alone has tanh.
  assert.ok(nodes.filter((n) => n.name === 'sqrt').every((n) => n.phase === 'update'));
  assert.ok(nodes.filter((n) => n.name === 'tanh').every((n) => n.phase === 'forward'));
  assert.equal(
    nodes.filter((n) => n.phase === 'given').map((n) => n.name),
    [
      'averages.biasCorrection.mu',
      'averages.biasCorrection.nu',
      'averages.mu',
      'averages.nu',
      'w',
    ].concat(['constant', 'constant']),
  );
});

test('the forward pass of a step is what its gradient needs', async () => {
  const passed = leaves(forwardPass(step(state)));
  // The gradient of the mean square needs the error and, for tanh, its result.
  assert.equal(
    passed.map(({ primitive }) => primitive?.name),
    ['sub'],
  );
  const [error] = leaves(await evaluate(passed));
  const expected = leaves(await evaluate(sub(tanh(matmul(x, w)), y)))[0];
  assert.equal(await error.array(), await expected.array());
  const whole = loss(w);
  assert.equal(leaves(forwardPass(whole)), [whole]);
});

test('the text names nodes, kernels, rules and results', () => {
  const descent = (at: Tensor, rate: Tensor) =>
    sub(at, mul(rate, grad((v: Tensor) => sum(square(sub(v, 1))))(at)));
  assert.is(
    showTape(tapeOf(descent, tensor([1, 2]), tensor(0.1))),
    `given
  %0 argument 1 [2]
  %1 argument 2 []

backward
  kernel 0
    %2 = full(1) [2], forward
    %3 = sub(%0, %2) [2], forward
    %4 = full(1) [], forward
    %5 = reshape(%4) [1]  rule of sum
    %6 = broadcastTo(%5) [2]  rule of sum
    %7 = mul(%6, %3) [2]  rule of mul

update
  kernel 1
    %8 = add(%7, %7) [2]  rule of mul, backward
    %9 = broadcastTo(%1) [2]
    %10 = mul(%9, %8) [2]
    %11 = sub(%0, %10) [2]

results
  result = %11

10 operations in 2 kernels`,
  );
});

test.run();
