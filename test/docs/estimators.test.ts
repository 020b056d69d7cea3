/** @file docs/hypergradients.md has a row for every estimator, every solver and every finding. */

import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as solvers from '../../src/autodiff/hypergradient/solvers/index.ts';
import { cg, hypergradient, implicit, openDevice, tensor } from '../../src/autodiff/index.ts';

const page = readFileSync('docs/hypergradients.md', 'utf8');
const folder = 'src/autodiff/hypergradient';

const hasRow = (name: string) => assert.match(page, new RegExp(`^\\| \`${name}[(\`]`, 'm'), name);

test('estimators', () => {
  const files = readdirSync(`${folder}/estimators`).filter((file) => file !== 'estimator.ts');
  assert.ok(files.length >= 7);
  for (const file of files) {
    const name = file.replace('.ts', '').replace(/-(.)/g, (_, letter) => letter.toUpperCase());
    const text = readFileSync(`${folder}/estimators/${file}`, 'utf8');
    assert.match(text, new RegExp(`^export (const|function) ${name}\\b`, 'm'), `${file}: ${name}`);
    hasRow(name);
  }
});

test('solvers', () => {
  const names = Object.keys(solvers);
  assert.ok(names.length >= 7);
  names.forEach(hasRow);
});

test('findings', async () => {
  const device = await openDevice('reference');
  const problem = {
    inputs: { x: tensor([1]) },
    init: () => tensor([0]),
    step: () => tensor([0]),
    steps: 0,
    objective: () => tensor(0),
  };
  const method = implicit({ loss: () => tensor(0), solver: cg({ iterations: 1 }) });
  const { certificate } = await hypergradient(problem, { device, method });
  assert.is(certificate?.findings.length, 9);
  certificate?.findings.forEach(({ name }) => hasRow(name));
});

test.run();
