/** @file Arrays by name, as `numpy.savez` stores them. */

import { UserError } from '../errors.ts';

/** Numbers of a shape, row-major. */
export interface NamedArray {
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array | Int32Array;
}

/** Arrays by name. */
export type NamedArrays = { readonly [name: string]: NamedArray };

/** The numbers of an array of this shape. Throws a UserError that names it if there is none. */
export function arrayOf(
  arrays: NamedArrays,
  name: string,
  shape: readonly number[],
): NamedArray['data'] {
  const found = arrays[name];
  if (found && found.shape.join() === shape.join()) return found.data;
  throw new UserError(
    `array ${name}: expected shape [${shape}], got ${found ? `[${found.shape}]` : 'none'}: ` +
      'load a model with the data and the settings that it was trained with',
  );
}
