/** @file The gauge of matrix factorisation, seen in the Hessian of WRMF and in a certificate. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { eigenvaluesOf } from '../../src/autodiff/hypergradient/solvers/tridiagonal.ts';
import {
  add,
  type Certificate,
  cg,
  concat,
  direct,
  grad,
  hessian,
  hypergradient,
  implicit,
  leaves,
  mapTree,
  matmul,
  mul,
  openDevice,
  readAll,
  reshape,
  setDefaultDevice,
  slice,
  square,
  sub,
  sum,
  type Tensor,
} from '../../src/autodiff/index.ts';
import { initialFactors, type Poison, type WrmfFactors, wrmfLoss } from '../../src/models/index.ts';
import { data, fakeRows, fakes, items, users } from './recommenders.ts';

const device = await openDevice('reference');
setDefaultDevice(device);

const k = 3;
const initial = initialFactors({ users, fakes, items, factors: k }, 0.5, 1);
const clickLoss = wrmfLoss(data, { loss: 'dense', weight: 5 });

/** WRMF by gradient descent to rest, with an L2 penalty or without. */
function wrmf(penalty: number) {
  const loss = (factors: WrmfFactors, poison: Poison): Tensor => {
    const squares = leaves(factors).map((table) => sum(square(table)));
    const norms = squares.reduce((total, part) => add(total, part));
    return add(clickLoss(factors, poison), mul(penalty, norms));
  };
  const problem = {
    inputs: { fakes: fakeRows } as Poison,
    init: () => initial,
    step: (factors: WrmfFactors, poison: Poison) =>
      mapTree((table, slope) => sub(table, mul(0.01, slope)), factors, grad(loss)(factors, poison)),
    steps: 20_000,
    // Of the scores alone, which no rotation of the factors changes.
    objective: (factors: WrmfFactors) =>
      sum(square(matmul(factors.users, factors.items, { transposeB: true }))),
  };
  return { problem, loss };
}

const gauge = (factors: WrmfFactors) => ({
  left: [factors.users, factors.fakes],
  right: [factors.items],
});

const gaugeOf = (certificate: Certificate | undefined) => {
  const found = certificate?.findings.find(({ name }) => name === 'gauge');
  if (!found) throw new Error('no gauge');
  return found;
};

/** Eigenvalues of the Hessian at the trained factors that are 0 beside the largest. */
async function zeroEigenvalues(loss: ReturnType<typeof wrmf>['loss'], at: WrmfFactors) {
  const names = Object.keys(at).sort();
  const flat = (tables: WrmfFactors) =>
    names
      .map((name) => reshape(tables[name], [tables[name].size]))
      .reduce((a, b) => concat(a, b, 0));
  const unpack = (vector: Tensor): WrmfFactors => {
    let from = 0;
    const tables = names.map((name) => {
      const { size, shape } = at[name];
      from += size;
      return [name, reshape(slice(vector, [from - size], [size]), shape)];
    });
    return Object.fromEntries(tables);
  };
  const n = leaves(at).reduce((total, { size }) => total + size, 0);
  const [cells] = await readAll(
    hessian((vector: Tensor) => loss(unpack(vector), { fakes: fakeRows }))(flat(at)),
  );
  const rows = Array.from({ length: n }, (_, i) =>
    Float64Array.from(cells.slice(i * n, (i + 1) * n)),
  );
  const values = eigenvaluesOf(rows);
  return values.filter((value) => Math.abs(value) < 1e-6 * values[n - 1]).length;
}

for (const [penalty, directions, group] of [
  [0.1, (k * (k - 1)) / 2, 'the rotations'],
  [0, k * k, 'all linear maps'],
] as const) {
  test(`WRMF with a penalty of ${penalty} has ${directions} flat directions`, async () => {
    const { problem, loss } = wrmf(penalty);
    const method = implicit({ loss, gauge, solver: cg({ iterations: 200, tolerance: 1e-9 }) });
    const { certificate, state } = await hypergradient(problem, { method });
    assert.is(await zeroEigenvalues(loss, state), directions);
    const found = gaugeOf(certificate);
    assert.is(found.numbers.directions, directions);
    assert.match(found.sentence, group);
    assert.ok(found.numbers.component < 1e-9, `${found.numbers.component}`);
    assert.is(found.level, 'fine');
  });
}

test('an objective that turns with the factors is warned of, off a minimum as well', async () => {
  const { problem, loss } = wrmf(0.1);
  const solver = cg({ iterations: 5 });
  const turning = {
    ...problem,
    steps: 50,
    objective: ({ users: table }: WrmfFactors) => sum(slice(table, [0, 0], [users, 1])),
  };
  const { certificate } = await hypergradient(turning, {
    method: implicit({ loss, gauge, solver }),
  });
  const found = gaugeOf(certificate);
  assert.is(found.level, 'warning');
  assert.is(found.numbers.directions, (k * (k - 1)) / 2);
  assert.ok(found.numbers.component > 0.01);
  assert.match(found.sentence, /which no q can make/);
});

test('tables that are no factorisation of the loss are named, and a singular Hessian is refused', async () => {
  const { problem, loss } = wrmf(0.1);
  const skewed = (factors: WrmfFactors, poison: Poison) =>
    add(loss(factors, poison), sum(slice(factors.users, [0, 0], [users, 1])));
  const short = { ...problem, steps: 20 };
  const { certificate } = await hypergradient(short, {
    method: implicit({ loss: skewed, gauge, solver: cg({ iterations: 5 }) }),
  });
  assert.match(gaugeOf(certificate).sentence, /no factorisation of what it depends on/);
  try {
    await hypergradient(problem, { method: implicit({ loss, solver: direct() }) });
    assert.unreachable('a singular Hessian was solved');
  } catch (error) {
    assert.match((error as Error).message, /direct: the Hessian is singular: 3 of its 39/);
  }
});

test.run();
