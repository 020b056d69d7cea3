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
const training = {
  model: 'wrmf',
  loss: 'dense',
  batches: false,
  optimizer: optimizers.sgd,
  steps: 3,
} as const;
const surrogate = recommender(training);

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
    // Surrogates that may differ are measured in each iteration.
    surrogate: () => [surrogate],
    measure: async () => ({ quality: qualities[call++], figures: { call } }),
  });
  assert.is(measured.best.iteration, 1);
  assert.equal(
    measured.history.map(({ figures }) => figures.call),
    [1, 2, 3, 4],
  );
});

test('more iterations go on from the end of fewer, as if they had been asked for at first', async () => {
  const whole = await learnFakes(start(), options);
  const shorter = await learnFakes(start(), { ...options, iterations: 1 });
  assert.is(shorter.history.length, 2);
  assert.equal(withoutSeconds(await learnFakes(shorter, options)), withoutSeconds(whole));
});

/** The surrogate from the start of another seed. */
const seeded = (seed: number) => recommender({ ...training, seed });

test('several surrogates pull by the sum of their normalised hypergradients', async () => {
  const both = [surrogate, seeded(2)];
  const state = await learnFakes(start(), { ...options, surrogate: both, iterations: 1 });
  const x = cellsOf(start().fakes);
  const velocity = new Float64Array(x.length);
  const losses = [];
  for (const each of both) {
    const inputs = { fakes: tensor(x, [fakes, items]) };
    const objective = adversarialObjective(each, goal, data);
    const { value, gradient } = await hypergradient({ ...each, ...objective, inputs }, { device });
    losses.push(value);
    const g = (await readAll(gradient, { device }))[0];
    for (let row = 0; row < fakes; row++) {
      const own = g.slice(row * items, (row + 1) * items);
      const norm = Math.hypot(...own);
      own.forEach((value, column) => {
        velocity[row * items + column] += value / norm;
      });
    }
  }
  assert.not.equal(losses[0], losses[1]);
  assert.is(state.history[0].loss, (losses[0] + losses[1]) / 2);
  state.velocity.forEach((v, cell) => {
    // Sums of two numbers up to 1, rounded to float32.
    assert.ok(Math.abs(v - velocity[cell]) <= 2 ** -23, `cell ${cell}`);
  });
});

test('surrogates of an iteration are asked for by its number, at resuming too', async () => {
  const learn = async (state: AttackState, iterations: number) => {
    const asked = new Set<number>();
    const by = (iteration: number) => {
      asked.add(iteration);
      return [seeded(1 + iteration)];
    };
    await learnFakes(state, { ...options, surrogate: by, iterations });
    return [...asked];
  };
  const [whole, cut] = [start(), start()];
  assert.equal(await learn(whole, 3), [0, 1, 2, 3]);
  await learn(cut, 1);
  assert.equal(await learn(cut, 3), [1, 2, 3]);
  assert.equal(withoutSeconds(cut), withoutSeconds(whole));
  const first = await learnFakes(start(), { ...options, surrogate: seeded(2), iterations: 1 });
  assert.is(whole.history.length, 4);
  assert.not.equal(whole.history[1].loss, first.history[1].loss);
});

test('the best are those of a held-out recommender, measured as a surrogate is', async () => {
  const other = seeded(2);
  const { history, best } = await learnFakes(start(), { ...options, heldOut: [other] });
  const alone = await learnFakes(start(), options);
  assert.equal(
    history.map(({ loss }) => loss),
    alone.history.map(({ loss }) => loss),
  );
  const first = await learnFakes(start(), { ...options, surrogate: other, iterations: 1 });
  assert.is(history[0].heldOut?.loss, first.history[0].loss);
  const losses = history.map(({ heldOut }) => heldOut?.loss as number);
  assert.is(best.iteration, losses.indexOf(Math.min(...losses)));
  const qualities = [1, 9, 2, 8, 3, 5, 4, 1];
  let call = 0;
  const measured = await learnFakes(start(), {
    ...options,
    surrogate: () => [surrogate],
    heldOut: [other],
    measure: async () => ({ quality: qualities[call++], figures: { call } }),
  });
  // Each iteration measures the surrogate, then the held-out recommender.
  assert.is(measured.best.quality, 9);
  assert.equal(
    measured.history.map(({ figures, heldOut }) => [figures.call, heldOut?.figures.call]),
    [
      [1, 2],
      [3, 4],
      [5, 6],
      [7, 8],
    ],
  );
});

