/** @file `hypertape compare`: estimators of one hypergradient side by side. */

import { cpus } from 'node:os';
import { Command, Option } from 'commander';
import {
  type Comparison,
  compareHypergradients,
  type Device,
  showComparison,
} from '../../autodiff/index.ts';
import { writeAtomically } from '../../data/index.ts';
import { UserError } from '../../errors.ts';
import {
  type ComparedProblem,
  type ComparisonModule,
  cellsIn,
  comparisonFindings,
  comparisonReport,
  givenProblem,
  methodHelp,
  methodsOf,
  neutralProblem,
  neutralProblems,
  type SolverCurve,
  shortName,
  solverCurves,
  solverPoints,
  suitableMethods,
} from '../../eval/index.ts';
import { commandLine } from '../command-line.ts';
import { interruptible } from '../interrupt.ts';
import { calledOf, exportedProblem } from '../module.ts';
import { type CommonOptions, deviceOf, withCommonOptions } from '../options.ts';
import { Output } from '../output.ts';
import { withOutput } from '../output-folder.ts';
import { checkpoints, wholeNumber } from '../values.ts';

type CompareOptions = CommonOptions & {
  readonly problem?: string;
  readonly methods?: string;
  readonly steps?: number;
  readonly checkpoints?: ReturnType<typeof checkpoints>;
  readonly directions: number;
  readonly out?: string;
};

/** The command `compare`. */
export const compareCommand = (): Command =>
  withOutput(
    withCommonOptions(compareOptions()),
    new Option('--out <file>', 'write a report with plots and certificates, such as report.html'),
    'the file',
  ).action(compare);

const compareOptions = (): Command =>
  new Command('compare')
    .description('estimators of one hypergradient side by side: how good, at what cost, and why')
    .argument('[problem]', neutralProblems.map(({ name }) => name).join(', '))
    .option(
      '--problem <module>',
      'a module whose export problem, or default, is a bilevel problem or a function that gives one',
    )
    .option('--methods <list>', `estimators: ${methodHelp} (default: by the problem's size)`)
    .option('--steps <n>', "steps of the training (default: the problem's)", wholeNumber(0, 1e7))
    .option(
      '--checkpoints <n|size>',
      'states that the exact hypergradient may hold, or their size (default: all)',
      checkpoints,
    )
    .option(
      '--directions <n>',
      'random directions along which training is run again, four times each',
      wholeNumber(0, 1000),
      2,
    );

async function compare(name: string | undefined, options: CompareOptions): Promise<void> {
  const output = new Output(options);
  if (options.out !== undefined && !/\.html?$/.test(options.out)) {
    throw new UserError(`--out ${options.out}: expected a file that ends in .html`);
  }
  const { title, about, of } = await problemOf(name, options);
  const methods =
    options.methods === undefined ? suitableMethods(of) : methodsOf(of, options.methods);
  const device = await deviceOf(options);
  const inputs = cellsIn(of.problem.inputs);
  const { steps } = of.problem;
  output.line(`${title}: ${about}; ${inputs} inputs, ${steps} steps, on ${device.name}`);
  const { comparison, solvers } = await interruptible(
    () => 'nothing was written; the same command begins anew',
    (signal) => run(of, { methods, device, signal }, options, output),
  );
  output.line(showComparison(comparison));
  output.line();
  const isSingle = device.precision === 'f32';
  for (const sentence of comparisonFindings(comparison, { solvers, isSingle })) {
    output.line(sentence);
  }
  for (const line of warningsOf(comparison)) output.line(line);
  if (options.out !== undefined) {
    const story = {
      name: title,
      about,
      steps,
      inputs,
      comparison,
      solvers,
      isSingle,
      directions: options.directions,
      facts: factsOf(options, device),
      command: commandLine(),
    };
    await writeAtomically(options.out, await comparisonReport(story));
    output.line(`plots and certificates: ${options.out}`);
  }
  const { gradient: _gradient, ...rest } = comparison;
  output.result({
    problem: title,
    inputs,
    steps,
    device: device.name,
    ...rest,
    solvers,
    report: options.out,
  });
}

/** Runs all, under one count of what is done. */
async function run(
  of: ComparedProblem,
  {
    methods,
    device,
    signal,
  }: {
    readonly methods: ReturnType<typeof suitableMethods>;
    readonly device: Device;
    readonly signal: AbortSignal;
  },
  options: CompareOptions,
  output: Output,
): Promise<{ comparison: Comparison; solvers: SolverCurve[] }> {
  const bar = output.progress('comparing, runs');
  // The curves are drawn in the report, and are data of the object.
  const curves = options.out !== undefined || options.json === true;
  let done = 0;
  let total = 0;
  const comparison = await compareHypergradients(of.problem, {
    methods,
    device,
    signal,
    checkpoints: options.checkpoints,
    directions: options.directions,
    seed: options.seed,
    again: true,
    onProgress: (_name, count, all) => {
      done = count;
      total = all + (curves ? solverPoints(of) : 0);
      bar.update(done, total);
    },
  });
  const onPoint = () => bar.update(++done, total);
  const solvers = curves
    ? await solverCurves(of, comparison.gradient, { device, signal, onPoint })
    : [];
  bar.stop();
  return { comparison, solvers };
}

async function problemOf(name: string | undefined, options: CompareOptions) {
  const { problem, seed, steps } = options;
  if ((name === undefined) === (problem === undefined)) {
    const names = neutralProblems.map((each) => each.name).join(', ');
    throw new UserError(
      `compare: expected one of ${names}, or --problem with a module of your own`,
    );
  }
  if (name !== undefined) {
    const found = neutralProblem(name);
    return { title: name, about: found.about, of: found.open({ seed, steps }).make() };
  }
  const path = problem as string;
  const module = (await exportedProblem('--problem', path)) as ComparisonModule;
  const what = `--problem ${path}`;
  const of = await calledOf(what, () => givenProblem(what, module, { seed, steps }));
  return { title: path, about: 'a problem of a module', of };
}

/**
 * The warnings of the certificates, a line each with those that it is of. Whether the training is at
 * rest is among the findings already.
 */
function warningsOf({ rows }: Comparison): string[] {
  const methods = new Map<string, string[]>();
  for (const row of rows) {
    if ('refused' in row) continue;
    for (const { level, name, sentence } of row.certificate?.findings ?? []) {
      if (level !== 'warning' || name === 'stationarity') continue;
      methods.set(sentence, [...(methods.get(sentence) ?? []), shortName(row.method)]);
    }
  }
  return [...methods].map(([sentence, names]) => `${names.join(', ')}: ${sentence}`);
}

function factsOf({ seed, checkpoints: held }: CompareOptions, device: Device): [string, string][] {
  const [cpu] = cpus();
  return [
    ['device', `${device.name}, ${device.precision}`],
    ['seed', `${seed}`],
    ['states held by the exact hypergradient', held === undefined ? 'all' : JSON.stringify(held)],
    ['machine', `${cpu?.model.trim() ?? 'unknown'}, Node ${process.versions.node}`],
  ];
}
