/** @file Every estimator on the problems of another framework, whose answers are in the fixtures. */

import { readdirSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  adam,
  attribution,
  cg,
  type Device,
  direct,
  drMad,
  type Estimator,
  exact,
  finiteDifferences,
  fixedPoint,
  forward,
  hypergradient,
  implicit,
  momentum,
  neumann,
  type Optimizer,
  openDevice,
  readAll,
  type Tensor,
  truncated,
} from '../../../src/autodiff/index.ts';
import { externalFolder, testWithFolder } from '../../external-data.ts';
import {
  type AtPoint,
  fixture,
  type HyperCleaning,
  hyperCleaning,
  type LogisticRegression,
  logisticRegression,
  type Through,
} from './problems.ts';

const devices: readonly Device[] = [
  await openDevice('reference'),
  await openDevice('simd', { threads: 1 }),
];

/** The largest difference, relative to the largest entry: 1e-9 in float64, 2e-4 in f32. */
function close(device: Device, got: ArrayLike<number>, expected: readonly number[], what: string) {
  const allowed = device.precision === 'f64' ? 1e-9 : 2e-4;
  // The first share of logistic regression is 0, as its training starts from 0.
  const scale = Math.max(...expected.map(Math.abs)) || 1;
  assert.is(got.length, expected.length, what);
  expected.forEach((value, i) => {
    const error = Math.abs(got[i] - value) / scale;
    assert.ok(error <= allowed, `${what} on ${device.name}, entry ${i}: ${got[i]}, not ${value}`);
  });
}

/** A residual is compared as it is: those of converged solutions are rounding. */
function sameResidual(device: Device, got: number | undefined, expected: number, what: string) {
  const allowed = device.precision === 'f64' ? 1e-9 : 2e-4;
  assert.ok(
    Math.abs((got ?? Number.NaN) - expected) <= allowed,
    `${what}: ${got}, not ${expected}`,
  );
}

const numbersOf = async (tensor: Tensor) => (await readAll(tensor))[0];

testWithFolder(
  test,
  'HYPERTAPE_FIXTURES',
  'logistic regression, every estimator',
  async (folder) => {
    const of = fixture<LogisticRegression>(folder, 'logistic_regression');
    for (const device of devices) {
      const { problem, loss } = logisticRegression(of);
      const rate = of.learning_rate;
      const by = (solver: Parameters<typeof implicit>[0]['solver']) => implicit({ loss, solver });
      const methods: Record<string, Estimator> = { drmad: drMad() };
      for (const k of [1, 5, 10, 20, 50]) methods[`truncated_${k}`] = truncated(k);
      for (const k of [1, 2, 3, 5, 10]) {
        methods[`conjugate_gradient_${k}`] = by(cg({ iterations: k }));
      }
      // The fixture counts the products, of which the first term needs none.
      for (const k of [1, 10, 50, 100]) {
        methods[`neumann_${k}`] = by(neumann({ step: rate, terms: k + 1 }));
      }
      for (const [name, method] of Object.entries(methods)) {
        const { d_h, relative_residual } = of.estimators[name];
        const { value, gradient, certificate } = await hypergradient(problem, { method, device });
        close(device, [value], [of.value], 'the value');
        close(device, await numbersOf(gradient.ridge), d_h, name);
        if (relative_residual !== null) {
          sameResidual(device, certificate?.residual, relative_residual, name);
        }
      }
      for (const method of [exact(), forward()]) {
        const { gradient, value } = await hypergradient(problem, { method, device });
        close(device, await numbersOf(gradient.ridge), of.exact, method.name);
        close(device, [value], [of.value], method.name);
      }
      const differences = await hypergradient(problem, { method: finiteDifferences(), device });
      // Some 32 roundings of the objective in all, over twice the step; its square is far less.
      const epsilon = device.precision === 'f64' ? Number.EPSILON : 2 ** -23;
      const allowed = (32 * epsilon * of.value) / (2 * Math.cbrt(epsilon));
      (await numbersOf(differences.gradient.ridge)).forEach((value: number, i: number) => {
        assert.ok(Math.abs(value - of.exact[i]) <= allowed, `${device.name}, ${i}: ${value}`);
      });
      const terms = await attribution(problem, { device });
      for (const [k, expected] of of.contributions_last_first.entries()) {
        close(device, await numbersOf(terms.share(of.T - 1 - k).ridge), expected, `share ${k}`);
        const norms = [terms.shares[k].adjointNorm, of.adjoint_norms_last_first[k]];
        close(device, [norms[0]], [norms[1]], `adjoint norm ${k}`);
      }
      for (const k of [1, 5, 10, 20, 50]) {
        const { relative_error, cosine } = of.estimators[`truncated_${k}`];
        const curve = terms.curve[k];
        close(device, [curve.error, curve.cosine], [relative_error, cosine], `curve at ${k}`);
      }
      const solved = await hypergradient(problem, { method: by(direct()), device });
      close(device, await numbersOf(solved.gradient.ridge), of.implicit_at_last_step, 'direct');
      // The step's own fixed point: (I - (I - ηA)) q = b, and the mixed derivative has the factor η.
      const fixed = await hypergradient(problem, {
        method: implicit({ solver: fixedPoint({ iterations: 51 }) }),
        device,
      });
      close(
        device,
        await numbersOf(fixed.gradient.ridge),
        of.estimators.neumann_50.d_h,
        'fixedPoint',
      );
    }
  },
);

