/** @file The kinds of cells that experiments are made of. */

import type { CellKind } from '../../../grid/index.ts';
import { attackCell } from './attack.ts';
import { syntheticCell } from './synthetic.ts';
import { victimCell } from './victim.ts';

/** All kinds of cells. */
export const cellKinds: readonly CellKind[] = [syntheticCell, attackCell, victimCell];
