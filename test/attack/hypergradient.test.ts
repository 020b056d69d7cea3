/** @file Laws of the hypergradient: every way to take it agrees, on small recommenders. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { fewestAdvances } from '../../src/autodiff/hypergradient/revolve.ts';
import {
  add,
  type BilevelProblem,
  compiledPlans,
  directionalDerivative,
  type Estimator,
  exact,
  grad,
  type HostArray,
  hypergradient,
  mapTree,
  mul,
  noData,
  openDevice,
  partial,
  readAll,
  setDefaultDevice,
  square,
  stopGradient,
  sum,
  type Tensor,
  type Tree,
  tensor,
  train,
  truncated,
  valueAndGrad,
} from '../../src/autodiff/index.ts';
import { cellsOf } from '../../src/autodiff/tape/tree.ts';
import { Draw } from '../autodiff/draw.ts';
import { fakeRows, inBlocks, optimizers, type Problem, problem, variants } from './problems.ts';

const device = await openDevice('reference');
setDefaultDevice(device);

const steps = 4;

/**
 * Two graphs of one run add up the same numbers in another order: some 200 roundings of a number
 * in each of the steps, there and back, and again in the derivative, relative to the largest entry.
 */
const tolerance = 200 * steps * 4 * Number.EPSILON;

function close(got: HostArray, expected: HostArray): void {
  const scale = Math.max(...Float64Array.from(expected, Math.abs));
  assert.ok(scale > 0, 'a hypergradient of zeros shows nothing');
  expected.forEach((value: number, i: number) => {
    const apart = Math.abs(got[i] - value) / scale;
    assert.ok(apart <= tolerance, `${got[i]} is not ${value}: ${apart} of the largest entry`);
  });
}

async function solve<R extends Tree, D extends Tree>(
  of: BilevelProblem<Tree, Problem['inputs'], R, Tree, D>,
  method: Estimator = exact(),
) {
  const { value, gradient, cost } = await hypergradient(of, { method });
  const [numbers] = await readAll(gradient);
  return { value, numbers: Float64Array.from(numbers), cost };
}

/** The run written out on the tape; the state after `cut` steps counts as a constant. */
async function taped(of: Problem, cut = 0) {
  const run = (inputs: Problem['inputs']): Tensor => {
    let state: Tree = of.init(inputs);
    for (let step = 0; step < of.steps; step++) {
      if (step === cut && cut > 0) state = mapTree(stopGradient, state);
      state = of.step(state, inputs, of.batch?.(step) ?? noData, tensor(step));
    }
    if (cut === of.steps) state = mapTree(stopGradient, state);
    return of.objective(state, inputs, noData);
  };
  const { value, gradient } = valueAndGrad(run)(of.inputs);
  const [[number], numbers] = await readAll([value, gradient]);
  return { value: number, numbers };
}

for (const { name, ...options } of variants) {
  const of = problem({ ...options, steps });

  test(`exact is the derivative of the loop on the tape (${name})`, async () => {
    const [unrolled, tape] = [await solve(of), await taped(of)];
    close(Float64Array.of(unrolled.value), Float64Array.of(tape.value));
    close(unrolled.numbers, tape.numbers);
  });

  test(`checkpoints change nothing, bit for bit (${name})`, async () => {
    const all = await solve(of);
    for (let checkpoints = 1; checkpoints <= steps + 1; checkpoints++) {
      const some = await solve(of, exact({ checkpoints }));
      assert.is(some.value, all.value);
      assert.equal([...some.numbers], [...all.numbers]);
      const held = Math.min(checkpoints, steps);
      assert.is(some.cost.heldStates, held);
      assert.is(some.cost.forwardSteps, fewestAdvances(steps, held) + 1);
    }
    const cut = await solve(of, truncated(3));
    for (let checkpoints = 1; checkpoints <= 4; checkpoints++) {
      const some = await solve(of, truncated(3, { checkpoints }));
      assert.equal([...some.numbers], [...cut.numbers]);
      const held = Math.min(checkpoints, 3);
      assert.is(some.cost.heldStates, held);
      assert.is(some.cost.forwardSteps, steps - 3 + fewestAdvances(3, held) + 1);
    }
  });

  test(`truncated is the tape with a constant state, from partial to exact (${name})`, async () => {
    const all = await solve(of);
    for (let depth = 1; depth <= steps; depth++) {
      const cut = await solve(of, truncated(depth));
      close(cut.numbers, (await taped(of, steps - depth)).numbers);
      assert.is(cut.value, all.value);
    }
    assert.equal([...(await solve(of, truncated(steps))).numbers], [...all.numbers]);
    assert.equal([...(await solve(of, truncated(steps + 9))).numbers], [...all.numbers]);
  });

  test(`partial is the objective’s direct dependence (${name})`, async () => {
    const { numbers, cost } = await solve(of, partial());
    assert.equal([...numbers], [...(await solve(of, truncated(0))).numbers]);
    assert.is(cost.heldStates, 0);
    if (options.model === 'wrmf') assert.ok(numbers.every((value) => value === 0));
    else {
      const state = await train(of, of.inputs, device);
      const [direct] = await readAll(
        grad((at: Problem['inputs']) => of.objective(state, at, noData))(of.inputs),
      );
      close(numbers, direct);
    }
  });

  test(`forward mode gives the inner product with the hypergradient (${name})`, async () => {
    const { value, numbers } = await solve(of);
    const direction = new Draw(3).uniform(fakeRows.shape);
    const along = await directionalDerivative(of, { fakes: direction });
    const [d] = await readAll(direction);
    const terms = numbers.map((cell, i) => cell * d[i]);
    const inner = terms.reduce((a, b) => a + b, 0);
    const scale = terms.reduce((a, b) => a + Math.abs(b), 0);
    assert.ok(Math.abs(along.derivative - inner) <= tolerance * scale);
    close(Float64Array.of(along.value), Float64Array.of(value));
  });
}

