/** @file The attack through adversarial training: its hypergradient against retrained differences. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { adversarialObjective, type Goal } from '../../src/attack/index.ts';
import {
  directionalDerivative,
  exact,
  hypergradient,
  openDevice,
  readAll,
  setDefaultDevice,
  tensor,
  train,
} from '../../src/autodiff/index.ts';
import { type Settings, type Surrogate, surrogateKind } from '../../src/models/index.ts';
import { Draw } from '../autodiff/draw.ts';
import { data, fakeRows, fakes, items } from '../models/recommenders.ts';

const device = await openDevice('reference');
setDefaultDevice(device);

const goal: Goal = { kind: 'promote', targets: [1, 4] };

/** Three epochs in two or three steps each, the first of them without perturbations. */
const small = { factors: 3, epochs: 3, deviation: 0.5, learningRate: 0.05, pretraining: 1 };

function problem(name: string, batchSize: number | 'all', loss: string, own: Settings = {}) {
  const kind = surrogateKind(name);
  const settings = {
    ...kind.synthetic,
    ...small,
    batchSize,
    loss,
    epsilon: 0.4,
    weight: 5,
    ...own,
  };
  const surrogate = kind.differentiable(data, fakes, settings, 1);
  return { surrogate, ...adversarialObjective(surrogate, goal, data) };
}

type Attack = ReturnType<typeof problem>;

/** The adversarial loss after training on these fake users: nothing is differentiated. */
async function retrained({ surrogate, ...objective }: Attack, rows: Float64Array, width: number) {
  const inputs = { fakes: tensor(rows, [fakes, width]) };
  const state = await train(surrogate as Surrogate, inputs, device);
  const read = surrogate.factors(state, inputs);
  const [block] = objective.blocks ?? [];
  return objective.objective(read, inputs, block).item();
}

/** Fourth-order central differences of step h: the truncation is h^4, the rounding eps / h. */
async function difference(of: Attack, rows: Float64Array, width: number, cell: number) {
  const h = 3e-4;
  const at = (shift: number) => {
    const moved = rows.slice();
    moved[cell] += shift;
    return retrained(of, moved, width);
  };
  const near = (await at(h)) - (await at(-h));
  const far = (await at(2 * h)) - (await at(-2 * h));
  return (8 * near - far) / (12 * h);
}

for (const name of ['wrmf-apr', 'wrmf-vat']) {
  for (const [batchSize, loss] of [
    ['all', 'dense'],
    [3, 'implicit-zeros'],
  ] as const) {
    test(`the attack through ${name} is what retraining gives (${batchSize}, ${loss})`, async () => {
      const of = problem(name, batchSize, loss);
      const { gradient } = await hypergradient(
        { ...of.surrogate, ...of, inputs: { fakes: fakeRows } },
        { method: exact() },
      );
      const [[numbers], [rows]] = [await readAll(gradient), await readAll([fakeRows])];
      const scale = Math.max(...[...numbers].map(Math.abs));
      let worst = 0;
      for (let cell = 0; cell < rows.length; cell++) {
        const retrain = await difference(of, Float64Array.from(rows), items, cell);
        worst = Math.max(worst, Math.abs(retrain - numbers[cell]) / scale);
      }
      assert.ok(worst < 1e-6, `differs by ${worst} of the largest entry`);
    });
  }

  test(`${name}: a perturbation taken for a number changes the derivative, not the training`, async () => {
    const [exactly, cut] = await Promise.all(
      (['differentiated', 'constant'] as const).map(async (perturbation) => {
        const of = problem(name, 'all', 'dense', { perturbation });
        const { value, gradient } = await hypergradient(
          { ...of.surrogate, ...of, inputs: { fakes: fakeRows } },
          { method: exact() },
        );
        return { value, numbers: [...(await readAll(gradient))[0]] as number[] };
      }),
    );
    assert.is(cut.value, exactly.value);
    const scale = Math.max(...exactly.numbers.map(Math.abs));
    const apart = exactly.numbers.map((x, i) => Math.abs(x - cut.numbers[i]) / scale);
    // Measured: a third of the largest entry. A tenth tells it from every rounding.
    assert.ok(Math.max(...apart) > 0.1);
  });

  test(`${name}: forward mode and checkpoints give the same`, async () => {
    const of = problem(name, 3, 'implicit-zeros');
    const bilevel = { ...of.surrogate, ...of, inputs: { fakes: fakeRows } };
    const all = await hypergradient(bilevel, { method: exact() });
    const few = await hypergradient(bilevel, { method: exact({ checkpoints: 2 }) });
    const [a, b] = [(await readAll(all.gradient))[0], (await readAll(few.gradient))[0]];
    assert.equal([...b], [...a]);
    const direction = new Draw(3).uniform(fakeRows.shape);
    const along = await directionalDerivative(bilevel, { fakes: direction });
    const [d] = await readAll([direction]);
    const terms = [...a].map((x, i) => x * d[i]);
    const inner = terms.reduce((x, y) => x + y, 0);
    const size = terms.reduce((x, y) => x + Math.abs(y), 0);
    assert.ok(Math.abs(along.derivative - inner) <= 1e-11 * size);
  });
}

test.run();
