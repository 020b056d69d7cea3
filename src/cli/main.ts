#!/usr/bin/env node
/**
 * @file The command line. Exit status: 0 done, 1 failed, 2 wrong usage or bad input; as shells have
 * it, 130 stopped by Ctrl-C, 143 by SIGTERM, 141 where nobody reads stdout on.
 */

import { createRequire } from 'node:module';
import { Command, CommanderError } from 'commander';
import { DeviceError, MethodError, ShapeError } from '../autodiff/index.ts';
import { readDataFolder } from '../data/index.ts';
import { DivergedError, UserError } from '../errors.ts';
import { cellKinds, studyDigest } from '../eval/index.ts';
import { attackCommand } from './commands/attack.ts';
import { compareCommand } from './commands/compare.ts';
import { dataCommand } from './commands/data.ts';
import { defendCommand } from './commands/defend.ts';
import { demoCommand } from './commands/demo.ts';
import { detectCommand } from './commands/detect.ts';
import { evaluateCommand } from './commands/evaluate.ts';
import { labCommand } from './commands/lab.ts';
import { recommendCommand } from './commands/recommend.ts';
import { reproduceCommand } from './commands/reproduce.ts';
import { tapeCommand } from './commands/tape.ts';
import { trainCommand } from './commands/train.ts';
import { verifyCommand } from './commands/verify.ts';
import { cellCommand, workerCommand } from './commands/worker.ts';
import { Interrupted } from './interrupt.ts';
import { drained, watchOutput } from './streams.ts';
import { visible } from './visible.ts';

// The package names itself, because the path to package.json differs between src/ and dist/.
const { version } = createRequire(import.meta.url)('hypertape/package.json');

const program = new Command('hypertape')
  .description('Exact hypergradients: learn injection attacks on recommenders and measure them')
  .version(version, '--version', 'print the version')
  .showHelpAfterError('(hypertape COMMAND --help lists the options)');

const commands = [
  demoCommand(),
  dataCommand(),
  trainCommand(),
  recommendCommand(),
  attackCommand(),
  evaluateCommand(),
  defendCommand(),
  compareCommand(),
  tapeCommand(),
  detectCommand(),
  verifyCommand(),
  reproduceCommand(),
  workerCommand({
    kinds: cellKinds,
    digestOf: async (folder) => studyDigest(await readDataFolder(folder, { testMayLack: true })),
  }),
  cellCommand(cellKinds),
  labCommand(),
];
for (const command of commands) program.addCommand(command);

/** Turns errors of usage into exceptions, so that the exit status is chosen here alone. */
function overrideExit(command: Command): void {
  command.exitOverride();
  command.copyInheritedSettings(program);
  refuseRepeats(command);
  for (const child of command.commands) overrideExit(child);
}

/** Of an option that is given twice the first value would silently be lost. */
function refuseRepeats(command: Command): void {
  for (const option of command.options.filter(({ variadic }) => !variadic)) {
    let given = false;
    command.on(`option:${option.name()}`, () => {
      if (given) command.error(`error: option '${option.long}' is given twice: give it once`);
      given = true;
    });
  }
}
overrideExit(program);

function exitStatus(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  const text = visible(error instanceof Error ? error.message : String(error), { lines: true });
  if (error instanceof Interrupted) {
    process.stderr.write(`${text}\n`);
    return error.status;
  }
  if (error instanceof DivergedError) {
    process.stderr.write(`error: ${text}\n`);
    return 1;
  }
  if ([UserError, DeviceError, MethodError, ShapeError].some((kind) => error instanceof kind)) {
    process.stderr.write(`error: ${text}\n`);
    return 2;
  }
  // Any other error is a defect of the program: print where it happened.
  process.stderr.write(`error: ${error instanceof Error ? error.stack : text}\n`);
  return 1;
}

watchOutput();
try {
  if (process.argv.length === 2) {
    program.outputHelp({ error: true });
    program.error('error: no command given');
  }
  await program.parseAsync();
} catch (error) {
  process.exitCode = exitStatus(error);
}
await drained();
// Worker threads and GPU contexts would keep the process alive.
process.exit();
