/** @file `hypertape verify`: recomputes gradients that another framework exported. */

import { Command } from 'commander';
import { UserError } from '../../errors.ts';
import {
  type AnyFixture,
  type FixtureResult,
  type ProblemModule,
  readAnyFixture,
  verifyFixture,
  verifyProblem,
} from '../../eval/index.ts';
import { interruptible } from '../interrupt.ts';
import { exportedProblem } from '../module.ts';
import { type CommonOptions, deviceOf, withCommonOptions } from '../options.ts';
import { Output } from '../output.ts';

type VerifyOptions = CommonOptions & { readonly problem?: string };

/** The command `verify`. */
export const verifyCommand = (): Command =>
  withCommonOptions(
    new Command('verify')
      .description('recompute gradients that another framework exported, and compare')
      .argument('<fixture...>', 'JSON files of format 2')
      .option(
        '--problem <module>',
        'a module whose export `problem` computes the problem of the files',
      ),
  ).action(verify);

async function verify(paths: string[], options: VerifyOptions): Promise<void> {
  const output = new Output(options);
  const module = options.problem === undefined ? undefined : await moduleAt(options.problem);
  // All files are read first, so that a bad one does not end a long run in its middle.
  const fixtures: AnyFixture[] = [];
  for (const path of paths) fixtures.push(await readAnyFixture(path, module));
  const device = await deviceOf(options);
  const results: FixtureResult[] = [];
  const bar = output.progress('verifying, rows');
  await interruptible(
    () => 'nothing was written; the same command begins anew',
    async (signal) => {
      const onRow = (done: number, total: number) => bar.update(done, total);
      for (const fixture of fixtures) {
        if ('rows' in fixture) {
          results.push(...(await verifyProblem(fixture, device, { signal, onRow })));
        } else results.push(await verifyFixture(fixture, device, { signal }));
      }
    },
  );
  bar.stop();
  const shown = (error?: number) => error?.toExponential(1) ?? '-';
  output.table(
    ['fixture', 'gradient error', 'loss error', 'other error', 'tolerance', 'verdict'],
    results.map((r) => [
      r.name,
      shown(r.gradientError),
      shown(r.lossError),
      shown(r.otherError),
      r.tolerance.toExponential(0),
      r.verdict,
    ]),
  );
  const differing = results.filter((r) => r.verdict === 'differs').length;
  const unjudged = results.filter((r) => r.verdict === 'beyond f32').length;
  output.line(
    `${results.length - differing - unjudged} agree, ${differing} differ on ${device.name}` +
      (unjudged > 0 ? `, ${unjudged} beyond the resolution of f32 and not judged` : ''),
  );
  output.result({ device: device.name, results });
  if (differing > 0) process.exitCode = 1;
}

/** The module of a problem. Throws a UserError that names the file. */
async function moduleAt(path: string): Promise<ProblemModule> {
  const module = await exportedProblem('--problem', path);
  if (typeof module === 'function') return module as ProblemModule;
  throw new UserError(
    `--problem ${path}: expected an export problem that is a function of the data, got a ` +
      typeof module,
  );
}
