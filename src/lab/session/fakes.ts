/** @file The fake users of the last iteration as a file. */

import { fromDense, npzOf } from '../../data/portable.ts';
import type { Session } from './session.ts';

/**
 * The bytes of an .npz file, as `hypertape attack --out` writes it: a csr matrix, fake users x items.
 * Throws for problems that have none.
 */
export function fakesFile({ facts, last }: Session): Uint8Array {
  if (facts.problem !== 'attack') throw new Error('this problem has no fake users to save');
  const [rows, columns] = facts.shape;
  return npzOf(fromDense(Float64Array.from(last.inputs), rows, columns));
}
