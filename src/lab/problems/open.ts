/** @file How each problem of the lab is opened, by its name: what only the worker needs. */

import { openAttack } from './attack/run.ts';
import type { OpenRun } from './problem.ts';

/** The opener of each problem. */
export const openers: Readonly<Record<string, OpenRun>> = { attack: openAttack };
