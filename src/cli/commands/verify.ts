/** @file `hypertape verify`: recomputes hypergradients that another framework exported. */

import { Command } from 'commander';
import { type Fixture, type FixtureResult, readFixture, verifyFixture } from '../../eval/index.ts';
import { interruptible } from '../interrupt.ts';
import { type CommonOptions, deviceOf, withCommonOptions } from '../options.ts';
import { Output } from '../output.ts';

/** The command `verify`. */
export const verifyCommand = (): Command =>
  withCommonOptions(
    new Command('verify')
      .description('recompute hypergradients that another framework exported, and compare')
      .argument('<fixture...>', 'JSON files of format 2'),
  ).action(verify);

async function verify(paths: string[], options: CommonOptions): Promise<void> {
  const output = new Output(options);
  // All files are read first, so that a bad one does not end a long run in its middle.
  const fixtures: Fixture[] = [];
  for (const path of paths) fixtures.push(await readFixture(path));
  const device = await deviceOf(options);
  const results: FixtureResult[] = [];
  await interruptible(
    () => 'nothing was written; the same command begins anew',
    async (signal) => {
      for (const fixture of fixtures) {
        results.push(await verifyFixture(fixture, device, { signal }));
      }
    },
  );
  output.table(
    ['fixture', 'gradient error', 'loss error', 'training error', 'tolerance', 'verdict'],
    results.map((r) => [
      r.name,
      r.gradientError.toExponential(1),
      r.lossError.toExponential(1),
      r.trainingError?.toExponential(1) ?? '-',
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
