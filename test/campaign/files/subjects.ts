/** @file The files that are mutated: each with the reader that must refuse it or read it right. */

import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Format, formats, readDataFolder, readInteractions } from '../../../src/data/index.ts';
import { readFixture } from '../../../src/eval/index.ts';
import { jsonOf } from '../command.ts';
import { makeSandbox, onReference, type Sandbox } from '../sandbox.ts';
import { samples } from './formats.ts';
import { type Reading, readIdList, readLists } from './plain.ts';
import { attackSubjects, problemSubjects, storeSubjects } from './studies.ts';
import { bytesOf, canonical, folderSubjects, type Subject } from './subject.ts';

const pairsText = (pairs: readonly (readonly [string, string])[]): string =>
  [...new Set(pairs.map((pair) => JSON.stringify(pair)))].sort().join('\n');

/** A file of each layout of each format of interactions. */
function formatSubjects(folder: string): Subject[] {
  const unknown = Object.keys(formats).filter(
    (name) => name !== 'npz' && !samples.some(({ format }) => format === name),
  );
  if (unknown.length > 0) throw new Error(`there is no sample of the formats ${unknown}`);
  return samples
    .filter(({ format }) => format in formats)
    .flatMap(({ format, file, kind, text, read }, i) => {
      const home = join(folder, `${format}-${i}`);
      mkdirSync(home);
      const bytes = new TextEncoder().encode(text);
      const readPairs = (path: string) => async () => {
        const { users, items, userOf, itemOf } = await readInteractions(path, format as Format);
        return pairsText(Array.from(userOf, (user, e) => [users[user], items[itemOf[e]]]));
      };
      const right = (reading: Reading) => {
        if (reading === 'open') return reading;
        return reading === 'malformed' ? undefined : pairsText(reading);
      };
      const path = join(home, file);
      const plain: Subject = {
        name: `${format} ${file}`,
        kind,
        path,
        bytes,
        named: path,
        read: readPairs(path),
        right: (mutated) => right(read(mutated)),
      };
      if (i > 0) return [plain];
      const zipped = `${path}.gz`;
      const packed: Subject = {
        ...{ name: `${format} ${file}.gz`, kind: 'gzip', path: zipped },
        ...{ bytes: new Uint8Array(gzipSync(bytes)), named: zipped, read: readPairs(zipped) },
      };
      return [plain, packed];
    });
}

/** Lists of ids beside a file of numbers, as LightGCN has them. */
function listSubjects(folder: string): Subject[] {
  const home = join(folder, 'lists');
  mkdirSync(home);
  const file = join(home, 'train.txt');
  const lists = '0 0 1\n1 1 2\n2 0\n';
  writeFileSync(file, lists);
  const pairs = readLists(new TextEncoder().encode(lists)) as [string, string][];
  return (['user_list.txt', 'item_list.txt'] as const).map((name, side) => {
    const path = join(home, name);
    return {
      ...{ name: `lists ${name}`, kind: 'text', path, named: home },
      bytes: new TextEncoder().encode('org_id remap_id\na 0\nb c 1\nd 2\n'),
      read: async () => {
        const { users, items, userOf, itemOf } = await readInteractions(file, 'lightgcn');
        return pairsText(Array.from(userOf, (user, e) => [users[user], items[itemOf[e]]]));
      },
      right: (bytes) => {
        const named = readIdList(bytes);
        const ids = pairs.map((pair) => named?.get(pair[side]));
        if (ids.includes(undefined)) return undefined;
        // The other list lies there whole.
        const whole = new Map([
          ['0', 'a'],
          ['1', 'b c'],
          ['2', 'd'],
        ]);
        return pairsText(
          pairs.map((pair, i) => {
            const [id, other] = [ids[i] as string, whole.get(pair[1 - side]) as string];
            return side === 0 ? [id, other] : [other, id];
          }),
        );
      },
    } satisfies Subject;
  });
}

