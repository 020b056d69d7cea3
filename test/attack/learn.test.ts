/** @file Algorithm 1: the loop written out, resuming, the best fake users, what is refused. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type AttackOptions,
  type AttackState,
  adversarialObjective,
  type Clicks,
  denseClicks,
  learnFakes,
  startAttack,
} from '../../src/attack/index.ts';
import {
  exact,
  hypergradient,
  openDevice,
  readAll,
  type Tree,
  tensor,
} from '../../src/autodiff/index.ts';
import { fromDense } from '../../src/data/sparse.ts';
import { data, fakes, goal, items, optimizers, recommender } from './problems.ts';

const device = await openDevice('reference');
const surrogate = recommender({
  model: 'wrmf',
  loss: 'dense',
  batches: false,
  optimizer: optimizers.sgd,
  steps: 3,
});

const options: AttackOptions<Tree> = {
  train: data,
  surrogate,
  goal,
  method: exact(),
  iterations: 3,
  learningRate: 2,
  momentum: 0.5,
  projection: { kind: 'top', clicks: 3 },
  normalizeRows: true,
  clickTargets: false,
  device,
};

const start = () =>
  startAttack(
    fromDense(
      Float64Array.from({ length: fakes * items }, (_, cell) => (cell % 5 === 0 ? 1 : 0)),
      fakes,
      items,
    ),
  );

const cellsOf = (clicks: Clicks): Float64Array => Float64Array.from(denseClicks(clicks));

/** A copy that later iterations do not change. */
const copy = (state: AttackState): AttackState => structuredClone(state);
const withoutSeconds = (state: AttackState) => ({
  ...state,
  history: state.history.map((record) => ({ ...record, seconds: 0 })),
});

test('an update is a step along the normalised hypergradient with momentum, then projected', async () => {
  const states: AttackState[] = [];
  await learnFakes(start(), { ...options, onIteration: (state) => void states.push(copy(state)) });
  let x = cellsOf(start().fakes);
  let { velocity } = start();
  for (const [iteration, state] of states.entries()) {
    const inputs = { fakes: tensor(x, [fakes, items]) };
    const objective = adversarialObjective(surrogate, goal, data);
    const { value, gradient } = await hypergradient(
      { ...surrogate, ...objective, inputs },
      { device },
    );
    assert.is(state.history[iteration].loss, value);
    assert.is(state.history[iteration].iteration, iteration);
    if (iteration === options.iterations) break;
    const g = Float64Array.from((await readAll(gradient, { device }))[0]);
    const norm = (cell: number) => {
      const from = cell - (cell % items);
      return Math.sqrt(g.slice(from, from + items).reduce((sum, value) => sum + value * value, 0));
    };
    velocity = velocity.map((v, cell) => 0.5 * v + (1 / norm(cell)) * g[cell]);
    // The momentum is float32: `map` rounds to it.
    const moved = x.map((value, cell) => value - 2 * velocity[cell]);
    x = moved.map((value, cell) => {
      const row = moved.slice(cell - (cell % items), cell - (cell % items) + items);
      const above = row.filter(
        (other, item) => other > value || (other === value && item < cell % items),
      );
      return above.length < 3 ? 1 : 0;
    });
    assert.equal([...state.velocity], [...velocity]);
    assert.equal([...cellsOf(state.fakes)], [...x]);
  }
  assert.is(states.length, options.iterations + 1);
});

test('an attack that goes on from any state ends as one that was not interrupted', async () => {
  const states: AttackState[] = [];
  const whole = await learnFakes(start(), {
    ...options,
    onIteration: (state) => void states.push(copy(state)),
  });
  for (const state of states) {
    const resumed = await learnFakes(state, options);
    assert.equal(withoutSeconds(resumed), withoutSeconds(whole));
  }
});

test('the best fake users are those of the highest quality, by default of the lowest loss', async () => {
  const { best, history } = await learnFakes(start(), options);
  const losses = history.map(({ loss }) => loss);
  assert.is(best.iteration, losses.indexOf(Math.min(...losses)));
  assert.is(best.quality, -Math.min(...losses));
  const qualities = [1, 7, 7, 3];
  let call = 0;
  const measured = await learnFakes(start(), {
    ...options,
    measure: async () => ({ quality: qualities[call++], figures: { call } }),
  });
  assert.is(measured.best.iteration, 1);
  assert.equal(
    measured.history.map(({ figures }) => figures.call),
    [1, 2, 3, 4],
  );
});

test('clicks on the targets are kept', async () => {
  const state = await learnFakes(start(), { ...options, clickTargets: true });
  for (let fake = 0; fake < fakes; fake++) {
    for (const target of [1, 4]) {
      assert.is(cellsOf(state.fakes)[fake * items + target], 1);
    }
  }
});

test('goals outside of the catalogue and losses that are not finite are refused', async () => {
  const refused = async (changes: Partial<AttackOptions<Tree>>, message: RegExp) => {
    const error = await learnFakes(start(), { ...options, ...changes }).catch((e: Error) => e);
    assert.instance(error, Error);
    assert.match((error as Error).message, message);
  };
  await refused({ goal: { kind: 'promote', targets: [] } }, /at least one target/);
  await refused({ goal: { kind: 'demote', targets: [items] } }, /target item 6 is outside/);
  const factors: typeof surrogate.factors = (state, poison) => {
    const { users, items: rows } = surrogate.factors(state, poison);
    return {
      users: tensor(new Float64Array(users.size).fill(Number.NaN), users.shape),
      items: rows,
    };
  };
  await refused(
    { surrogate: { ...surrogate, factors } },
    /iteration 0: hypergradient: the value is NaN: .* was given as NaN .* in objective/,
  );
});

test.run();
