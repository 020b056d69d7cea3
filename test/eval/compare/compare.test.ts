/** @file The parts of `hypertape compare`: words of estimators, curves of solvers, findings, report. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  cg,
  compareHypergradients,
  fixedPoint,
  hypergradient,
  implicit,
  likenessOf,
  neumann,
  noData,
  openDevice,
  readAll,
  type Tensor,
} from '../../../src/autodiff/index.ts';
import {
  type ComparedProblem,
  comparisonFindings,
  comparisonReport,
  givenProblem,
  horizonSentence,
  methodsOf,
  neutralProblem,
  neutralProblems,
  solverCurves,
  suitableMethods,
} from '../../../src/eval/index.ts';
import { quadratic, symmetric } from '../../autodiff/hypergradient/problems.ts';
import { failure } from '../../data/temporary.ts';

const device = await openDevice('reference');

/** At rest after some 60 steps: the slowest direction shrinks by 1 - 0.8 * 0.2 a step. */
const { problem, loss } = quadratic(symmetric([0.2, 0.5, 0.7, 1]), [1, -2, 0.5, 3], {
  rate: 0.8,
  steps: 60,
});
const compared = { problem, inner: { loss }, rate: 0.8 } as unknown as ComparedProblem;

test('words make the estimators that they name, and anything else is refused with all words', () => {
  const list =
    'exact,exact:3,truncated:0,truncated:5,partial,drmad,forward,differences,cg:4,normal-cg:4,' +
    'neumann:7,fixed-point:6,nystrom:2,one-step,direct';
  assert.equal(
    methodsOf(compared, list).map(({ name }) => name),
    [
      'exact()',
      'exact({ checkpoints: 3 })',
      'truncated(0)',
      'truncated(5)',
      'partial()',
      'drMad()',
      'forward()',
      'finiteDifferences()',
      'implicit({ solver: cg({ iterations: 4 }) })',
      'implicit({ solver: normalCg({ iterations: 4 }) })',
      'implicit({ solver: neumann({ step: 0.8, terms: 7 }) })',
      'implicit({ solver: fixedPoint({ iterations: 6 }) })',
      'implicit({ solver: nystrom({ rank: 2, rho: 0.001 }) })',
      'implicit({ solver: oneStep() })',
      'implicit({ solver: direct() })',
    ],
  );
  for (const wrong of ['', 'exact,', 'truncated', 'partial:3', 'cg:0', 'toString', 'cg:1.5']) {
    assert.throws(
      () => methodsOf(compared, wrong),
      /methods: expected exact\[:checkpoints\], trun/,
    );
  }
  const bare: ComparedProblem = { problem: compared.problem };
  assert.throws(() => methodsOf(bare, 'cg:3'), /cg.* needs the loss .* give it as loss/);
  const rateless: ComparedProblem = { ...compared, rate: undefined };
  assert.throws(() => methodsOf(rateless, 'neumann:3'), /neumann needs a step .* as rate/);
});

test('what is compared by default fits the problem: no Hessian without a loss, few trainings', () => {
  const names = (of: ComparedProblem) => suitableMethods(of).map(({ name }) => name.split('(')[0]);
  assert.ok(suitableMethods(compared).some(({ name }) => name.includes('direct')));
  assert.ok(names(compared).includes('forward'));
  const long = { problem: { ...compared.problem, steps: 1e6 } };
  assert.not(names(long).includes('forward'));
  const [few, all] = [false, true].map((each) => suitableMethods(compared, { each }));
  const extra = all.filter(({ name }) => !few.some((other) => other.name === name));
  assert.equal(
    extra.map(({ name }) => name.split('(')[0]),
    ['forward', 'finiteDifferences'],
  );
  assert.equal(
    suitableMethods(long).filter(({ name }) => name.includes('cg')),
    [],
  );
  const none = { problem: { ...compared.problem, steps: 0 } };
  assert.equal(names(none), ['exact', 'partial', 'drMad', 'forward', 'finiteDifferences']);
});

