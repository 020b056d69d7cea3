/** @file The results in this repository: whole, of the present versions, and a report of them. */

import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  attacksOnGowalla,
  cellKinds,
  experiments,
  experimentsReport,
  figureRows,
  paperData,
  readResults,
} from '../../../src/eval/index.ts';
import { Grid, kindOf, Store } from '../../../src/grid/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'hypertape-results-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
for (const part of ['cells', 'files']) {
  const from = join('results', part);
  if (existsSync(from)) cpSync(from, join(folder, part), { recursive: true });
}
const store = await Store.open(folder);

test('every record and every file has the digest that it is named by', async () => {
  assert.equal(await store.verify(), []);
});

test('every cell is of a kind and a version that there is', async () => {
  for (const name of readdirSync(join(folder, 'cells'))) {
    const record = await store.read(name.replace('.json', ''));
    assert.is(record?.version, kindOf(cellKinds, `${record?.kind}`).version, name);
  }
});

test('the figures on synthetic data are whole, and have the order of the paper', async () => {
  const parts = experiments
    .filter(({ name }) => name === 'fig3' || name === 'fig4a')
    .map((experiment) => {
      return { experiment, scope: { seeds: [1, 2, 3, 4, 5], quick: false, data: null } };
    });
  const cells = parts.flatMap(({ experiment, scope }) => experiment.cells(scope));
  const results = await readResults(store, new Grid(cells).cells);
  assert.ok(cells.every((cell) => results.record(cell)));
  const page = await experimentsReport(parts, results);
  assert.not.match(page, /NaN|undefined|Missing cells/);
  assert.match(page, 'within these bars');
  assert.match(page, 'The shortest is the weakest, as in the paper');
});

test('the report of all results has whole sentences, and names what is missing', async () => {
  const parts = experiments.map((experiment) => {
    const scope = { seeds: [1], quick: false, data: paperData, published: attacksOnGowalla };
    return { experiment, scope };
  });
  const { cells } = new Grid(parts.flatMap(({ experiment, scope }) => experiment.cells(scope)));
  const results = await readResults(store, cells);
  const page = await experimentsReport(parts, results);
  assert.not.match(page, /NaN|undefined|Infinity/);
  for (const { experiment, scope } of parts) {
    const own = new Grid(experiment.cells(scope)).cells;
    const lacking = own.filter((cell) => !results.record(cell)).length;
    const note = `Missing cells: ${lacking}<`;
    const section = page.split(`<section id="${experiment.name}">`)[1].split('</section>')[0];
    assert.is(section.includes('Missing cells'), lacking > 0, experiment.name);
    if (lacking > 0) assert.match(section, note);
  }
  const rows = await figureRows(parts, results);
  // Features of published attacks have the areas that NumPy gives, to its three digits.
  const areas = rows.filter(({ figure }) => / on (random|dp)_1\.json$/.test(figure));
  assert.is(areas.length, 10);
  for (const { figure, stated, measured } of areas) {
    assert.ok(Math.abs(Number(measured) - Number(stated)) < 0.00056, figure);
  }
});

test.run();
