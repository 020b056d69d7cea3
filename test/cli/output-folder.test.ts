/** @file What cannot be written is refused by every command before it does anything else. */

import { existsSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { platform } from 'node:os';
import { join } from 'node:path';
import type { Command, Option } from 'commander';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { expectWritable } from '../../src/cli/output-folder.ts';
import { makeFolder, writeAtomically } from '../../src/data/index.ts';
import { UserError } from '../../src/errors.ts';
import { failure, temporaryFolder } from '../data/temporary.ts';
import { hypertape } from './command.ts';
import { type Leaf, leaves } from './leaves.ts';

const root = temporaryFolder();
const nowhere = join(root, 'no', 'such', 'input');

/** Where `command` writes: an option `--out`, or an argument `out`. */
interface Place {
  readonly leaf: Leaf;
  readonly isFolder: boolean;
  /** The arguments that ask for it, all others naming files that are not there. */
  args(out: string): string[];
}

/** What a command cannot do without beside its output. */
function needed({ registeredArguments, options }: Command, out?: string): string[] {
  const positions = registeredArguments
    .filter(({ required }) => required)
    .map((argument) => (argument.name() === 'out' && out !== undefined ? out : nowhere));
  const isOpen = ({ mandatory, long }: Option) => mandatory && long !== '--out';
  const flags = options
    .filter(isOpen)
    .flatMap(({ long, argChoices }) => [`${long}`, argChoices?.[0] ?? nowhere]);
  return [...positions, ...flags];
}

function placesOf(leaf: Leaf): Place[] {
  const { command } = leaf;
  const option = command.options.find(({ long }) => long === '--out');
  const argument = command.registeredArguments.find((each) => each.name() === 'out');
  if (option) {
    const isFolder = option.flags.includes('<dir>');
    return [{ leaf, isFolder, args: (out) => [...needed(command), '--out', out] }];
  }
  return argument ? [{ leaf, isFolder: true, args: (out) => needed(command, out) }] : [];
}

/** Paths that nothing can be written to, with what is said of each. */
function unwritable(isFolder: boolean): [string, RegExp][] {
  const file = join(root, 'file');
  const folder = join(root, 'folder');
  const long = 'x'.repeat(300);
  const everywhere: [string, RegExp][] = [
    [join(file, 'x.svg'), /cannot .*x\.svg: a part of the path is a file, not a folder/],
    [join(root, long), /the name is too long/],
    ['', /cannot/],
  ];
  if (platform() === 'linux') {
    everywhere.push([join('/proc', 'x', 'y.svg'), /cannot .*y\.svg: there is no such file/]);
    everywhere.push([join('/proc', 'x.svg'), /cannot .*x\.svg: there is no such file/]);
  }
  const ofKind: [string, RegExp][] = isFolder
    ? [[file, /a file of that name is in the way/]]
    : [
        [folder, /cannot write .*folder: it is a folder: name a file/],
        [join(root, 'missing', 'x.svg'), /cannot write .*x\.svg: there is no such file or folder/],
        ['/dev/null', /cannot write \/dev\/null: it is a device: name a file/],
      ];
  return [...everywhere, ...ofKind];
}

writeFileSync(join(root, 'file'), '');
mkdirSync(join(root, 'folder'));
const before = readdirSync(root, { recursive: true }).sort();

test('every command refuses an output that cannot be written, before it looks at its inputs', async () => {
  const places = (await leaves()).flatMap(placesOf);
  const names = places.map(({ leaf }) => leaf.words.join(' '));
  for (const name of ['data prepare', 'data convert', 'attack', 'compare', 'tape', 'reproduce']) {
    assert.ok(names.includes(name), name);
  }
  for (const { leaf, isFolder, args } of places) {
    for (const [out, message] of unwritable(isFolder)) {
      const told = `${leaf.words.join(' ')}: ${out.slice(0, 80)}`;
      // Parsed once more, a command has the values of before: each is made anew.
      const [fresh] = (await leaves()).filter(({ words }) => `${words}` === `${leaf.words}`);
      const begun = performance.now();
      const error = await failure(
        fresh.command.exitOverride().parseAsync(args(out), { from: 'user' }),
      );
      assert.instance(error, UserError, `${told}: ${error}`);
      assert.match(error.message, message, told);
      assert.not.match(error.message, '\n', told);
      assert.ok(performance.now() - begun < 1000, `${told}: took too long`);
    }
  }
  assert.equal(readdirSync(root, { recursive: true }).sort(), before);
  assert.ok(statSync('/dev/null').isCharacterDevice());
});

test('a folder is refused where one of its files would be a folder', async () => {
  const folder = join(root, 'report');
  mkdirSync(join(folder, 'report.html'), { recursive: true });
  const error = await failure(expectWritable(folder, ['scores.csv', 'report.html']));
  assert.match(error.message, /report\.html: it is a folder/);
});

test('what was tried is taken back, and only that', async () => {
  const kept = join(root, 'kept');
  mkdirSync(kept);
  await expectWritable(join(kept, 'a', 'b'), ['x']);
  await expectWritable(join(kept, 'y.html'), 'the file');
  assert.equal(readdirSync(kept), []);
  assert.ok(existsSync(kept));
  symlinkSync(join(root, 'nowhere'), join(kept, 'link'));
  assert.match((await failure(expectWritable(join(kept, 'link'), ['x']))).message, /in the way/);
});

test('two commands that start at once in a new folder do not take it from each other', async () => {
  const start = async (path: string, name: string) => {
    await expectWritable(path, [name]);
    await makeFolder(path);
    await writeAtomically(join(path, name), '');
  };
  for (let i = 0; i < 100; i++) {
    const path = join(root, 'shared', `${i}`);
    await Promise.all([start(path, 'a.html'), start(path, 'b.html')]);
    assert.equal(readdirSync(path).sort(), ['a.html', 'b.html']);
  }
});

test('on the command line it is one line, and status 2', () => {
  const out = platform() === 'linux' ? '/proc/x/y.html' : join(root, 'file', 'y.html');
  const { status, stdout, stderr } = hypertape('compare', 'quadratic', '--out', out);
  assert.is(status, 2);
  assert.is(stdout, '');
  assert.match(stderr, /^error: cannot write .*y\.html: [^\n]*\n$/);
});

test('a folder of another kind is not written into', () => {
  const of = (name: string, file: string) => {
    const folder = join(temporaryFolder(), name);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, file), '');
    return folder;
  };
  const [run, data] = [of('run', 'run.json'), of('data', 'meta.json')];
  for (const [args, message] of [
    [['demo', '--out', run], /run holds an attack \(run\.json\): choose another folder/],
    [['data', 'synthetic', '--out', run], /holds an attack/],
    [['reproduce', 'fig3', '--quick', '--results', data], /data holds a data folder/],
  ] as const) {
    const { status, stderr } = hypertape(...args);
    assert.is(status, 2);
    assert.match(stderr, message);
  }
});

test.run();
