/**
 * @file Runs test files, each in a process of its own, two at a time, and adds up their counts.
 * Arguments select the files whose paths contain one of them; without any, all but the browser's.
 */

import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

const wanted = process.argv.slice(2);
const selected = (path) =>
  wanted.length > 0 ? wanted.some((part) => path.includes(part)) : !path.includes('test/browser/');
const files = readdirSync('test', { recursive: true })
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => join('test', name))
  .filter(selected)
  .sort();

/**
 * Runs one file. uvu prints what it ran, passed and skipped; a file that passed and skipped nothing
 * has failed, for it has tested nothing and does not say why.
 */
function runFile(file) {
  return new Promise((resolve) => {
    const started = performance.now();
    const child = spawn(process.execPath, ['--import', 'tsx', file]);
    const chunks = [];
    child.stdout.on('data', (chunk) => chunks.push(chunk));
    child.stderr.on('data', (chunk) => chunks.push(chunk));
    child.on('close', (status, signal) => {
      const output = Buffer.concat(chunks).toString();
      const count = (label) =>
        [...output.matchAll(new RegExp(`${label}:\\s+(\\d+)`, 'g'))].reduce(
          (total, match) => total + Number(match[1]),
          0,
        );
      const passed = count('Passed');
      const skipped = count('Skipped');
      const sound = status === 0 && passed + skipped > 0;
      const failed = Math.max(count('Total') - passed, sound ? 0 : 1);
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      console.log(
        `${failed > 0 ? 'FAIL' : 'ok  '} ${file} (${passed} passed, ${seconds} s)` +
          (skipped > 0 ? `, ${skipped} skipped` : ''),
      );
      if (failed > 0) console.log(`${output}\nit ended with ${signal ?? `status ${status}`}`);
      else for (const line of output.matchAll(/skipped: .*$/gm)) console.log(`     ${line[0]}`);
      resolve({ passed, failed });
    });
  });
}

const totals = { passed: 0, failed: 0 };
const queue = [...files];
async function worker() {
  for (let file = queue.shift(); file; file = queue.shift()) {
    const { passed, failed } = await runFile(file);
    totals.passed += passed;
    totals.failed += failed;
  }
}
await Promise.all(Array.from({ length: Math.min(availableParallelism(), 2) }, worker));
console.log(`${totals.passed} passed, ${totals.failed} failed`);
process.exitCode = totals.failed > 0 || totals.passed === 0 ? 1 : 0;