const folderOf = externalFolder('HYPERTAPE_FIXTURES');
const cleaning = folderOf
  ? readdirSync(folderOf).filter((name) => name.startsWith('hyper_cleaning_'))
  : [];

for (const file of folderOf ? cleaning : ['hyper_cleaning_1.json']) {
  const name = file.replace('.json', '');
  testWithFolder(test, 'HYPERTAPE_FIXTURES', `${name}, through training`, async (folder) => {
    const of = fixture<HyperCleaning>(folder, name);
    const { problem, by } = hyperCleaning(of);
    const optimizers: Record<string, (learningRate: Tensor) => Optimizer> = {
      'exact_momentum_0.9': (learningRate) => momentum({ learningRate, momentum: 0.9 }),
      exact_adam: (learningRate) => adam({ learningRate }),
    };
    for (const device of devices) {
      const check = async (
        run: string,
        {
          value,
          gradient,
        }: Awaited<ReturnType<typeof hypergradient<Tensor, typeof problem.inputs>>>,
      ) => {
        const expected = of.results[run] as Through;
        close(device, [value], [expected.value], run);
        close(device, await numbersOf(gradient.logits), expected.d_weights, run);
        close(device, await numbersOf(gradient.rate), [expected.d_learning_rate], run);
        if (expected.d_initial === null) return;
        close(device, await numbersOf(gradient.initial), expected.d_initial.flat(), run);
      };
      await check('exact_sgd', await hypergradient(problem, { device }));
      for (const k of [1, 5]) {
        const method = truncated(k);
        await check(`truncated_${k}_sgd`, await hypergradient(problem, { method, device }));
      }
      for (const [run, optimizer] of Object.entries(optimizers)) {
        for (const method of [exact(), forward()]) {
          const { value, gradient } = await hypergradient(by(optimizer), { device, method });
          await check(run, { value, gradient } as never);
        }
      }
    }
  });

  testWithFolder(test, 'HYPERTAPE_FIXTURES', `${name}, implicit at both points`, async (folder) => {
    const of = fixture<HyperCleaning>(folder, name);
    const { at, loss } = hyperCleaning(of);
    for (const device of devices) {
      for (const where of ['at_last_step', 'at_optimum'] as const) {
        const point: AtPoint = of.results[where];
        const solve = async (what: string, solver: Parameters<typeof implicit>[0]['solver']) => {
          const method = implicit({ loss, solver });
          const { value, gradient, certificate } = await hypergradient(at(point.point), {
            method,
            device,
          });
          close(device, [value], [point.value], `${where} value`);
          const [expected, residual] =
            what === 'implicit'
              ? [point.implicit, 0]
              : (({ d_weights, relative_residual }) => [d_weights, relative_residual])(
                  point[what] as { d_weights: number[]; relative_residual: number },
                );
          close(device, await numbersOf(gradient.logits), expected as number[], `${where} ${what}`);
          sameResidual(device, certificate?.residual, residual as number, `${where} ${what}`);
        };
        await solve('implicit', direct());
        for (const k of [1, 2, 5, 12]) {
          await solve(`conjugate_gradient_${k}`, cg({ iterations: k }));
        }
        for (const terms of [1, 5, 20]) {
          await solve(`neumann_${terms}`, neumann({ step: of.learning_rate, terms }));
        }
      }
    }
  });
}

test.run();