/** The files of a data folder, of a model, of fake users and of a run, made by the program. */
async function writtenSubjects(sandbox: Sandbox): Promise<Subject[]> {
  const { folder } = sandbox;
  const { data, run, model, fakes, attack, evaluated } = sandbox;
  const evaluate = [
    ...['evaluate', '--data', data, ...onReference, '--preset', 'synthetic', '--k', '2'],
    ...['--victims', 'item-cf', ...evaluated],
  ];
  const recommend = ['recommend', '--data', data, ...onReference, '--k', '3', '--model', model];
  // Fake users of other programs have no record beside them.
  const foreign = join(folder, 'foreign');
  mkdirSync(foreign);
  copyFileSync(fakes, join(foreign, 'fakes.npz'));
  const others = evaluate.with(evaluate.indexOf(fakes), join(foreign, 'fakes.npz'));
  const targets = ['--targets', attack[attack.indexOf('--targets') + 1]];
  return [
    ...folderSubjects(
      'data folder',
      data,
      {
        'train.csv': 'text',
        'test.csv': 'text',
        'meta.json': 'json',
        'users.txt': 'text',
        'items.txt': 'text',
      },
      async () => canonical(await readDataFolder(data)),
    ),
    ...folderSubjects('model', dirname(model), { 'model.npz': 'npz' }, async () =>
      canonical(await jsonOf(recommend)),
    ),
    ...folderSubjects(
      'fake users',
      dirname(fakes),
      { 'fakes.npz': 'npz', 'fakes.json': 'json' },
      async () => canonical(await jsonOf(evaluate)),
    ),
    ...folderSubjects('foreign fake users', foreign, { 'fakes.npz': 'npz' }, async () =>
      canonical(await jsonOf([...others, ...targets])),
    ),
    ...folderSubjects(
      'run',
      run,
      { 'run.json': 'json', 'state.npz': 'npz', 'history.jsonl': 'text' },
      async () => {
        rmSync(join(run, 'fakes.npz'), { force: true });
        const result = canonical(await jsonOf([...attack, '--out', run]));
        const history = readFileSync(join(run, 'history.jsonl'), 'utf8').trimEnd().split('\n');
        const records = history.map((line) => JSON.parse(line));
        const written = readFileSync(join(run, 'fakes.npz')).toString('base64');
        return `${result}\n${canonical(records)}\n${written}`;
      },
    ),
  ];
}

/** What a fixture says, read apart from the program. */
function fixtureText(bytes: Uint8Array): string | undefined {
  try {
    const f = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return canonical({
      name: f.name,
      train: f.X.map((row: number[]) => row.flatMap((x, item) => (x === 0 ? [] : [[item, x]]))),
      fakes: f.Xhat.flat(),
      targets: f.targets,
      loss: f.loss_adv,
      gradient: f.dL_dXhat_closed_form ?? f.dL_dXhat,
      // What must be finite and is held by closures of the surrogate.
      rest: [f.weight_pos, f.L ?? 0, f.K ?? 0].every(Number.isFinite),
    });
  } catch {
    return undefined;
  }
}

function fixtureSubjects(folder: string): Subject[] {
  const home = 'test/eval/fixtures/data';
  return ['wrmf_sgd_tiny.json', 'als_exact_2sweeps_step.json'].map((file) => {
    const path = join(folder, file);
    return {
      ...{ name: `fixture ${file}`, kind: 'json', path, named: path },
      bytes: bytesOf(join(home, file)),
      read: async () => {
        const { name, train, fakes, goal, loss, gradient } = await readFixture(path);
        const rowsOf = (row: number) =>
          Array.from(
            train.indices.subarray(train.indptr[row], train.indptr[row + 1]),
            (item, i) => [item, train.values[train.indptr[row] + i]],
          );
        return canonical({
          name,
          train: Array.from({ length: train.rows }, (_, row) => rowsOf(row)),
          fakes: [...(await fakes.data())],
          targets: goal.kind === 'untargeted' ? [] : goal.targets,
          loss,
          gradient,
          rest: true,
        });
      },
      right: fixtureText,
    } satisfies Subject;
  });
}

/** All files that are mutated, written into a folder. */
export async function makeSubjects(folder: string): Promise<Subject[]> {
  const sandbox = await makeSandbox(folder);
  const subjects = [
    ...formatSubjects(folder),
    ...listSubjects(folder),
    ...fixtureSubjects(folder),
    ...(await writtenSubjects(sandbox)),
    ...(await attackSubjects(sandbox)),
    ...(await problemSubjects(folder, sandbox)),
    ...(await storeSubjects(folder)),
  ];
  for (const { path, bytes } of subjects) writeFileSync(path, bytes);
  return subjects.map((subject) => ({ ...subject, name: subject.name || basename(subject.path) }));
}
