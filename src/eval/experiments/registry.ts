/** @file The experiments by name. */

import { UserError } from '../../errors.ts';
import type { Cell } from '../../grid/index.ts';
import { isSlow } from './cells/index.ts';
import { defence } from './defence.ts';
import { detection } from './detection.ts';
import { type Experiment, ofSeed, type Scope } from './experiment.ts';
import { fig3 } from './fig3.ts';
import { fig4a, fig4b } from './fig4.ts';
import { fig5a } from './fig5a.ts';
import { fig5b } from './fig5b.ts';
import { fig5c } from './fig5c.ts';
import { horizon } from './horizon.ts';
import { seeds } from './seeds.ts';
import { table1 } from './table1.ts';
import { table2 } from './table2.ts';
import { tuning } from './tuning.ts';

/** All experiments, in the order of the report. */
export const experiments: readonly Experiment[] = [
  fig3,
  fig4a,
  fig4b,
  tuning,
  table1,
  fig5a,
  table2,
  fig5b,
  fig5c,
  horizon,
  detection,
  defence,
  seeds,
];

/**
 * The cells of experiments, and all that those take: a seed after the other, and of each seed those
 * first that tell most for their time.
 */
export function cellsOf(parts: readonly { experiment: Experiment; scope: Scope }[]): Cell[] {
  const seeds = new Set(parts.flatMap(({ scope }) => scope.seeds));
  return [...seeds].flatMap((seed) => {
    const cells = parts
      .filter(({ scope }) => scope.seeds.includes(seed))
      .flatMap(({ experiment, scope }) => experiment.cells(ofSeed(scope, seed)));
    return [...cells.filter((cell) => !isSlow(cell)), ...cells.filter(isSlow)];
  });
}

/** The word for all of them. */
const all = 'all';

/** The experiments of some names, each once; `all` names all. Throws a UserError for other names. */
export function experimentsNamed(names: readonly string[]): Experiment[] {
  for (const name of names) {
    if (name === all || experiments.some((each) => each.name === name)) continue;
    const known = experiments.map((each) => each.name).join(', ');
    throw new UserError(`there is no experiment ${name}: there are ${known}, and ${all}`);
  }
  return names.includes(all)
    ? [...experiments]
    : experiments.filter(({ name }) => names.includes(name));
}
