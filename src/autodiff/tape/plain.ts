/** @file Values that hold what their fields say, of this page or another. */

/** Made by an object literal, of this page or another: a Promise or a Map has a class between. */
export function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return (
    prototype === Object.prototype ||
    prototype === null ||
    Object.getPrototypeOf(prototype) === null
  );
}

/** Any typed array; a DataView is none. */
export const isTypedArray = (value: unknown): value is Float64Array =>
  ArrayBuffer.isView(value) && 'length' in value;
