/** @file `vat`: adversarial training that protects the vulnerable users more. */

import { wrmfVatKind } from '../../models/index.ts';
import { adversarialTraining } from './adversarial-training.ts';

const { epsilon, adversarialWeight, pretraining, adaptation } = wrmfVatKind.defaults;

/** The defence `vat`. */
export const vat = adversarialTraining(
  'vat',
  'trains against perturbations, larger for users of small loss (VAT, Zhang et al. 2024)',
  { epsilon, adversarialWeight, pretraining, adaptation },
);
