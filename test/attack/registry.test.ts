/** @file Laws that every heuristic of the registry keeps, on clicks of any shape. */

import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type Allowance,
  allowedOf,
  attackKind,
  attackKinds,
  attackNames,
  attackSettings,
  budgetFor,
  craftFakes,
  type Goal,
  usedOf,
} from '../../src/attack/index.ts';
import { random } from '../../src/data/random.ts';
import { fromPairs, rowOf, type SparseMatrix } from '../../src/data/sparse.ts';
import { settingDefinitions } from '../../src/models/index.ts';

const heuristics = attackKinds.filter(({ family }) => family === 'heuristic');

/** Clicks, targets that promote or demote, and a budget, all of any size that fits. */
const cases = fc
  .record({ users: fc.integer({ min: 1, max: 12 }), items: fc.integer({ min: 2, max: 15 }) })
  .chain(({ users, items }) =>
    fc.record({
      train: fc
        .array(fc.tuple(fc.nat(users - 1), fc.nat(items - 1)), { minLength: 1, maxLength: 60 })
        .map((pairs) => fromPairs(pairs, users, items)),
      targets: fc.uniqueArray(fc.nat(items - 1), { minLength: 1, maxLength: 3 }),
      kind: fc.constantFrom('promote' as const, 'demote' as const),
      fakes: fc.integer({ min: 1, max: 20 }),
      allowance: fc.oneof(
        fc.constantFrom<Allowance>('genuine', 'free'),
        fc.integer({ min: Math.min(3, items), max: items }),
      ),
      seed: fc.nat(1000),
    }),
  );

const rowsOf = (matrix: SparseMatrix) =>
  Array.from({ length: matrix.rows }, (_, row) => [...rowOf(matrix, row)]);

for (const kind of heuristics) {
  test(`${kind.name} keeps the budget, clicks what it promotes and not what it demotes`, async () => {
    await fc.assert(
      fc.asyncProperty(
        cases,
        async ({ train, targets, kind: goalKind, fakes, allowance, seed }) => {
          const goal: Goal = { kind: goalKind, targets };
          const budget = budgetFor(train, fakes, allowance, goal, random(seed));
          const context = { train, goal, budget, seed };
          const made = await craftFakes(kind, context);
          assert.is(made.columns, train.columns);
          assert.ok(made.values.every((value) => value === 1));
          const rows = rowsOf(made);
          assert.is(rows.length, fakes);
          rows.forEach((row, fake) => {
            assert.equal(
              row,
              [...new Set(row)].sort((a, b) => a - b),
            );
            assert.ok(row.length <= budget.lengths[fake]);
            for (const target of targets) {
              assert.is(row.includes(target), goalKind === 'promote', `${row}`);
            }
          });
          assert.ok(usedOf(made).clicks <= allowedOf(budget).clicks);
          assert.equal(await craftFakes(kind, context), made);
        },
      ),
      { numRuns: 60 },
    );
  });
}

/** Heuristics whose fillers do not end before the catalogue does. */
const filling = heuristics.filter(({ name }) => !['copy', 'power-user'].includes(name));

for (const kind of filling) {
  test(`${kind.name} uses all of its budget`, async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ train, targets, fakes, allowance, seed }) => {
        const goal: Goal = { kind: 'promote', targets };
        const budget = budgetFor(train, fakes, allowance, goal, random(seed));
        const made = await craftFakes(kind, { train, goal, budget, seed });
        assert.equal(usedOf(made), allowedOf(budget));
      }),
      { numRuns: 40 },
    );
  });
}

test('targets that come twice or lie outside of the catalogue are refused', async () => {
  const train = fromPairs([[0, 0]], 1, 4);
  const budget = budgetFor(train, 2, 3, { kind: 'promote', targets: [1] }, random(1));
  for (const [targets, message] of [
    [[1, 3, 1], /promote: target item 1 comes twice: give it once/],
    [[4], /target item 4 is outside the catalogue of 4 items/],
    [[], /promote: expected at least one target/],
  ] as const) {
    const context = { train, goal: { kind: 'promote' as const, targets }, budget, seed: 1 };
    const error = await craftFakes(attackKind('random-filler'), context).catch((e: Error) => e);
    assert.match((error as Error).message, message);
  }
});

test('an attack that overspends is an error of ours', async () => {
  const train = fromPairs([[0, 0]], 1, 4);
  const goal: Goal = { kind: 'promote', targets: [1] };
  const budget = budgetFor(train, 2, 1, goal, random(1));
  const refused = async (fakes: SparseMatrix, message: RegExp) => {
    const kind = { ...attackKinds[0], name: 'broken', craft: () => fakes };
    const error = await craftFakes(kind, { train, goal, budget, seed: 1 }).catch((e: Error) => e);
    assert.match((error as Error).message, message);
  };
  await refused(
    fromPairs(
      [
        [1, 0],
        [1, 1],
      ],
      2,
      4,
    ),
    /^internal: broken: fake user 1: 2 clicks of 1/,
  );
  await refused(fromPairs([], 3, 4), /internal: broken: 3 fake users, not 2/);
  const twice = { ...fromPairs([[0, 1]], 2, 4), indices: Int32Array.of(1, 1) };
  const wide = budgetFor(train, 2, 2, goal, random(1));
  const kind = {
    ...attackKinds[0],
    name: 'broken',
    craft: () => ({ ...twice, indptr: Int32Array.of(0, 2, 2) }),
  };
  const error = await craftFakes(kind, { train, goal, budget: wide, seed: 1 }).catch((e) => e);
  assert.match(error.message, /fake user 0: items do not ascend/);
});

test('attacks are known by name, and their settings are in the table', () => {
  assert.is(new Set(attackNames).size, attackNames.length);
  for (const kind of attackKinds) {
    assert.is(attackKind(kind.name), kind);
    for (const name of Object.keys(kind.defaults)) assert.ok(name in attackSettings, name);
  }
  // Both are options of one command.
  for (const name of Object.keys(attackSettings)) assert.not.ok(name in settingDefinitions, name);
  assert.throws(() => attackKind('magic'), /attack magic is not known; there are random-filler/);
});

test('a learned attack asks for what it learns through', async () => {
  const train = fromPairs([[0, 0]], 1, 4);
  const goal: Goal = { kind: 'promote', targets: [1] };
  const budget = budgetFor(train, 2, 'free', goal, random(1));
  for (const kind of attackKinds.filter(({ family }) => family === 'learned')) {
    const error = await craftFakes(kind, { train, goal, budget, seed: 1 }).catch((e) => e);
    assert.match(error.message, /expected what to learn through/);
  }
});

test.run();
