/** @file `hypertape compare`: the table, the report, one's own module, refusals. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { temporaryFolder } from '../data/temporary.ts';
import { hypertape, jsonOf } from './command.ts';

const folder = temporaryFolder();

test('a problem gets a table, findings, and a report with all that the object has', () => {
  const out = join(folder, 'report.html');
  const words = 'exact,truncated:5,partial,cg:2,neumann:3,nystrom:4';
  const done = hypertape(
    ...['compare', 'logistic-regression', '--steps', '30', '--device', 'reference'],
    ...['--methods', words, '--directions', '1', '--checkpoints', '8', '--threads', '1'],
    ...['--out', out, '--json'],
  );
  assert.is(done.status, 0, done.stderr);
  const result = jsonOf(done);
  assert.equal([result.problem, result.inputs, result.steps], ['logistic-regression', 20, 30]);
  assert.equal([result.rows.length, result.curve.length], [words.split(',').length, 31]);
  assert.equal(
    result.solvers.map(({ solver }: { solver: string }) => solver),
    ['cg', 'normalCg', 'neumann', 'fixedPoint'],
  );
  assert.ok(result.exactRetrainedError < 1e-6, `${result.exactRetrainedError}`);
  // With --json all that is for people is on stderr.
  assert.match(done.stderr, /^estimator +error +cosine/m);
  assert.match(done.stderr, 'The training is not at rest');
  const page = readFileSync(out, 'utf8');
  assert.not.match(page, '<script');
  for (const { method, error } of result.rows) {
    const name = /solver: (.*) \}\)$/.exec(method)?.[1] ?? method;
    assert.match(page, `<code>${name}</code>`);
    if (error > 0) assert.match(page, `<td>${error.toExponential(1)}</td>`);
  }
  // The command that makes the report again has every option that was given, in its order.
  assert.match(page, 'npx hypertape compare logistic-regression --steps 30 --device reference');
  assert.match(page, '--directions 1 --checkpoints 8 --threads 1 --out');
});

test("a module's problem is compared, by its own methods if it names them", () => {
  const module = join(folder, 'problem.mjs');
  writeFileSync(
    module,
    `import { add, grad, mul, square, sub, sum, tensor, truncated, partial } from ${JSON.stringify(
      new URL('../../dist/autodiff.js', import.meta.url).href,
    )};
const loss = (w, { x }) => add(sum(square(sub(w, x))), sum(square(w)));
export default ({ seed, steps = 5 }) => ({
  inputs: { x: tensor([seed, 1]) },
  init: () => tensor([0, 0]),
  step: (w, inputs) => sub(w, mul(0.1, grad(loss)(w, inputs))),
  steps,
  objective: (w) => sum(square(sub(w, 1))),
  loss,
  rate: 0.1,
  methods: [truncated(2), partial()],
});
`,
  );
  const own = hypertape(
    'compare',
    '--problem',
    module,
    '--device',
    'reference',
    '--json',
    '--quiet',
  );
  assert.is(own.status, 0, own.stderr);
  assert.is(own.stderr, '');
  const { rows, steps } = jsonOf(own);
  assert.is(steps, 5);
  assert.equal(
    rows.map(({ method }: { method: string }) => method),
    ['truncated(2)', 'partial()'],
  );
  const named = hypertape(
    ...['compare', '--problem', module, '--steps', '8', '--methods', 'cg:1', '--json'],
    ...['--device', 'reference', '--quiet'],
  );
  assert.is(jsonOf(named).steps, 8);
  assert.match(jsonOf(named).rows[0].method, 'cg({ iterations: 1 })');
});

test('what is no problem or no estimator is refused in one line', () => {
  const empty = join(folder, 'empty.mjs');
  writeFileSync(empty, 'export const steps = 1;\n');
  const wrong = join(folder, 'wrong.mjs');
  writeFileSync(wrong, 'export default { inputs: {} };\n');
  const nothing = join(folder, 'nothing.mjs');
  writeFileSync(nothing, 'throw null;\n');
  const throwing = join(folder, 'throwing.mjs');
  writeFileSync(throwing, 'export default () => { throw new Error("no data\\nhere"); };\n');
  const refused = (message: RegExp, ...args: string[]) => {
    const { status, stderr } = hypertape('compare', ...args);
    assert.is(status, 2, stderr);
    assert.match(stderr, message);
    assert.is(stderr.trim().split('\n').length, 1, stderr);
  };
  refused(/expected one of logistic-regression, quadratic, .*, or --problem/);
  refused(/expected one of/, 'maml', '--problem', wrong);
  refused(/--out x\.pdf: expected a file that ends in \.html/, 'maml', '--out', 'x.pdf');
  refused(/problem lasso is not known: there are logistic-regression/, 'lasso');
  refused(/methods: expected exact\[:checkpoints\], .* got cg$/m, 'maml', '--methods', 'exact,cg');
  refused(/--problem .*none\.mjs: cannot be imported/, '--problem', join(folder, 'none.mjs'));
  refused(/empty\.mjs: expected an export problem, got none/, '--problem', empty);
  refused(/nothing\.mjs: cannot be imported: null$/m, '--problem', nothing);
  refused(/--problem .*throwing\.mjs: no data$/m, '--problem', throwing);
  refused(/wrong\.mjs: expected .* init, step, steps, objective are missing/, '--problem', wrong);
});

test.run();