test('a point of a curve is that solver on the whole problem, bit for bit', async () => {
  const exact = await hypergradient(problem, { device });
  const [g] = await readAll(exact.gradient);
  const curves = await solverCurves(compared, g, { device });
  const solvers = {
    cg: (iterations: number) => cg({ iterations }),
    neumann: (terms: number) => neumann({ step: 0.8, terms }),
    fixedPoint: (iterations: number) => fixedPoint({ iterations }),
  };
  assert.equal(
    curves.map(({ solver }) => solver),
    ['cg', 'normalCg', 'neumann', 'fixedPoint'],
  );
  for (const { solver, points } of curves) {
    if (!(solver in solvers)) continue;
    for (const { iterations, residual, error } of points) {
      const by = solvers[solver as keyof typeof solvers](iterations);
      const method = implicit(by.matrix === 'map' ? { solver: by } : { loss, solver: by });
      const own = await hypergradient(problem, { device, method });
      const [h] = await readAll(own.gradient);
      assert.is(residual, own.certificate?.residual, `${solver} ${iterations}`);
      assert.is(error, likenessOf(h, g).error, `${solver} ${iterations}`);
    }
  }
  // Four eigenvalues: conjugate gradients are done after four products, and so the curve ends.
  const [{ points }] = curves;
  assert.equal(
    points.map(({ iterations }) => iterations),
    [1, 2, 3, 5],
  );
  assert.ok(points[3].residual < 1e-12);
});

test('a last step that reads its number and its data is the last step of the problem', async () => {
  const batches = [0.1, 0.2, 0.3, 0.4, 0.5];
  const numbered = {
    ...problem,
    steps: 5,
    batch: (step: number) => {
      assert.ok(step in batches, `${step}`);
      return noData;
    },
    step: (w: Tensor, inputs: typeof problem.inputs, _batch: unknown, t: Tensor) =>
      problem.step(w, { x: inputs.x.size > 0 ? inputs.x : t }),
  };
  const of = { problem: numbered } as unknown as ComparedProblem;
  const [g] = await readAll((await hypergradient(numbered, { device })).gradient);
  const [{ points, refused }] = await solverCurves(of, g, { device });
  assert.is(refused, undefined);
  assert.ok(points.length > 3);
});

test('a solver that diverges ends its curve with its reason', async () => {
  const far = { ...compared, rate: 3 };
  const curves = await solverCurves(far, [1, 1, 1, 1], { device });
  const diverging = curves.find(({ solver }) => solver === 'neumann');
  assert.equal(diverging?.points, []);
  assert.match(`${diverging?.refused}`, 'the series diverges');
});

test('the findings and the report say what the numbers are', async () => {
  const comparison = await compareHypergradients(compared.problem, {
    methods: methodsOf(compared, 'exact,truncated:3,truncated:50,cg:4,neumann:3,nystrom:4'),
    device,
    directions: 1,
    again: true,
  });
  const solvers = await solverCurves(compared, comparison.gradient, { device });
  const findings = comparisonFindings(comparison, { solvers, isSingle: false });
  const { fraction } = comparison.curve[10];
  assert.match(findings[0], /^Along random directions retraining gives the slopes/);
  assert.match(
    findings[1],
    new RegExp(
      `^The last 10 of 60 steps see ${(100 * fraction).toFixed(fraction > 0.995 ? 1 : 0)} %`,
    ),
  );
  assert.match(findings.join('\n'), /The training is (not )?at rest/);
  const enough = solvers.map(({ solver, points }) => {
    const first = points.find(({ residual }) => residual <= 0.01);
    return `${solver} ${first?.iterations}`;
  });
  assert.match(findings.join('\n'), `residual below 1 %: ${enough.join(', ')}.`);
  const rows = comparison.rows.filter((row) => row.method.startsWith('exact'));
  assert.is(rows.length, 1);
  const alone = comparisonFindings({ ...comparison, rows }, { solvers: [], isSingle: false });
  assert.match(alone.join('\n'), `Only ${rows[0].method} comes within 1 % of the exact gradient.`);
  assert.not.match(alone.join('\n'), 'fastest');
  const story = {
    name: 'a <quadratic>',
    about: 'four unknowns',
    steps: 60,
    inputs: 4,
    comparison,
    solvers,
    isSingle: false,
    directions: 1,
    facts: [['device', 'reference']] as const,
    command: 'npx hypertape compare',
  };
  const page = await comparisonReport(story);
  assert.match(page, 'Hypergradients of a &lt;quadratic&gt;');
  assert.not.match(page, /<script|NaN|undefined|Infinity/);
  for (const sentence of findings) {
    assert.match(page.replaceAll('\u2011', '-'), sentence.replaceAll('<', '&lt;'));
  }
  // 4 charts of costs, 3 of steps, 2 of solvers.
  assert.is(page.match(/<svg/g)?.length, 9);
  assert.is(page.match(/<details/g)?.length, 3);
  for (const row of comparison.rows) {
    if ('refused' in row) assert.match(page, row.refused);
    else if (row.error > 0) assert.match(page, `<td>${row.error.toExponential(1)}</td>`);
  }
});

