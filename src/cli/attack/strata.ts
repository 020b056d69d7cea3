/** @file `attack --strata`: in which stratum items on a bound are. */

import { Option } from 'commander';
import type { OnBound } from '../../eval/index.ts';
import type { AttackOptions } from './plan.ts';

/** The option of where items on the bound of a stratum go. */
export const strataOption = (): Option =>
  new Option(
    '--strata <which>',
    'all: every item is in one; published: items on a bound are in none',
  )
    .choices(['all', 'published'])
    .default('all');

/** Where they go by the options. */
export const onBoundOf = ({ strata }: Pick<AttackOptions, 'strata'>): OnBound =>
  strata === 'published' ? 'nowhere' : 'below';
