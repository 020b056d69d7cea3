/** @file `npm run bench -- adbench FILE…`: objective and gradient of ADBench's instances, timed. */

import { parseArgs } from 'node:util';
import {
  compile,
  type Device,
  exact,
  hypergradient,
  openDevice,
  readAll,
  release,
  type Tree,
  train,
  valueAndGrad,
} from '../../src/autodiff/index.ts';
import { UserError } from '../../src/errors.ts';
import { adbenchPosterior } from '../objectives/gaussian-mixture.ts';
import { lstmProblem } from '../objectives/lstm.ts';
import { type Instance, readInstance } from './read.ts';

const usage = 'usage: npm run bench -- adbench FILE… [--json] [--seconds n]';

/** What one device gives and takes. `gradient` is all entries, in the order of the leaves. */
interface Outcome {
  readonly objective: number;
  readonly gradient: Float64Array;
  readonly objectiveMilliseconds: number;
  readonly gradientMilliseconds: number;
}

/** The two functions of an instance on a device, compiled. */
interface Functions {
  objective(): Promise<number>;
  gradient(): Promise<{ value: number; gradient: Float64Array }>;
}

async function mixtureFunctions(
  { parameters, data }: Extract<Instance, { kind: 'gmm' }>,
  device: Device,
): Promise<Functions> {
  const value = compile((p: typeof parameters) => adbenchPosterior(p, data), { device });
  const both = compile(
    valueAndGrad((p: typeof parameters) => adbenchPosterior(p, data)),
    { device },
  );
  return {
    objective: async () => (await numbersOf(await value(parameters), device))[0],
    gradient: async () => {
      const result = await both(parameters);
      const [objective] = await numbersOf(result.value, device);
      return { value: objective, gradient: await numbersOf(result.gradient, device) };
    },
  };
}

async function lstmFunctions(
  { parameters, data }: Extract<Instance, { kind: 'lstm' }>,
  device: Device,
): Promise<Functions> {
  const problem = lstmProblem(parameters, data);
  const value = compile(
    (state: ReturnType<typeof problem.init>) => problem.objective(state, parameters, []),
    { device },
  );
  return {
    objective: async () => {
      const state = await train(problem, parameters, device);
      const [objective] = await numbersOf(await value(state), device);
      release(state);
      return objective;
    },
    gradient: async () => {
      const result = await hypergradient(problem, { method: exact(), device });
      const gradient = await numbersOf(result.gradient, device);
      release(result.state);
      return { value: result.value, gradient };
    },
  };
}

/** All numbers of a tree in the order of its leaves; its buffers are freed. */
async function numbersOf(tree: Tree, device: Device): Promise<Float64Array> {
  const leaves = await readAll(tree, { device });
  release(tree);
  return Float64Array.from(leaves.flatMap((leaf) => Array.from(leaf)));
}

const functionsOf = (instance: Instance, device: Device): Promise<Functions> =>
  instance.kind === 'gmm' ? mixtureFunctions(instance, device) : lstmFunctions(instance, device);

/** The least time of a run, in milliseconds, over runs of `seconds` in all, as ADBench takes it. */
async function leastTime(run: () => Promise<unknown>, seconds: number): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (const end = performance.now() + seconds * 1000; ; ) {
    const started = performance.now();
    await run();
    least = Math.min(least, performance.now() - started);
    if (performance.now() >= end) return least;
  }
}

async function measure(instance: Instance, device: Device, seconds: number): Promise<Outcome> {
  const functions = await functionsOf(instance, device);
  const objective = await functions.objective();
  const { gradient } = await functions.gradient();
  const objectiveMilliseconds = await leastTime(functions.objective, seconds);
  const gradientMilliseconds = await leastTime(functions.gradient, seconds);
  return { objective, gradient, objectiveMilliseconds, gradientMilliseconds };
}

const norm = (x: Float64Array): number => Math.sqrt(x.reduce((sum, each) => sum + each * each, 0));

/** How far one is from the other, relative to the other's norm. */
const distance = (x: Float64Array, y: Float64Array): number =>
  norm(x.map((each, i) => each - y[i])) / norm(y);

const columns = ['objective', '|gradient|', 'error', 'objective ms', 'gradient ms'];

function row(name: string, device: string, outcome: Outcome, error: number): string {
  const { objective, gradient, objectiveMilliseconds, gradientMilliseconds } = outcome;
  const cells = [
    objective.toPrecision(15),
    norm(gradient).toPrecision(15),
    error.toExponential(1),
    objectiveMilliseconds.toFixed(2),
    gradientMilliseconds.toFixed(2),
  ];
  return line(name, device, cells);
}

const line = (name: string, device: string, cells: readonly string[]): string =>
  [name.padEnd(24), device.padEnd(10), ...cells.map((cell) => cell.padStart(18))].join(' ');

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    args: process.argv.slice(3),
    options: {
      json: { type: 'boolean', default: false },
      seconds: { type: 'string', default: '1' },
    },
  });
  const seconds = Number(values.seconds);
  if (positionals.length === 0) throw new UserError(usage);
  if (!(seconds >= 0)) throw new UserError(`--seconds: expected a number from 0`);
  const devices = [await openDevice('reference'), await openDevice('simd', { threads: 1 })];
  console.log(line('', '', columns));
  const results: object[] = [];
  for (const file of positionals) {
    const instance = await readInstance(file);
    let truth: Float64Array | undefined;
    for (const device of devices) {
      const outcome = await measure(instance, device, seconds);
      truth ??= outcome.gradient;
      const error = distance(outcome.gradient, truth);
      console.log(row(file.split('/').at(-1) as string, device.name, outcome, error));
      const { gradient, ...others } = outcome;
      results.push({ file, device: device.name, gradientNorm: norm(gradient), error, ...others });
    }
  }
  if (values.json) console.log(JSON.stringify(results));
}

try {
  await main();
} catch (error) {
  process.stderr.write(`error: ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = error instanceof UserError ? 2 : 1;
}
// Worker threads would keep the process.
process.exit();
