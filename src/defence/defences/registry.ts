/** @file The defences by name. */

import { named } from '../../named.ts';
import { apr } from './apr.ts';
import type { Defence } from './defence.ts';
import { downWeighting } from './down-weighting.ts';
import { filtering } from './filtering.ts';
import { pore } from './pore.ts';
import { trimmedLoss } from './trimmed-loss.ts';
import { vat } from './vat.ts';

/** All defences. */
export const defences: readonly Defence[] = [filtering, downWeighting, trimmedLoss, apr, vat, pore];

/** The names of all defences. */
export const defenceNames: readonly string[] = defences.map(({ name }) => name);

/** The defence of this name. Throws a UserError that lists the names of all. */
export const defence = (name: string): Defence => named(defences, 'defence', name);
