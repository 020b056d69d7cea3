/** @file The experiments by name. */

import { UserError } from '../../errors.ts';
import type { Experiment } from './experiment.ts';
import { fig3 } from './fig3.ts';
import { fig4a, fig4b } from './fig4.ts';
import { fig5a } from './fig5a.ts';
import { table1 } from './table1.ts';
import { table2 } from './table2.ts';

/** All experiments, in the order of the report. */
export const experiments: readonly Experiment[] = [fig3, fig4a, fig4b, table1, fig5a, table2];

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
