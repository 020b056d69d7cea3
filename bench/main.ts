/** @file The benchmarks by name: measures those asked for, prints a table of each. */

import { availableParallelism, cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { openDevice } from '../src/autodiff/index.ts';
import { adamBenchmark } from './adam.ts';
import { type Benchmark, type Context, Skipped } from './benchmark.ts';
import { gowallaBenchmark } from './gowalla.ts';
import { matmulBenchmark } from './matmul.ts';
import { openJax, openTfjs } from './peers.ts';
import { softmaxBenchmark } from './softmax.ts';
import { sparseBenchmark } from './sparse.ts';
import { syntheticBenchmark } from './synthetic.ts';
import { plainRows, showTable } from './table.ts';
import type { Row } from './timing.ts';

const benchmarks: readonly Benchmark[] = [
  matmulBenchmark,
  sparseBenchmark,
  adamBenchmark,
  softmaxBenchmark,
  syntheticBenchmark,
  gowallaBenchmark,
];

const usage = `usage: npm run bench -- [NAME …] [--json] [--threads n] [--runs n] [--data dir]
NAME is one of ${benchmarks.map(({ name }) => name).join(', ')}; default all`;

function readArguments() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      threads: { type: 'string', default: '2' },
      runs: { type: 'string', default: '9' },
      data: { type: 'string', default: '../shared/data/gowalla-15core' },
      help: { type: 'boolean', default: false },
    },
  });
  const count = (name: 'threads' | 'runs') => {
    const n = Number(values[name]);
    if (!Number.isInteger(n) || n < 1) throw new Error(`--${name}: expected 1 or more`);
    return n;
  };
  const chosen = positionals.map((name) => {
    const found = benchmarks.find((benchmark) => benchmark.name === name);
    if (!found) throw new Error(`benchmark ${name} is not known`);
    return found;
  });
  const { json, data, help } = values;
  const asked = chosen.length > 0 ? chosen : benchmarks;
  return { chosen: asked, json, data, help, threads: count('threads'), runs: count('runs') };
}

async function openContext(threads: number, runs: number, data: string): Promise<Context> {
  const counts = threads === 1 ? [1] : [1, threads];
  const simd = await Promise.all(
    counts.map(async (n) => ({
      name: `simd-${n}`,
      device: await openDevice('simd', { threads: n }),
    })),
  );
  return { simd, tfjs: await openTfjs(), jax: await openJax(), runs, data };
}

/** The rows of a benchmark, or why there are none. */
async function measure(benchmark: Benchmark, context: Context): Promise<Row[] | string> {
  const rows: Row[] = [];
  try {
    for await (const row of benchmark.rows(context)) {
      rows.push(row);
      if (process.stderr.isTTY) process.stderr.write(`${benchmark.name} ${row.label} done\n`);
    }
    return rows;
  } catch (error) {
    if (error instanceof Skipped) return error.message;
    throw error;
  }
}

async function main(): Promise<void> {
  const { chosen, json, data, help, threads, runs } = readArguments();
  if (help) return console.log(usage);
  const context = await openContext(threads, runs, data);
  const order = context.simd.map(({ name }) => name);
  const machine = { cpu: cpus()[0].model, cores: availableParallelism(), node: process.version };
  const load = loadavg()[0];
  console.log(`${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, ${runs} runs`);
  console.log(`simd-n computes on n threads, the peers on one; load before the start ${load}`);
  const results: Record<string, unknown> = {};
  for (const benchmark of chosen) {
    const rows = await measure(benchmark, context);
    const { name, about, unit } = benchmark;
    if (typeof rows === 'string') {
      console.log(`\n${name} is skipped: ${rows}`);
      results[name] = { skipped: rows };
    } else {
      console.log(`\n${showTable(benchmark, rows, order)}`);
      results[name] = { about, unit, rows: plainRows(rows, order) };
    }
  }
  if (json) console.log(JSON.stringify({ ...machine, load, threads, runs, benchmarks: results }));
}

try {
  await main();
} catch (error) {
  process.stderr.write(`error: ${error instanceof Error ? error.message : error}\n${usage}\n`);
  process.exitCode = 1;
}
// Worker threads would keep the process.
process.exit();
