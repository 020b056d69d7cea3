/** @file Writes WebAssembly modules byte by byte: numbers, sections and function bodies. */

/** A piece of a module. */
export type Bytes = number[];

/** Value types of locals, parameters and results. */
export const type = { i32: 0x7f, f32: 0x7d, f64: 0x7c, v128: 0x7b } as const;
/** One of them. */
export type ValueType = (typeof type)[keyof typeof type];

/** LEB128 of a number below 2^32. */
export function unsigned(value: number): Bytes {
  const bytes: Bytes = [];
  let rest = value >>> 0;
  while (rest >= 0x80) {
    bytes.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  bytes.push(rest);
  return bytes;
}

/** LEB128 of an integer of 32 bits; numbers from 2^31 on mean those less 2^32. */
export function signed(value: number): Bytes {
  const bytes: Bytes = [];
  let rest = value | 0;
  for (;;) {
    const low = rest & 0x7f;
    rest >>= 7;
    if ((rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0)) {
      bytes.push(low);
      return bytes;
    }
    bytes.push(low | 0x80);
  }
}

const scratch = new DataView(new ArrayBuffer(8));

/** The eight bytes of an f64. */
export function float64(value: number): Bytes {
  scratch.setFloat64(0, value, true);
  return [0, 1, 2, 3, 4, 5, 6, 7].map((i) => scratch.getUint8(i));
}

/** The four bytes of an f32. */
export function float32(value: number): Bytes {
  scratch.setFloat32(0, value, true);
  return [0, 1, 2, 3].map((i) => scratch.getUint8(i));
}

/** A function before it has an index. */
export interface WasmFunction {
  /** Exported by this name if it has one. */
  readonly name?: string;
  readonly parameters: readonly ValueType[];
  readonly results: readonly ValueType[];
  readonly locals: readonly ValueType[];
  readonly body: Bytes;
}

/** Pages that a memory has at most: 4 GiB. */
export const maxPages = 65536;

const nameOf = (text: string): Bytes => [
  ...unsigned(text.length),
  ...[...text].map((c) => c.charCodeAt(0)),
];

// Spreading arguments overflows the stack on long bodies, so bytes are appended one by one.
function append(target: Bytes, source: readonly number[]): void {
  for (const byte of source) target.push(byte);
}

function section(id: number, items: readonly Bytes[]): Bytes {
  const content = unsigned(items.length);
  for (const item of items) append(content, item);
  const bytes = [id, ...unsigned(content.length)];
  append(bytes, content);
  return bytes;
}

/** Declares locals in runs of one type. */
function localRuns(locals: readonly ValueType[]): Bytes {
  const runs: Bytes[] = [];
  for (let i = 0; i < locals.length; ) {
    let end = i;
    while (end < locals.length && locals[end] === locals[i]) end++;
    runs.push([...unsigned(end - i), locals[i]]);
    i = end;
  }
  return [...unsigned(runs.length), ...runs.flat()];
}

function bodyOf(fn: WasmFunction): Bytes {
  const code = localRuns(fn.locals);
  append(code, fn.body);
  code.push(0x0b);
  const bytes = unsigned(code.length);
  append(bytes, code);
  return bytes;
}

/** The index of `Math.pow` among the imported functions, which come before those of a module. */
export const powIndex = 0;
/** The index of `Math.sin`. */
export const sinIndex = 1;
/** The index of `Math.cos`. */
export const cosIndex = 2;

/** What every module imports. Workers call this function by its source text. */
export function moduleImports(memory: WebAssembly.Memory) {
  return { env: { memory, pow: Math.pow, sin: Math.sin, cos: Math.cos } };
}

type Signature = Pick<WasmFunction, 'parameters' | 'results'>;

const ofNumbers = (count: number): Signature => ({
  parameters: new Array(count).fill(type.f64),
  results: [type.f64],
});

const imported: readonly (readonly [string, Signature])[] = [
  ['pow', ofNumbers(2)],
  ['sin', ofNumbers(1)],
  ['cos', ofNumbers(1)],
];

/** How many functions every module imports. */
export const importedFunctions = imported.length;

const signatureOf = ({ parameters, results }: Signature): Bytes => [
  0x60,
  ...unsigned(parameters.length),
  ...parameters,
  ...unsigned(results.length),
  ...results,
];

/** A module of functions over a memory, to be instantiated with `moduleImports`. */
export function wasmModule(
  functions: readonly WasmFunction[],
  shared: boolean,
): Uint8Array<ArrayBuffer> {
  const limits = shared ? [0x03, ...unsigned(0), ...unsigned(maxPages)] : [0x00, ...unsigned(0)];
  const imports = [
    [...nameOf('env'), ...nameOf('memory'), 0x02, ...limits],
    ...imported.map(([name], i) => [...nameOf('env'), ...nameOf(name), 0x00, i]),
  ];
  // Function `i` has the signature `i`, the imported ones included.
  const indices = functions.map((_, i) => unsigned(importedFunctions + i));
  const exports = functions.flatMap(({ name }, i) =>
    name === undefined ? [] : [[...nameOf(name), 0x00, ...indices[i]]],
  );
  const bytes = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
  const signatures = [...imported.map(([, signature]) => signature), ...functions];
  append(bytes, section(1, signatures.map(signatureOf)));
  append(bytes, section(2, imports));
  append(bytes, section(3, indices));
  append(bytes, section(7, exports));
  append(bytes, section(10, functions.map(bodyOf)));
  return Uint8Array.from(bytes);
}
