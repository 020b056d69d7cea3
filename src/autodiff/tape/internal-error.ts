/** @file The error of a library that contradicts itself. */

/** Thrown at a fault of hypertape, or of a primitive's record: no wrong input may cause it. */
export class InternalError extends Error {
  override name = 'InternalError';

  constructor(message: string) {
    super(`internal: ${message}`);
  }
}
