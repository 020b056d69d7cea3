/** @file Files of studies: attacks that detectors read, problems to verify, and the store of a grid. */

import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mul, openDevice, sum, type Tensor, tensor } from '../../../src/autodiff/index.ts';
import { readDataFolder, rowOf, type SparseMatrix } from '../../../src/data/index.ts';
import {
  experimentsNamed,
  type ProblemFixture,
  readAnyFixture,
  readAttackFile,
  verifyProblem,
} from '../../../src/eval/index.ts';
import { Store } from '../../../src/grid/index.ts';
import type { Sandbox } from '../sandbox.ts';
import { readVat, textOf } from './plain.ts';
import { bytesOf, canonical, folderSubjects, type Subject } from './subject.ts';

const profiles = (fakes: SparseMatrix): number[][] =>
  Array.from({ length: fakes.rows }, (_, row) => [...rowOf(fakes, row)].sort((a, b) => a - b));

/** Attack files as `detect` reads them: an .npz with its record, and one of VAT. */
export async function attackSubjects({ data, filler, vat }: Sandbox): Promise<Subject[]> {
  const set = await readDataFolder(data);
  const read = (path: string) => async () => {
    const { method, fakes, targets, labels } = await readAttackFile(path, set);
    return canonical({ method, targets, labels, fakes: profiles(fakes) });
  };
  const numbers = new Map((set.items ?? []).map((id, item) => [id, item]));
  const right = (bytes: Uint8Array): string | undefined => {
    const pairs = readVat(bytes);
    if (typeof pairs === 'string') return undefined;
    const { fake_users: users, target_items: targets } = JSON.parse(textOf(bytes) as string);
    const isKnown = [...pairs.map(([, item]) => item), ...targets].every((id) => numbers.has(id));
    const lists = Object.values(users) as string[][];
    if (!isKnown || lists.length === 0 || lists.some((items) => items.length === 0))
      return undefined;
    if (new Set(targets).size < targets.length) return undefined;
    const numbered = (items: readonly string[]) => items.map((id) => numbers.get(id) as number);
    return canonical({
      ...{ method: 'vat', targets: numbered(targets), labels: Object.keys(users) },
      fakes: lists.map((items) => [...new Set(numbered(items))].sort((a, b) => a - b)),
    });
  };
  return [
    ...folderSubjects(
      'attack file',
      filler,
      { 'fakes.npz': 'npz', 'fakes.json': 'json' },
      read(join(filler, 'fakes.npz')),
    ),
    {
      ...{ name: 'attack file of VAT', kind: 'json', path: vat, named: vat },
      ...{ bytes: bytesOf(vat), read: read(vat), right },
    },
  ];
}

/** Fixtures of problems: one that the program knows, and one that a module computes. */
export async function problemSubjects(folder: string, { problem }: Sandbox): Promise<Subject[]> {
  const device = await openDevice('reference');
  const known = join(folder, 'problem.json');
  copyFileSync(problem, known);
  const own = join(folder, 'own.json');
  const weighted = { format: 2, name: 'weighted squares', inputs: [1, -2, 0.5], data: [3, 0.5, 4] };
  writeFileSync(own, JSON.stringify({ ...weighted, value: 6, gradient: [6, -2, 4] }, null, 1));
  return [
    {
      ...{ name: 'problem', kind: 'json', path: known, named: known, bytes: bytesOf(known) },
      read: async () => {
        const { name, rows } = (await readAnyFixture(known)) as ProblemFixture;
        return canonical([name, rows.map((row) => row.name)]);
      },
      // What was changed is other data: that a row differs is said when it is verified.
      right: (bytes) => (isObject(bytes) ? 'open' : undefined),
    },
    {
      ...{ name: 'problem of a module', kind: 'json', path: own, named: own, bytes: bytesOf(own) },
      read: async () => {
        const fixture = await readAnyFixture(own, (data) => {
          const weights = tensor(data as number[]);
          return (x: Tensor) => sum(mul(weights, mul(x, x)));
        });
        const [result] = await verifyProblem(fixture as ProblemFixture, device);
        return canonical([result.name, result.verdict]);
      },
      right: verdictOf,
    },
  ];
}

function isObject(bytes: Uint8Array): boolean {
  try {
    const parsed = JSON.parse(textOf(bytes) ?? '');
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed);
  } catch {
    // Python's words for what JSON has not are read, so that errors can name their field.
    return /NaN|Infinity/.test(textOf(bytes) ?? '');
  }
}

/** What is to be said of the sum of weighted squares, computed by hand. */
function verdictOf(bytes: Uint8Array): string | undefined | 'open' {
  try {
    const f = JSON.parse(textOf(bytes) ?? '');
    const isVector = (x: unknown): x is number[] =>
      Array.isArray(x) && x.length > 0 && x.every((each) => Number.isFinite(each));
    if (f.format !== 2 || typeof f.name !== 'string' || !Number.isFinite(f.value)) return undefined;
    // Other shapes broadcast, or are the module's to refuse.
    if (![f.inputs, f.data, f.gradient].every(isVector)) return 'open';
    if (f.method !== undefined || f.precision !== undefined) return 'open';
    if (f.gradient.length !== f.inputs.length || f.data.length !== f.inputs.length) return 'open';
    const value = f.inputs.reduce(
      (all: number, x: number, i: number) => all + f.data[i] * x * x,
      0,
    );
    const gradient = f.inputs.map((x: number, i: number) => 2 * f.data[i] * x);
    const apart = (is: number[], got: number[]) => {
      const most = Math.max(...is.map(Math.abs));
      const error = Math.max(...is.map((x, i) => Math.abs(x - got[i])));
      return error === 0 ? 0 : error / most;
    };
    const most = Math.max(apart([f.value], [value]), apart(f.gradient, gradient));
    return canonical([f.name, most <= 1e-9 ? 'agrees' : 'differs']);
  } catch {
    return undefined;
  }
}

/** A cell of a store, and the file that it holds. */
export async function storeSubjects(folder: string): Promise<Subject[]> {
  const home = join(folder, 'store');
  const store = await Store.open(home);
  const [experiment] = experimentsNamed(['fig3']);
  const [cell] = experiment.cells({ seeds: [1], quick: true, data: null });
  const scratch = await store.scratch(cell.id);
  writeFileSync(
    join(scratch, 'fakes.npz'),
    Uint8Array.from({ length: 60 }, (_, i) => i),
  );
  const machine = { cpu: 'any', cores: 2, memory: 1e9, node: 'v20.0.0', platform: 'linux x64' };
  const result = { history: [{ iteration: 0, loss: 1.5, figures: { targetHitRate: 0.25 } }] };
  await store.write(cell, { result, files: ['fakes.npz'], seconds: 1, machine }, scratch);
  const [name] = Object.values((await store.read(cell.id))?.files ?? {});
  const read = async () => {
    const record = await store.read(cell.id);
    if (record) await store.checkFiles(record);
    const { kind, version, config, inputs, files, result: stored } = record ?? ({} as never);
    return canonical({ kind, version, config, inputs, files, result: stored });
  };
  const cells = join(home, 'cells');
  const files = join(home, 'files');
  return [
    ...folderSubjects('store', cells, { [`${cell.id}.json`]: 'json' }, read),
    ...folderSubjects('store', files, { [`${name}.npz`]: 'text' }, read),
  ];
}
