/** @file How each problem of the lab is opened, by its name: what only the worker needs, when it does. */

import type { Surrogate } from './attack/about.ts';
import { surrogateOf } from './attack/surrogates.ts';
import type { OpenRun } from './problem.ts';

/** An opener whose code is loaded when it is first used. */
const loaded =
  (load: () => Promise<OpenRun>): OpenRun =>
  async (values, how) =>
    (await load())(values, how);

/** The opener of each problem. */
export const openers: Readonly<Record<string, OpenRun>> = {
  attack: async (values, how) => {
    // At once, since each is a request.
    const [{ openAttack }, kind] = await Promise.all([
      import('./attack/run.ts'),
      surrogateOf(values.surrogate as Surrogate),
    ]);
    return openAttack(kind, values, how);
  },
  cleaning: loaded(async () => (await import('./cleaning/run.ts')).openCleaning),
  'learning-rate': loaded(async () => (await import('./learning-rate/run.ts')).openLearningRate),
  maml: loaded(async () => (await import('./maml/run.ts')).openMaml),
};
