/** @file Packed panels: where the copied cells of a strip of columns stand in the scratch memory. */

import { bound } from '../convention.ts';
import { combine, constantOf, ofAtom, variableAtom } from '../plan/affine.ts';
import type { Pack, Tiling } from '../plan/tiling.ts';
import { scratchPlace } from './addresses.ts';
import type { Packed } from './vector-code.ts';

/**
 * Where the vectors of a panel stand: those of a block of columns side by side for one step of the
 * loop, then for the next step, then the next block of columns.
 */
export function panel({ reduce }: Pack, vectors: number, begin: number, length: number): Packed {
  const step = 4 * vectors;
  return {
    place: scratchPlace,
    at: (x) =>
      combine([
        { x: ofAtom(variableAtom('x')), by: length },
        { x: ofAtom(variableAtom(bound.stripFrom)), by: -length },
        { x: ofAtom(variableAtom(reduce.variable)), by: step },
        { x: reduce.from, by: -step },
        { x: constantOf(begin + x), by: 1 },
      ]),
  };
}

/** Bytes of scratch memory that the packed panels of a nest take. */
export const panelBytes = ({ packs }: Tiling, length: number, width: number): number =>
  packs.length * length * width * 4;
