/** @file How messages describe a value that is not what was expected. */

/** A value in words, such as `3`, `an array` or `undefined`. */
export function showValue(value: unknown): string {
  if (value === undefined || value === null || typeof value === 'number') return `${value}`;
  if (typeof value === 'boolean') return `the boolean ${value}`;
  if (typeof value === 'bigint') return `the bigint ${value}n`;
  if (typeof value === 'string') return `the text ${JSON.stringify(cut(value))}`;
  if (typeof value === 'function') return `a function${value.name && ` (${value.name})`}`;
  if (typeof value === 'symbol') return 'a symbol';
  if (Array.isArray(value)) return 'an array';
  const made = Object.getPrototypeOf(value)?.constructor?.name;
  if (!made || made === 'Object') return 'an object';
  return `${/^([AEIO]|Un)/.test(made) ? 'an' : 'a'} ${made}`;
}

const cut = (text: string): string => (text.length > 40 ? `${text.slice(0, 40)}…` : text);

/** How to make a tensor of a value that is none; empty where there is no telling. */
export function asTensor(value: unknown): string {
  if (typeof value === 'number') return `: write tensor(${value})`;
  if (Array.isArray(value) || ArrayBuffer.isView(value)) return ': make it one by tensor(…)';
  if (value instanceof Promise) return ': await it first, outside of what is traced';
  if (showValue(value) === 'a Tensor') return ' of another copy of hypertape';
  return '';
}
