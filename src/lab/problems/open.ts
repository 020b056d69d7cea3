/** @file How each problem of the lab is opened, by its name: what only the worker needs. */

import { openAttack } from './attack/run.ts';
import { openCleaning } from './cleaning/run.ts';
import { openLearningRate } from './learning-rate/run.ts';
import { openMaml } from './maml/run.ts';
import type { OpenRun } from './problem.ts';

/** The opener of each problem. */
export const openers: Readonly<Record<string, OpenRun>> = {
  attack: openAttack,
  cleaning: openCleaning,
  'learning-rate': openLearningRate,
  maml: openMaml,
};
