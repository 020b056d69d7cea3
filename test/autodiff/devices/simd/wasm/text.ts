/**
 * @file Function bodies as WebAssembly text. Operands are folded into their instructions, so each
 * line is an instruction without a result.
 */

import type { WasmFunction } from '../../../../../src/autodiff/devices/simd/wasm/module.ts';
import { op } from '../../../../../src/autodiff/devices/simd/wasm/opcodes.ts';

/** `i32LtS` is `i32.lt_s`. */
const textName = (key: string): string => {
  const [, kind, rest] = /^(local|memory|v128|[if]\d+x\d+|[if]\d+|)(.*)$/.exec(key) ?? [];
  const words = rest.replace(/(?<=.)[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
  return kind ? `${kind}.${words}` : words;
};

const instructions = Object.entries(op).map(([key, bytes]) => ({ name: textName(key), bytes }));

/** How many values an instruction takes from the stack, by its name. */
const taken: readonly (readonly [RegExp, number])[] = [
  [/^(if|else|end|loop)$|const$|^local\.get$/, 0],
  [/load.*lane$|store/, 2],
  [/load|^(if|br_if)$|^local\.|splat|extract|any_true|promote|demote|trunc|convert/, 1],
  [/(neg|abs|sqrt|floor|nearest)$/, 1],
  [/select$|madd$|^memory/, 3],
  [/./, 2],
];

const hasNoResult = /^(else|end|loop|if|br_if|local\.set|memory\.copy)$|store/;

class Reader {
  private position = 0;

  constructor(private readonly bytes: readonly number[]) {}

  get done(): boolean {
    return this.position >= this.bytes.length;
  }

  byte(): number {
    return this.bytes[this.position++];
  }

  /** LEB128. */
  integer(signed: boolean): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value |= (byte & 0x7f) << shift;
      if (byte & 0x80) continue;
      return signed && byte & 0x40 && shift < 25 ? value | (-1 << (shift + 7)) : value;
    }
  }

  instruction(): string {
    const rest = this.bytes.slice(this.position, this.position + 4);
    const found = instructions.find(({ bytes }) => bytes.every((byte, i) => byte === rest[i]));
    if (!found) throw new Error(`no instruction begins with ${rest}`);
    this.position += found.bytes.length;
    return found.name;
  }

  immediates(name: string): string {
    if (name === 'loop' || name === 'if') this.byte();
    else if (/^local|^br|^call/.test(name)) return ` ${this.integer(false)}`;
    else if (name === 'i32.const') return ` ${this.integer(true)}`;
    else if (/load|store/.test(name)) return this.memory(name);
    else if (name === 'v128.const') return this.vector();
    else if (/shuffle/.test(name))
      return ` ${Array.from({ length: 16 }, () => this.byte()).join(' ')}`;
    else if (/lane$/.test(name)) return ` ${this.byte()}`;
    else if (name === 'memory.copy') this.position += 2;
    return '';
  }

  private memory(name: string): string {
    this.byte();
    const offset = this.integer(false);
    const lane = /lane$/.test(name) ? ` ${this.byte()}` : '';
    return (offset > 0 ? ` offset=${offset}` : '') + lane;
  }

  private vector(): string {
    const bytes = Uint8Array.from({ length: 16 }, () => this.byte());
    const numbers = new Float32Array(bytes.buffer);
    return numbers.every(Number.isFinite)
      ? ` f32x4 ${numbers.join(' ')}`
      : ` i32x4 ${new Int32Array(bytes.buffer).join(' ')}`;
  }
}

/** The body of a function, which calls none, line by line. */
export function textOf({ body }: WasmFunction): string[] {
  const reader = new Reader(body);
  const lines: string[] = [];
  let stack: string[] = [];
  let indent = '';
  while (!reader.done) {
    const name = reader.instruction();
    const [, count] = taken.find(([pattern]) => pattern.test(name)) as readonly [RegExp, number];
    const immediates = reader.immediates(name);
    const args = count > 0 ? stack.splice(-count) : [];
    const folded = [`${name}${immediates}`, ...args].join(' ');
    if (!hasNoResult.test(name)) {
      stack.push(args.length > 0 || immediates ? `(${folded})` : folded);
      continue;
    }
    const [opens, closes] = [/^(loop|if|else)$/.test(name), /^(end|else)$/.test(name)];
    lines.push(...stack.map((line) => indent + line));
    stack = [];
    if (closes) indent = indent.slice(2);
    lines.push(indent + (opens || closes ? name : `(${folded})`));
    if (opens) indent += '  ';
  }
  return [...lines, ...stack];
}
