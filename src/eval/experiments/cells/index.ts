/** @file The kinds of cells that experiments are made of. */

import type { Cell, CellKind } from '../../../grid/index.ts';
import { attackCell } from './attack.ts';
import { defendedCell } from './defended.ts';
import { detectorCell } from './detector.ts';
import { featuresCell } from './features.ts';
import { gradientCell } from './gradient.ts';
import { latentCell } from './latent.ts';
import { popularityCell } from './popularity.ts';
import { syntheticCell } from './synthetic.ts';
import { victimCell } from './victim.ts';

/** All kinds of cells. */
export const cellKinds: readonly CellKind[] = [
  syntheticCell,
  attackCell,
  victimCell,
  popularityCell,
  latentCell,
  gradientCell,
  defendedCell,
  detectorCell,
  featuresCell,
];

/** The models that take minutes to train where others take seconds. */
const slowModels: readonly unknown[] = ['neumf', 'mult-vae'];

/** Whether a cell trains a model that takes many times as long as others. */
export const isSlow = ({ config }: Cell): boolean => slowModels.includes(config.model);