test('a gradient of 0 is said to be one, and nothing is measured by it', async () => {
  const still = { ...compared.problem, steps: 0 };
  const methods = methodsOf(compared, 'exact,cg:2');
  const comparison = await compareHypergradients(still, { methods, device, directions: 1 });
  assert.equal(comparisonFindings(comparison, { solvers: [], isSingle: false }), [
    'The exact hypergradient is 0: no estimator has an error relative to it.',
  ]);
});

test('the sentence of a horizon has the numbers of its curve', () => {
  const at = (tau: number, error: number) => ({
    tau,
    error,
    cosine: 1 - error / 10,
    normRatio: 1 - error,
    fraction: 1 - error,
  });
  const curve = [at(0, 1), at(1, 0.4), at(2, 0.005), at(3, 0.02), at(4, 0.009), at(5, 0)];
  assert.is(
    horizonSentence(curve),
    'The last of 5 steps sees 60 % of the exact gradient, with a cosine of 0.9600 and 0.6000 of its ' +
      'norm; an error below 1 % takes the last 4.',
  );
  const near = [at(0, 0.009), at(1, 0.002), at(2, 0)];
  assert.match(
    horizonSentence(near),
    'of its norm; the error is below 1 % however few are differentiated, even none.',
  );
  assert.match(horizonSentence([at(0, 1), at(1, 0.001), at(2, 0)]), 'takes the last.');
  assert.match(
    horizonSentence([at(0, 1), at(1, 0)], { unit: 'epochs' }),
    /^The only epoch sees 100 % of .*; an error below 1 % takes it\.$/,
  );
});

test('every neutral problem is made from its seed, and its gradient is that of forward mode', async () => {
  for (const neutral of neutralProblems) {
    const steps = 2;
    const { problem: made } = neutral.open({ seed: 3, steps }).make();
    assert.is(made.steps, steps, neutral.name);
    const simd = await openDevice('simd', { threads: 1 });
    const { value } = await hypergradient(made, { device: simd });
    const again = await hypergradient(neutral.open({ seed: 3, steps }).make().problem, {
      device: simd,
    });
    const other = await hypergradient(neutral.open({ seed: 4, steps }).make().problem, {
      device: simd,
    });
    assert.is(value, again.value, neutral.name);
    assert.is.not(value, other.value, neutral.name);
  }
  assert.throws(() => neutralProblem('lasso'), /problem lasso is not known: there are logistic-/);
});

test('a module gives a problem, or a function of the options, and what is no problem is refused', async () => {
  const given = { ...compared.problem, loss, rate: 0.8, lossBlocks: [noData] } as never;
  const as = await givenProblem('m.js', given, { seed: 1, steps: 7 });
  assert.is(as.problem.steps, 7);
  assert.equal(Object.keys(as.inner ?? {}), ['loss', 'blocks']);
  assert.not('loss' in as.problem);
  const made = await givenProblem('m.js', () => given, { seed: 1 });
  assert.is(made.problem.steps, 60);
  const wrong = await failure(givenProblem('m.js', { inputs: {} } as never, { seed: 1 }));
  assert.match(wrong.message, 'm.js: expected its default export to be a bilevel problem');
  assert.match(wrong.message, 'init, step, steps, objective are missing');
  const rate = await failure(
    givenProblem('m.js', { ...compared.problem, rate: -1 } as never, { seed: 1 }),
  );
  assert.match(rate.message, 'rate: expected a number above 0, got -1');
});

test.run();