for (const model of ['wrmf', 'item-ae'] as const) {
  for (const batches of [false, true]) {
    const kind = `${model}, ${batches ? 'minibatches' : 'full batch'}`;
    test(`implicit zeros are the dense loss in value and hypergradient (${kind})`, async () => {
      for (const optimizer of Object.values(optimizers)) {
        const dense = await solve(problem({ model, batches, optimizer, steps, loss: 'dense' }));
        const sparse = await solve(
          problem({ model, batches, optimizer, steps, loss: 'implicit-zeros' }),
        );
        close(Float64Array.of(sparse.value), Float64Array.of(dense.value));
        close(sparse.numbers, dense.numbers);
      }
    });
  }
}

const small = { model: 'wrmf', loss: 'dense', batches: false, optimizer: optimizers.sgd } as const;

test('an objective in blocks is the sum of its parts', async () => {
  for (const model of ['wrmf', 'item-ae'] as const) {
    const options = { ...small, model, steps };
    const whole = await solve(problem(options));
    const parts = await solve(inBlocks(options));
    close(Float64Array.of(parts.value), Float64Array.of(whole.value));
    close(parts.numbers, whole.numbers);
    const direction = { fakes: new Draw(3).uniform(fakeRows.shape) };
    const [one, other] = [
      await directionalDerivative(problem(options), direction),
      await directionalDerivative(inBlocks(options), direction),
    ];
    close(Float64Array.of(other.derivative), Float64Array.of(one.derivative));
  }
});

test('plans grow neither with the steps nor on a second use', async () => {
  const fresh = await openDevice('reference');
  for (const { name, ...options } of variants) {
    const run = async (count: number, method: Estimator) => {
      await hypergradient(problem({ ...options, steps: count }), { method, device: fresh });
      return compiledPlans(fresh);
    };
    const first = await run(2, exact());
    assert.is(await run(2, exact()), first, name);
    assert.is(await run(7, exact()), first, name);
    assert.is(await run(7, exact({ checkpoints: 2 })), first, name);
    assert.is(await run(7, truncated(3)), first, name);
    assert.is(await run(7, truncated(3, { checkpoints: 1 })), first, name);
  }
});

/** p <- p - 0.1 (p - x), from p = x^2: a run whose start depends on its inputs. */
const started = (count: number) => ({
  inputs: { x: tensor([2, 3]) },
  init: ({ x }: { x: Tensor }) => ({ p: square(x) }),
  step: ({ p }: { p: Tensor }, { x }: { x: Tensor }) => ({ p: add(mul(0.9, p), mul(0.1, x)) }),
  objective: ({ p }: { p: Tensor }) => sum(p),
  steps: count,
});

test('inputs that shape the first state count, with any number of steps', async () => {
  for (const count of [0, 1, 2, 5]) {
    // p_n = 0.9^n x^2 + (1 - 0.9^n) x.
    const kept = 0.9 ** count;
    const expected = Float64Array.of(4 * kept + 1 - kept, 6 * kept + 1 - kept);
    const all = await hypergradient(started(count));
    close((await readAll(all.gradient))[0], expected);
    const cut = await hypergradient(started(count), { method: truncated(count) });
    close((await readAll(cut.gradient))[0], expected);
    const direct = await hypergradient(started(count), { method: partial() });
    assert.equal([...(await readAll(direct.gradient))[0]], [0, 0]);
  }
});

test('a byte budget holds as many states as it pays for', async () => {
  const of = problem({ ...small, steps: 9 });
  const bytes = 8 * cellsOf(of.init(of.inputs));
  const all = await solve(of);
  for (const affordable of [1, 2, 4, 9, 20]) {
    const some = await solve(of, exact({ checkpoints: { bytes: affordable * bytes + 7 } }));
    assert.is(some.cost.heldStates, Math.min(affordable, 9));
    assert.equal([...some.numbers], [...all.numbers]);
    const cut = await solve(of, truncated(5, { checkpoints: { bytes: affordable * bytes } }));
    assert.is(cut.cost.heldStates, Math.min(affordable, 5));
  }
  await refused(of, exact({ checkpoints: { bytes: bytes - 1 } }), /one state takes/);
  await refused(of, truncated(2, { checkpoints: { bytes: bytes - 1 } }), /one state takes/);
});

test('methods that do not fit are a RangeError', async () => {
  const of = problem({ ...small, steps });
  await refused(of, exact({ checkpoints: 0 }), /checkpoints/);
  await refused(of, exact({ checkpoints: 1.5 }), /checkpoints/);
  await refused(of, truncated(2, { checkpoints: 0 }), /checkpoints/);
  await refused(of, truncated(-1), /truncated.*-1/);
  await refused(of, truncated(0.5), /truncated.*0.5/);
});

async function refused(of: Problem, method: Estimator, message: RegExp) {
  const error = await hypergradient(of, { method }).catch((reason: Error) => reason);
  assert.instance(error, RangeError);
  assert.match((error as RangeError).message, message);
}

test.run();
