/** @file A process that compiles no code from text: devices that need it say so in one error. */

import { execFileSync } from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const program = `
import { add, checkGradients, openDevice, readAll, square, sum, tensor } from './src/autodiff/index.ts';
const say = async (run) => {
  try { return await run(); } catch (error) { return error.name + ': ' + error.message; }
};
const on = async (name) => (await readAll(add(tensor([1, 2]), 1), { device: await openDevice(name, { threads: 1 }) }))[0].join();
const said = {};
for (const name of ['reference', 'simd', 'gpujs:cpu']) said[name] = await say(() => on(name));
said.checkGradients = await say(() => checkGradients((x) => sum(square(x)), tensor([1, 2])));
console.log(JSON.stringify(said));
process.exit();
`;

test('where code from text is refused, simd computes and the others name the directive', () => {
  const flags = [
    '--disallow-code-generation-from-strings',
    '--import',
    'tsx',
    '--input-type=module',
  ];
  const output = execFileSync(process.execPath, [...flags, '-e', program], { encoding: 'utf8' });
  const said = JSON.parse(output.trim().split('\n').at(-1) as string);
  assert.is(said.simd, '2,3');
  for (const name of ['reference', 'gpujs:cpu', 'checkGradients']) {
    assert.match(said[name], /^DeviceError: .*Content-Security-Policy.*script-src 'unsafe-eval'/);
  }
});

test.run();