test('the share of the gradient on the targets is recorded, but for the last fake users', async () => {
  const { history } = await learnFakes(start(), { ...options, surrogate: () => [surrogate] });
  const inputs = { fakes: tensor(cellsOf(start().fakes), [fakes, items]) };
  const objective = adversarialObjective(surrogate, goal, data);
  const { gradient } = await hypergradient({ ...surrogate, ...objective, inputs }, { device });
  const g = Float64Array.from((await readAll(gradient, { device }))[0]);
  const shares = Array.from({ length: fakes }, (_, row) => {
    const squares = g.slice(row * items, (row + 1) * items).map((x) => x ** 2);
    return (squares[1] + squares[4]) / squares.reduce((a, b) => a + b, 0);
  });
  const mean = shares.reduce((a, b) => a + b, 0) / fakes;
  assert.ok(Math.abs((history[0].targetShare as number) - mean) < 1e-12);
  assert.equal(
    history.map(({ targetShare }) => targetShare === undefined),
    [false, false, false, true],
  );
});

/** An attack that measures in each training, and how often it did. */
async function trainings(changes: Partial<AttackOptions<Tree>>) {
  let count = 0;
  const measure = async () => ({ quality: 0, figures: { training: ++count } });
  const state = await learnFakes(start(), { ...options, ...changes, measure });
  return { count, state };
}

test('fake users that no later update can change end the attack', async () => {
  // Steps of at most 0.001 / (1 - 0.5) move no entry over the threshold.
  const tiny = { learningRate: 1e-3, projection: { kind: 'threshold', rho: 0.5 } } as const;
  const { count, state } = await trainings({ ...tiny, iterations: 20 });
  assert.is(count, 1);
  assert.equal([state.settled, state.iteration, state.history.length], [true, 0, 1]);
  const after = await learnFakes(copy(state), { ...options, ...tiny, iterations: 90 });
  assert.equal(after, state);
  // Without that knowledge they are the same after all iterations.
  const by = () => [surrogate];
  const long = await trainings({ ...tiny, surrogate: by, iterations: 20 });
  assert.equal([long.state.settled, long.count], [false, 21]);
  assert.equal(long.state.fakes, state.fakes);
});

test('fake users that only the growing momentum will change are not measured again', async () => {
  const slow = { learningRate: 0.05, momentum: 0.9, iterations: 12 };
  const projection = { kind: 'threshold', rho: 0.1 } as const;
  const { count, state } = await trainings({ ...slow, projection });
  const always = await trainings({ ...slow, projection, surrogate: () => [surrogate] });
  assert.ok(count < always.count, `${count} of ${always.count} trainings`);
  const first = always.state.history[0].clicks;
  const moved = always.state.history.findIndex(({ clicks }) => clicks !== first);
  assert.ok(moved > 2, `first moved by update ${moved}`);
  const effects = ({ history }: AttackState) => history.map(({ clicks, loss }) => [clicks, loss]);
  assert.ok(state.history.length > moved, 'it went on until they moved');
  assert.equal(effects(state), effects(always.state).slice(0, state.history.length));
  assert.equal(state.fakes, always.state.fakes);
});

test('clicks on the targets are kept', async () => {
  const state = await learnFakes(start(), { ...options, clickTargets: true });
  for (let fake = 0; fake < fakes; fake++) {
    const row = cellsOf(state.fakes).slice(fake * items, (fake + 1) * items);
    for (const target of [1, 4]) assert.is(row[target], 1);
    // They are part of the three clicks that the projection allows.
    assert.is(row.filter((cell) => cell === 1).length, 3);
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
