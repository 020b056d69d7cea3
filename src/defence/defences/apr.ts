/** @file `apr`: adversarial training, the same for all users. */

import { wrmfAprKind } from '../../models/index.ts';
import { adversarialTraining } from './adversarial-training.ts';

const { epsilon, adversarialWeight, pretraining } = wrmfAprKind.defaults;

/** The defence `apr`. */
export const apr = adversarialTraining(
  'apr',
  'trains against perturbations of every factor (He et al. 2018)',
  { epsilon, adversarialWeight, pretraining },
);
