/** @file A project of a user: a folder where `hypertape` is installed, as built in dist/. */

import { spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { transformSync } from 'esbuild';
import { temporaryFolder } from '../data/temporary.ts';

/** A new folder with hypertape in its node_modules. */
export function userProject(): string {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(resolve('.'), join(folder, 'node_modules', 'hypertape'), 'dir');
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  return folder;
}

/** Runs a program in a project and returns what it prints; throws with what it says if it fails. */
export function runProgram(folder: string, program: string): string {
  writeFileSync(join(folder, 'program.mjs'), transformSync(program, { loader: 'ts' }).code);
  return run(process.execPath, ['program.mjs'], folder);
}

/** Runs a command line that begins with `npx hypertape`. */
export function runCommand(folder: string, command: string): string {
  const words = command.trim().split(/\s+/);
  if (words[0] !== 'npx' || words[1] !== 'hypertape') {
    throw new Error(`expected npx hypertape, got ${command}`);
  }
  return run(process.execPath, [resolve('dist/cli.js'), ...words.slice(2)], folder);
}

/** Compiles files of a project under `strict`; returns what the compiler says, nothing if it is fine. */
export function compilerErrors(folder: string, files: readonly string[], mode: Mode): string {
  const compilerOptions = {
    ...modes[mode],
    strict: true,
    noEmit: true,
    target: 'es2022',
    lib: ['es2023', 'dom'],
    types: [],
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
  const typescript = dirname(createRequire(import.meta.url).resolve('typescript/package.json'));
  const args = [join(typescript, 'bin/tsc'), '-p', '.'];
  return spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' }).stdout;
}

/** How a user's compiler looks for modules. */
export type Mode = keyof typeof modes;

const modes = {
  bundler: { module: 'esnext', moduleResolution: 'bundler' },
  nodenext: { module: 'nodenext', moduleResolution: 'nodenext' },
} as const;

function run(command: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`exit status ${status}\n${stdout}${stderr}`);
  return stdout;
}
