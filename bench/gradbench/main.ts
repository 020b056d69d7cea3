/** @file `node --import tsx bench/gradbench/main.ts [DEVICE]`: hypertape as a GradBench tool. */

import { createInterface } from 'node:readline';
import { openDevice } from '../../src/autodiff/index.ts';
import { answer } from './answer.ts';

// The evals compare with float64.
const device = await openDevice(process.argv[2] ?? 'reference');
for await (const line of createInterface({ input: process.stdin })) {
  if (line.trim() !== '') console.log(JSON.stringify(await answer(line, device)));
}
