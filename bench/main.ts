/** @file The benchmarks by name: measures those asked for, prints a table of each. */

import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { openDevice } from '../src/autodiff/index.ts';
import { UserError } from '../src/errors.ts';
import { adamBenchmark } from './adam.ts';
import { type Benchmark, type Context, Skipped } from './benchmark.ts';
import { browserBenchmark } from './browser.ts';
import { compileBenchmark } from './compile.ts';
import { sharedFolder } from './data.ts';
import { gowallaBenchmark } from './gowalla.ts';
import { hypergradientsBenchmark } from './hypergradients.ts';
import { matmulBenchmark } from './matmul.ts';
import { openJax, openTfjs } from './peers.ts';
import { replayBenchmark } from './replay.ts';
import { softmaxBenchmark } from './softmax.ts';
import { sparseBenchmark } from './sparse.ts';
import { syntheticBenchmark } from './synthetic.ts';
import { type Columns, columnsOf, plainRow, showHeader, showRow } from './table.ts';
import { openTorch } from './torch.ts';

const benchmarks: readonly Benchmark[] = [
  matmulBenchmark,
  sparseBenchmark,
  adamBenchmark,
  softmaxBenchmark,
  syntheticBenchmark,
  hypergradientsBenchmark,
  replayBenchmark,
  compileBenchmark,
  gowallaBenchmark,
  browserBenchmark,
];

const usage = `usage: npm run bench -- [NAME …] [--json] [--threads n] [--runs n] [--data dir]
NAME is one of ${benchmarks.map(({ name }) => name).join(', ')}; default all
--data is the folder of the Gowalla data; default gowalla-15core in the folder HYPERTAPE_DATA
       npm run bench -- adbench FILE… [--json] [--seconds n]`;

function readArguments() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      threads: { type: 'string', default: '2' },
      runs: { type: 'string', default: '9' },
      data: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const count = (name: 'threads' | 'runs') => {
    const n = Number(values[name]);
    if (!Number.isInteger(n) || n < 1) throw new UserError(`--${name}: expected 1 or more`);
    return n;
  };
  const chosen = positionals.map((name) => {
    const found = benchmarks.find((benchmark) => benchmark.name === name);
    if (!found) throw new UserError(`benchmark ${name} is not known`);
    return found;
  });
  const { json, help } = values;
  const data = values.data ?? sharedFolder('gowalla-15core');
  const asked = chosen.length > 0 ? chosen : benchmarks;
  return { chosen: asked, json, data, help, threads: count('threads'), runs: count('runs') };
}

async function openContext(threads: number, runs: number, data?: string): Promise<Context> {
  const counts = threads === 1 ? [1] : [1, threads];
  const simd = await Promise.all(
    counts.map(async (n) => ({
      name: `simd-${n}`,
      device: await openDevice('simd', { threads: n }),
    })),
  );
  const [tfjs, jax, torch] = [await openTfjs(), await openJax(), await openTorch()];
  return { simd, tfjs, jax, torch, threads, runs, data };
}

/** Versions of the peers by name, null where one is not installed. */
function peersOf({ tfjs, jax, torch }: Context): Record<string, string | null> {
  const { dependencies } = JSON.parse(
    readFileSync(new URL('package.json', import.meta.url), 'utf8'),
  );
  return {
    tfjs: tfjs ? dependencies['@tensorflow/tfjs-core'] : null,
    'jax-js': jax ? dependencies['@jax-js/jax'] : null,
    pytorch: torch?.version ?? null,
  };
}

/** Prints a benchmark's table row by row and returns it as plain data. */
async function measure(benchmark: Benchmark, context: Context): Promise<object> {
  const { about, unit } = benchmark;
  const rows: object[] = [];
  let columns: Columns | undefined;
  try {
    for await (const row of benchmark.rows(context)) {
      if (!columns) {
        const ours = context.simd.map(({ name }) => name);
        columns = columnsOf(row, ours);
        console.log(`\n${showHeader(benchmark, columns)}`);
      }
      console.log(showRow(row, columns, unit));
      rows.push(plainRow(row, columns));
    }
    return { about, unit, rows };
  } catch (error) {
    if (!(error instanceof Skipped)) throw error;
    console.log(
      `\n${benchmark.name} ${rows.length > 0 ? 'ends here' : 'is skipped'}: ${error.message}`,
    );
    return { about, unit, rows, skipped: error.message };
  }
}

async function main(): Promise<void> {
  const { chosen, json, data, help, threads, runs } = readArguments();
  if (help) return console.log(usage);
  const load = Number(loadavg()[0].toFixed(1));
  const context = await openContext(threads, runs, data);
  const peers = peersOf(context);
  const machine = { cpu: cpus()[0].model, cores: availableParallelism(), node: process.version };
  console.log(`${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, ${runs} runs`);
  console.log(`simd-n computes on n threads, the peers on one; load before the start ${load}`);
  const missing = Object.keys(peers).filter((name) => peers[name] === null);
  if (missing.length > 0) console.log(`not installed, and left out: ${missing.join(', ')}`);
  const results: Record<string, object> = {};
  for (const benchmark of chosen) results[benchmark.name] = await measure(benchmark, context);
  if (!json) return;
  console.log(JSON.stringify({ ...machine, peers, load, threads, runs, benchmarks: results }));
}

/** `parseArgs` marks its errors by a code. */
const isUsage = (error: unknown): boolean =>
  error instanceof UserError ||
  String((error as { code?: unknown } | null)?.code).startsWith('ERR_PARSE_ARGS');

try {
  await main();
} catch (error) {
  process.stderr.write(`error: ${error instanceof Error ? error.message : error}\n`);
  if (isUsage(error)) process.stderr.write(`${usage}\n`);
  process.exitCode = isUsage(error) ? 2 : 1;
}
// Worker threads would keep the process.
process.exit();
