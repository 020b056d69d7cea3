/**
 * @file `npm run bench:models`: trains every recommender on a data folder, each in a process of
 * its own so that its peak memory is its own, and prints quality, time and memory.
 */

import { spawnSync } from 'node:child_process';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { modelNames } from '../dist/models.js';

const usage = `usage: npm run bench:models -- [--data DIR] [--models a,b] [--targets ITEMS …]
  [--paper] [--settings JSON]
  [--threads n] [--seed n] [--json]
DIR is a data folder; default gowalla-15core in the folder that HYPERTAPE_DATA names
ITEMS is as in attack, head:5 or item numbers; default five of each stratum of popularity
--paper takes the paper's settings for all; JSON changes those of all models that have them, such as {"epochs":5}`;

function readArguments() {
  const { values } = parseArgs({
    options: {
      data: { type: 'string' },
      models: { type: 'string', default: modelNames.join(',') },
      targets: {
        type: 'string',
        multiple: true,
        default: ['head:5', 'upper-torso:5', 'lower-torso:5', 'tail:5'],
      },
      paper: { type: 'boolean', default: false },
      settings: { type: 'string', default: '{}' },
      threads: { type: 'string', default: '2' },
      seed: { type: 'string', default: '1' },
      json: { type: 'boolean', default: false },
    },
  });
  const shared = process.env.HYPERTAPE_DATA;
  const data = values.data ?? (shared && join(shared, 'gowalla-15core'));
  if (!data) throw new Error('no data folder is named: give --data, or set HYPERTAPE_DATA');
  return { ...values, data, settings: JSON.parse(values.settings) };
}

const columns = (targets) => [
  'model',
  'Recall@50',
  'NDCG@50',
  'as published',
  ...targets.map((words) => `HR@50 ${words.length > 14 ? `${words.slice(0, 13)}…` : words}`),
  'train s',
  'rank s',
  'peak MB',
];

const cells = (r) => [
  r.model,
  r.recall.toFixed(4),
  r.ndcg.toFixed(4),
  r.ndcgOfTests.toFixed(4),
  ...r.targetHitRates.map((rate) => rate.toFixed(4)),
  r.trainSeconds.toFixed(1),
  r.rankSeconds.toFixed(1),
  (r.peakBytes / 1e6).toFixed(0),
];

/** One model in a process of its own; its progress goes to this terminal. */
function figuresOf(model, options) {
  const child = fileURLToPath(new URL('model-figures.mjs', import.meta.url));
  const { status, stdout } = spawnSync(
    process.execPath,
    [child, JSON.stringify({ ...options, model })],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] },
  );
  if (status !== 0) throw new Error(`${model} failed with exit status ${status}`);
  return JSON.parse(stdout);
}

function main() {
  const options = readArguments();
  const say = options.json ? console.error : console.log;
  say(
    `${cpus()[0].model}, ${cpus().length} cores, Node ${process.version}, simd on ` +
      `${options.threads} threads, ${options.data}, load ${loadavg()[0].toFixed(1)}`,
  );
  const header = columns(options.targets);
  const row = (texts) =>
    say(texts.map((text, i) => text.padStart(Math.max(8, header[i].length))).join('  '));
  row(header);
  const results = options.models.split(',').map((model) => {
    const figures = figuresOf(model, options);
    row(cells(figures));
    return figures;
  });
  const total = results.reduce((sum, r) => sum + r.trainSeconds + r.rankSeconds, 0);
  say(`${total.toFixed(0)} s of training and ranking in all`);
  if (options.json) console.log(JSON.stringify({ ...options, results }));
}

try {
  main();
} catch (error) {
  console.error(`${error.message}\n${usage}`);
  process.exitCode = 2;
}
