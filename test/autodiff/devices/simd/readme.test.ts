/**
 * @file The page on `simd` shows what the compiler prints, and names every file. With UPDATE=1 in
 * the environment the page gets what is printed.
 */

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { compilePlan } from '../../../../src/autodiff/devices/simd/compile.ts';
import { word } from '../../../../src/autodiff/devices/simd/convention.ts';
import { Arena } from '../../../../src/autodiff/devices/simd/run/arena.ts';
import { Threads } from '../../../../src/autodiff/devices/simd/run/threads.ts';
import { runStrips } from '../../../../src/autodiff/devices/simd/run/worker.ts';
import { showNests } from '../../../../src/autodiff/devices/simd/show-nests.ts';
import { showWasmOf } from '../../../../src/autodiff/devices/simd/show-wasm.ts';
import { openSimd } from '../../../../src/autodiff/devices/simd/simd.ts';
import { matmul, planOf, showPlan, tensor } from '../../../../src/autodiff/index.ts';

const folder = 'src/autodiff/devices/simd';
const page = `${folder}/README.md`;

const [a, b] = [new Float32Array(1000 * 16), new Float32Array(16 * 300)];
const plan = planOf((x, y) => [matmul(x, y)], tensor(a, [1000, 16]), tensor(b, [16, 300]));

/** The innermost loop of the product and the stores after it. */
function loop(): string {
  const lines = showWasmOf(plan, 0, { shared: false, relaxed: true }).split('\n');
  const from = lines.findIndex((line) => line.includes('relaxed_madd')) - 1;
  const to = lines.findLastIndex((line) => line.includes('offset=3616'));
  const indent = lines[from].search(/\S/);
  return lines
    .slice(from, to + 1)
    .map((line) => line.slice(indent))
    .join('\n');
}

/** The calls that two threads make of the product together. */
async function strips(): Promise<string> {
  const threads = await Threads.start(2, new Arena({ shared: true }));
  const lines: string[] = [];
  const run = (_table: number, _scratch: number, ...ranges: number[]) => {
    const shown = ['z', 'y', 'x', 'k'].map((axis, i) =>
      `${axis} ${ranges[2 * i]}..${ranges[2 * i + 1]}`.padEnd(13),
    );
    lines.push(`n0(table, scratch, ${shown.join('').trimEnd()})`);
  };
  const [calls] = compilePlan(plan, { shared: true, relaxed: true }).calls;
  const module = { id: 1, address: 0, bytes: 0 };
  const job = threads.job({ calls, index: 0, run, module, table: 0, scratchStride: 0 });
  runStrips(job.words, word, 0, run);
  await threads.dispose();
  return lines.join('\n');
}

/** What a device with two threads takes of its memory for the product, and gives back. */
async function memory(): Promise<string> {
  const lines: string[] = [];
  const { allocate, release } = Arena.prototype;
  Arena.prototype.allocate = function (this: Arena, bytes: number) {
    const address = allocate.call(this, bytes);
    lines.push(`${`${bytes}`.padStart(7)} bytes at ${address}`);
    return address;
  };
  Arena.prototype.release = function (this: Arena, address: number) {
    lines.push(`           free ${address}`);
    release.call(this, address);
  };
  try {
    const step = (what: string) => lines.push(what);
    step('open');
    const device = await openSimd({ threads: 2, relaxed: false });
    step('upload both inputs');
    const inputs = [await device.upload(a, 'real'), await device.upload(b, 'real')];
    step('compile');
    const program = await device.compile(plan);
    step('run');
    const [output] = await program.run(inputs);
    step('free the output');
    device.free(output);
    step('dispose of the program');
    program.dispose();
    await device.dispose();
  } finally {
    Object.assign(Arena.prototype, { allocate, release });
  }
  return lines.join('\n');
}

const outputs: Record<string, () => string | Promise<string>> = {
  plan: () => showPlan(plan),
  nests: () => showNests(plan),
  loop,
  strips,
  memory,
};

/** The text in the fenced block of an output, between what is before and after it. */
function split(text: string, name: string): [before: string, block: string, after: string] {
  const open = `<!-- output: ${name} -->\n\`\`\``;
  const start = text.indexOf('\n', text.indexOf(open) + open.length) + 1;
  const end = text.indexOf('\n```\n<!-- end -->', start);
  assert.ok(text.includes(open) && end > 0, `${page} has no output ${name}`);
  return [text.slice(0, start), text.slice(start, end), text.slice(end)];
}

for (const [name, print] of Object.entries(outputs)) {
  test(`the page shows the ${name} of the product`, async () => {
    const [before, shown, after] = split(readFileSync(page, 'utf8'), name);
    const printed = await print();
    if (process.env.UPDATE) writeFileSync(page, before + printed + after);
    else assert.is(shown, printed);
  });
}

test('the page has a line for every file', () => {
  const text = readFileSync(page, 'utf8');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const names = files
    .filter((path) => path.endsWith('.ts'))
    .map((path) => path.split(/[\\/]/).at(-1));
  assert.equal(
    names.filter((name) => !text.includes(`\`${name}\``)),
    [],
  );
});

test.run();
