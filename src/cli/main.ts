#!/usr/bin/env node
/** @file The command line: exit status 0 done, 1 failed, 2 wrong usage or bad input. */

import { Command, CommanderError } from 'commander';
import { DeviceError, MethodError, ShapeError } from '../autodiff/index.ts';
import { UserError } from '../errors.ts';
import { attackCommand } from './commands/attack.ts';
import { dataCommand } from './commands/data.ts';
import { demoCommand } from './commands/demo.ts';
import { evaluateCommand } from './commands/evaluate.ts';
import { recommendCommand } from './commands/recommend.ts';
import { trainCommand } from './commands/train.ts';
import { verifyCommand } from './commands/verify.ts';

const program = new Command('hypertape')
  .description('Exact hypergradients: learn injection attacks on recommenders and measure them')
  .showHelpAfterError('(hypertape COMMAND --help lists the options)');

const commands = [
  demoCommand(),
  dataCommand(),
  trainCommand(),
  recommendCommand(),
  attackCommand(),
  evaluateCommand(),
  verifyCommand(),
];
for (const command of commands) program.addCommand(command);

/** Errors of usage end by exception, so that the exit status is chosen here alone. */
function overrideExit(command: Command): void {
  command.exitOverride();
  command.copyInheritedSettings(program);
  for (const child of command.commands) overrideExit(child);
}
overrideExit(program);

function exitStatus(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  const text = error instanceof Error ? error.message : String(error);
  if ([UserError, DeviceError, MethodError, ShapeError].some((kind) => error instanceof kind)) {
    process.stderr.write(`error: ${text}\n`);
    return 2;
  }
  // Whatever else goes wrong is a defect here: show where.
  process.stderr.write(`error: ${error instanceof Error ? error.stack : text}\n`);
  return 1;
}

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = exitStatus(error);
}
// Worker threads and GPU contexts would keep the process; all output is written by now.
process.exit();
