/** @file Tiny data and what the commands make of it, as the program itself writes them. */

import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { hypertape } from './command.ts';

/** Paths, and arguments that every command takes on this data. */
export interface Sandbox {
  readonly folder: string;
  /** Interactions as csv. */
  readonly source: string;
  /** The data folder made of them. */
  readonly data: string;
  /** `model.npz` of `train`. */
  readonly model: string;
  /** The folder of a finished attack, and a copy of its fake users. */
  readonly run: string;
  readonly fakes: string;
  /** The folder of the fake users of a heuristic, and an attack file of VAT with the same targets. */
  readonly filler: string;
  readonly vat: string;
  readonly fixture: string;
  /** A fixture of a problem without a recommender. */
  readonly problem: string;
  /** The attack without `--out`. */
  readonly attack: readonly string[];
  /** What `evaluate` needs beside the data: the fake users, and their targets if it must be told. */
  readonly evaluated: readonly string[];
}

/** The options of a training that takes no time. */
export const tinyTraining = ['--preset', 'synthetic', '--factors', '8', '--epochs', '1'];

/** Computes where nothing is compiled. */
export const onReference = ['--device', 'reference'];

/** Runs a command that must succeed. */
export async function made(...args: string[]): Promise<void> {
  const { status, stderr } = await hypertape([...args, '--quiet']);
  if (status !== 0) throw new Error(`${args.join(' ')}: status ${status}: ${stderr}`);
}

/** Seven users and six items; every user has clicks enough to hold one out. */
function sourceText(): string {
  const rows = Array.from({ length: 7 }, (_, user) =>
    [0, 1, 2, 3, 4, 5].filter((item) => (user * 5 + item * 3) % 7 < 5).map((item) => [user, item]),
  ).flat();
  return `uid,sid\n${rows.map(([user, item]) => `${user + 10},i${item}\n`).join('')}`;
}

/** Makes everything within a folder, byte for byte the same each time but for the folder's name. */
export async function makeSandbox(folder: string): Promise<Sandbox> {
  const { now } = performance;
  // Runs record how long they took.
  performance.now = () => 0;
  try {
    return await makeAll(folder);
  } finally {
    performance.now = now;
  }
}

async function makeAll(folder: string): Promise<Sandbox> {
  const [data, models, run, fakes, filler] = ['data', 'model', 'run', 'fakes', 'filler'].map(
    (name) => join(folder, name),
  );
  const source = join(folder, 'source.csv');
  writeFileSync(source, sourceText());
  const prepare = ['data', 'prepare', source, '--format', 'csv', '--min-interactions', '1'];
  await made(...prepare, '--holdout', '0.3', '--out', data);
  const settings = ['--data', data, ...tinyTraining, ...onReference, '--k', '2'];
  await made('train', 'wrmf-sgd', ...settings, '--out', models);
  const attackOn = (target: string) => [
    ...['attack', ...settings, '--fakes', '2', '--iterations', '1', '--method', 'truncated:1'],
    ...['--targets', target],
  ];
  const [first, second, id] = readFileSync(join(data, 'items.txt'), 'utf8').split('\n');
  const attack = attackOn(id);
  await made(...attack, '--out', run);
  const fill = ['attack', '--attack', 'random-filler', '--fakes', '2', '--targets', id];
  await made(...fill, '--data', data, '--out', filler);
  const vat = join(folder, 'vat_1.json');
  const users = { f0: [id, first], f1: [second, id] };
  writeFileSync(vat, `${JSON.stringify({ fake_users: users, target_items: [id] }, null, 1)}\n`);
  mkdirSync(fakes);
  for (const file of readdirSync(run).filter((name) => name.startsWith('fakes.'))) {
    cpSync(join(run, file), join(fakes, file));
  }
  const fakesFile = join(fakes, 'fakes.npz');
  return {
    ...{ folder, source, data, run, attack, fakes: fakesFile, model: join(models, 'model.npz') },
    ...{ filler, vat, evaluated: ['--fakes', fakesFile] },
    fixture: resolve('test/eval/fixtures/data/wrmf_sgd_tiny.json'),
    problem: resolve('test/eval/fixtures/problems/hyper_cleaning_1.json'),
  };
}
