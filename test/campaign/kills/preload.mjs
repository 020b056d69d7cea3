/**
 * @file Preloaded into a process: counts the steps of the operations that change files, and kills
 * the process at the step that KILL_AT names. A write has a step at which half of it is there. From
 * the step that FULL_AT names on, the disk is full.
 */

import fs from 'node:fs';
import promises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

// A cell that dies is a cell that failed: it is the process that runs the grid which is killed.
const isCell = process.argv[2] === 'cell';
const at = Number((!isCell && process.env.KILL_AT) || -1);
const { writeFileSync } = fs;
let steps = 0;

/** From this step on the disk is full: what would write more fails. */
const fullAt = Number((!isCell && process.env.FULL_AT) || Number.POSITIVE_INFINITY);
const filling = /^(write|appendFile|sync|datasync|mkdir|copyFile|cp)/;

function expectRoom(name) {
  if (steps < fullAt || !filling.test(name)) return;
  throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
}

function step() {
  if (steps++ === at) process.kill(process.pid, 'SIGKILL');
}

// What a run says of its time would tell two runs apart.
performance.now = () => 0;

const forWriting = (flags) => typeof flags === 'number' || /[wa+]/.test(flags ?? 'r');

/** Whether an operation changes a file: opening does only if it is to write. */
const changes = (name, args) => !/^open/.test(name) || forWriting(args[1]);

/** Contents cut in their middle; undefined for what is no text and no bytes. */
function half(contents) {
  if (typeof contents === 'string') return contents.slice(0, contents.length >> 1);
  if (ArrayBuffer.isView(contents)) return contents.subarray(0, contents.byteLength >> 1);
  return undefined;
}

function wrapAsync(owner, name, contentsAt) {
  const operation = owner[name];
  owner[name] = async function (...args) {
    if (!changes(name, args)) return operation.apply(this, args);
    step();
    expectRoom(name);
    const part = contentsAt === undefined ? undefined : half(args[contentsAt]);
    if (part !== undefined && steps++ === at) {
      await operation.apply(this, args.with(contentsAt, part));
      process.kill(process.pid, 'SIGKILL');
    }
    const result = await operation.apply(this, args);
    step();
    return result;
  };
}

function wrapSync(name) {
  const operation = fs[name];
  fs[name] = (...args) => {
    // The first three descriptors are no files of the run.
    if (args[0] <= 2 || !changes(name, args)) return operation(...args);
    step();
    expectRoom(name);
    const result = operation(...args);
    step();
    return result;
  };
}

const handle = await promises.open(new URL(import.meta.url));
const prototype = Object.getPrototypeOf(handle);
await handle.close();
const withContents = { write: 0, writeFile: 0, appendFile: 0 };
for (const name of ['write', 'writeFile', 'appendFile', 'writev', 'sync', 'datasync', 'truncate']) {
  wrapAsync(prototype, name, withContents[name]);
}
for (const name of ['mkdir', 'rename', 'rm', 'rmdir', 'unlink', 'copyFile', 'cp', 'link', 'open']) {
  wrapAsync(promises, name);
}
for (const name of ['writeFile', 'appendFile']) wrapAsync(promises, name, 1);
for (const name of ['mkdir', 'rename', 'rm', 'rmdir', 'unlink', 'copyFile', 'cp', 'link', 'open']) {
  wrapSync(`${name}Sync`);
}
for (const name of ['writeFileSync', 'appendFileSync', 'writeSync', 'fsyncSync']) wrapSync(name);
syncBuiltinESMExports();

if (process.env.COUNT_INTO && !isCell) {
  process.on('exit', () => writeFileSync(process.env.COUNT_INTO, `${steps}`));
}
