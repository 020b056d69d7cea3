/**
 * @file Preloaded by `--import`: ends the process at the file operation whose number is KILL_AT, in
 * the middle of what a write writes. Without it prints at the end how many there were.
 */

import { writeSync } from 'node:fs';
import promises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

const at = Number(process.env.KILL_AT ?? -1);
let operations = 0;

/** Counts an operation; at the one to die at does a part of it, and dies. */
async function operation(part) {
  if (operations++ !== at) return;
  await part?.();
  process.kill(process.pid, 'SIGKILL');
}

const { open, rename, mkdir, rm } = promises;
const counted =
  (call) =>
  async (...args) => {
    await operation();
    const result = await call(...args);
    await operation();
    return result;
  };
promises.mkdir = counted(mkdir);
promises.rename = counted(rename);
promises.rm = counted(rm);
promises.open = async (path, flags, ...more) => {
  const file = await open(path, flags, ...more);
  if (!String(flags).startsWith('w')) return file;
  await operation();
  const write = file.writeFile.bind(file);
  file.writeFile = async (contents) => {
    const bytes = Buffer.from(contents);
    await operation(() => write(bytes.subarray(0, bytes.length >> 1)));
    await write(bytes);
    await operation();
  };
  return file;
};
syncBuiltinESMExports();
process.on('exit', () => {
  if (at < 0) writeSync(2, `operations ${operations}\n`);
});
