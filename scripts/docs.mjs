/**
 * @file Writes the tables of the documentation that follow from the code: models, their settings,
 * experiments, and the figures of the results in this repository. With `--check` it writes nothing and fails where a file is out of date. Needs dist/.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { attackKinds, attackSettings } from '../dist/attack.js';
import {
  attacksOnGowalla,
  cellsOf,
  experiments,
  figureRows,
  paperData,
  readResults,
} from '../dist/eval.js';
import { Grid, Store } from '../dist/grid.js';
import { modelKinds, settingDefinitions } from '../dist/models.js';

const table = (header, rows) => {
  const all = [header, ...rows];
  const widths = header.map((_, i) => Math.max(...all.map((row) => row[i].length)));
  const line = (cells) => `| ${cells.map((cell, i) => cell.padEnd(widths[i])).join(' | ')} |`;
  return [line(header), line(widths.map((n) => '-'.repeat(n))), ...rows.map(line)].join('\n');
};

const flag = (name) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

const values = {
  count: 'n ≥ 1',
  whole: 'n ≥ 0',
  number: 'x ≥ 0',
  share: '0 to 1',
  flag: '`--no-…` for no',
  text: 'words',
  sizes: 'a,b,…',
  batch: 'n or all',
};

/** The default, and the paper's value where it is another. */
function gowalla({ defaults, paper = defaults }, name) {
  const other = `${paper[name]}` === `${defaults[name]}` ? '' : ` (paper ${paper[name]})`;
  return `${defaults[name]}${other}`;
}

function settingRows() {
  return Object.entries(settingDefinitions).flatMap(([name, { about, type }]) => {
    const having = modelKinds.filter((kind) => name in kind.defaults);
    return having.map((kind, i) => [
      i === 0 ? `\`${flag(name)}\`` : '',
      i === 0 ? about : '',
      i === 0 ? (values[type] ?? type.join(', ')) : '',
      kind.name,
      gowalla(kind, name),
      `${kind.synthetic[name]}`,
    ]);
  });
}

/** A row for each default that some attacks share. */
function attackRows() {
  return Object.entries(attackSettings).flatMap(([name, { about, type }]) => {
    const having = attackKinds.filter((kind) => name in kind.defaults);
    const defaults = [...new Set(having.map((kind) => `${kind.defaults[name]}`))];
    return defaults.map((value, i) => [
      i === 0 ? `\`${flag(name)}\`` : '',
      i === 0 ? about : '',
      i === 0 ? (values[type] ?? type.join(', ')) : '',
      having
        .filter((kind) => `${kind.defaults[name]}` === value)
        .map((kind) => kind.name)
        .join(', '),
      value,
    ]);
  });
}

/** The figures that the results in this repository give. */
async function measuredRows() {
  const parts = experiments.map((experiment) => {
    const seeds = Array.from({ length: experiment.seeds }, (_, i) => i + 1);
    const scope = { seeds, quick: false, data: paperData, published: attacksOnGowalla };
    return { experiment, scope };
  });
  const { cells } = new Grid(cellsOf(parts));
  const results = await readResults(await Store.open('results'), cells);
  const rows = await figureRows(parts, results);
  return rows.map(({ experiment, figure, stated, measured, values, date }, i) => {
    const isFirst = rows[i - 1]?.experiment !== experiment;
    const name = isFirst ? `\`${experiment}\`` : '';
    return [name, figure, stated, measured, `${values}`, isFirst ? date : ''];
  });
}

const generated = {
  'docs/attacks.md': {
    attacks: table(
      ['attack', 'clicks beside the targets', 'family'],
      attackKinds.map(({ name, about, family }) => [`\`${name}\``, about, family]),
    ),
    'attack settings': table(['option', 'meaning', 'values', 'attack', 'default'], attackRows()),
  },
  'docs/models.md': {
    models: table(
      ['model', 'what it is', 'surrogate'],
      modelKinds.map((kind) => [`\`${kind.name}\``, kind.about, kind.differentiable ? 'yes' : '']),
    ),
    settings: table(
      ['option', 'meaning', 'values', 'model', 'gowalla', 'synthetic'],
      settingRows(),
    ),
  },
  'docs/experiments.md': {
    experiments: table(
      ['experiment', 'in the paper', 'shows', 'seeds', 'made on'],
      experiments.map(({ name, source, about, seeds, onData }) => {
        return [`\`${name}\``, source, about, `${seeds}`, onData ? '`--data`' : 'synthetic data'];
      }),
    ),
    figures: table(
      ['experiment', 'figure', 'stated', 'measured', 'values', 'date'],
      await measuredRows(),
    ),
  },
};

for (const [path, parts] of Object.entries(generated)) {
  let text = readFileSync(path, 'utf8');
  const before = text;
  for (const [name, content] of Object.entries(parts)) {
    const part = new RegExp(`(<!-- ${name} -->\n)[^]*?(<!-- end -->)`);
    if (!part.test(text)) throw new Error(`${path}: there is no part <!-- ${name} -->`);
    text = text.replace(part, (_all, open, close) => `${open}\n${content}\n\n${close}`);
  }
  if (!process.argv.includes('--check')) writeFileSync(path, text);
  else if (text !== before) {
    console.error(`${path} is out of date: npm run docs`);
    process.exitCode = 1;
  }
}
