/**
 * @file WebAssembly modules as text, of the instructions that kernels use. Operands are folded into
 * their instructions, so that each line is an instruction without a result.
 */

import { op } from './opcodes.ts';
import { Reader, readModule, type SignatureText } from './reader.ts';

/** What is printed of a module. */
export interface TextOptions {
  /** The names of its own functions, in their order. */
  readonly names: readonly string[];
  /** The names of the parameters of functions that it exports. */
  readonly parameters: readonly string[];
  /** The functions to print, beside those that they call; all if it is left out. */
  readonly only?: readonly string[];
}

/** A function, ready to be printed. */
interface FunctionText {
  readonly name: string;
  readonly lines: readonly string[];
  /** The names of the functions that it calls. */
  readonly calls: readonly string[];
}

/** The text of a module. An assembler makes the same code of it, byte by byte. */
export function wasmText(module: Uint8Array, { names, parameters, only }: TextOptions): string {
  const { memory, imported, functions } = readModule(module);
  const callable = [
    ...imported.map(({ name, ...signature }) => ({ ...signature, name: `env.${name}` })),
    ...functions.map((signature, i) => ({ ...signature, name: names[i] })),
  ];
  const texts: FunctionText[] = [
    ...imported.map(({ name, ...signature }) => ({
      name: `env.${name}`,
      lines: [`(import "env" "${name}" (func $env.${name} ${shown(signature)}))`],
      calls: [],
    })),
    ...functions.map((fn, i) => {
      const named = fn.exported === undefined ? [] : parameters;
      const { lines, calls } = new BodyText(fn.body, named, callable).read();
      const exported = fn.exported === undefined ? '' : ` (export "${fn.exported}")`;
      return {
        name: names[i],
        lines: [
          `(func $${names[i]}${exported}`,
          ...[shown(fn, named), list('local', fn.locals), ...lines]
            .filter(Boolean)
            .map((line) => `  ${line}`),
          ')',
        ],
        calls,
      };
    }),
  ];
  const kept = only ? reachable(texts, only) : texts;
  const lines = [`(import "env" "memory" ${memory})`, ...kept.flatMap((each) => each.lines)];
  return ['(module', ...lines.map((line) => `  ${line}`), ')'].join('\n');
}

/** Those of some names, and what they call. */
function reachable(texts: readonly FunctionText[], from: readonly string[]): FunctionText[] {
  const names = new Set(from);
  // A set takes what is added to it while it is walked.
  for (const name of names) {
    for (const called of texts.find((text) => text.name === name)?.calls ?? []) names.add(called);
  }
  return texts.filter(({ name }) => names.has(name));
}

const list = (word: string, types: readonly string[]): string =>
  types.length > 0 ? `(${word} ${types.join(' ')})` : '';

const shown = ({ parameters, results }: SignatureText, names: readonly string[] = []): string => {
  const named = parameters.map((type, i) => (names[i] ? `(param $${names[i]} ${type})` : ''));
  const taken = named.join(' ').trim() || list('param', parameters);
  return [taken, list('result', results)].filter(Boolean).join(' ');
};

/** `i32LtS` is `i32.lt_s`. */
const textName = (key: string): string => {
  const [, kind, rest] = /^(local|memory|v128|[if]\d+x\d+|[if]\d+|)(.*)$/.exec(key) ?? [];
  const words = rest.replace(/(?<=.)[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
  return kind ? `${kind}.${words}` : words;
};

const instructions = new Map(
  Object.entries(op).map(([key, bytes]) => [
    new Reader(Uint8Array.from(bytes)).opcode(),
    textName(key),
  ]),
);

/** How many values an instruction takes from the stack, by its name. */
const taken: readonly (readonly [RegExp, number])[] = [
  [/^(else|end|loop)$|const$|^local\.get$/, 0],
  [/load.*lane$|store/, 2],
  [/load|^(if|br_if)$|^local\.|splat|extract|any_true|promote|demote|trunc|convert/, 1],
  [/(neg|abs|sqrt|floor|nearest)$/, 1],
  [/select$|madd$|^memory/, 3],
  [/./, 2],
];

const hasNoResult = /^(else|end|loop|if|br_if|local\.set|memory\.copy)$|store/;

/** Reads the code of one function. */
class BodyText {
  private readonly lines: string[] = [];
  /** What lines to come may take as operands. */
  private stack: string[] = [];
  private depth = 0;
  private readonly called = new Set<string>();

  constructor(
    private readonly body: Reader,
    private readonly parameters: readonly string[],
    private readonly callable: readonly (SignatureText & { readonly name: string })[],
  ) {}

  read(): { readonly lines: readonly string[]; readonly calls: readonly string[] } {
    for (;;) {
      const opcode = this.body.opcode();
      const name = instructions.get(opcode);
      if (!name)
        throw new Error(`internal: no instruction has the opcode 0x${opcode.toString(16)}`);
      // The end of the function, which the text closes in its own way.
      if (name === 'end' && this.depth === 0) break;
      this.add(name);
    }
    this.flush();
    return { lines: this.lines, calls: [...this.called] };
  }

  private add(name: string): void {
    const callee = name === 'call' ? this.callable[this.body.unsigned()] : undefined;
    if (callee) this.called.add(callee.name);
    const count = callee?.parameters.length ?? taken.find(([like]) => like.test(name))?.[1] ?? 0;
    const immediates = callee ? ` $${callee.name}` : this.immediates(name);
    const isBlock = /^(loop|if|else|end)$/.test(name);
    const args = count > 0 && !isBlock ? this.stack.splice(-count) : [];
    const folded = `(${[`${name}${immediates}`, ...args].join(' ')})`;
    if (!hasNoResult.test(name)) {
      this.stack.push(folded);
      return;
    }
    this.flush();
    if (/^(end|else)$/.test(name)) this.depth--;
    this.line(isBlock ? name + immediates : folded);
    if (isBlock && name !== 'end') this.depth++;
  }

  private line(text: string): void {
    this.lines.push('  '.repeat(this.depth) + text);
  }

  /** Writes what is on the stack as lines: later instructions find it there. */
  private flush(): void {
    for (const text of this.stack) this.line(text);
    this.stack = [];
  }

  private immediates(name: string): string {
    const { body } = this;
    if (name === 'loop' || name === 'if') return this.blockType();
    if (name.startsWith('local.')) return ` ${this.local(body.unsigned())}`;
    if (name === 'br_if') return ` ${body.unsigned()}`;
    if (name === 'i32.const') return ` ${body.signed()}`;
    if (name === 'v128.const') return vectorText(this.bytes(16));
    if (/load|store/.test(name)) return this.address(name);
    if (/shuffle/.test(name)) return ` ${this.bytes(16).join(' ')}`;
    if (/lane$/.test(name)) return ` ${body.byte()}`;
    if (name === 'memory.copy') this.bytes(2);
    return '';
  }

  private bytes(count: number): Uint8Array<ArrayBuffer> {
    return Uint8Array.from({ length: count }, () => this.body.byte());
  }

  private local(index: number): string {
    const name = this.parameters[index];
    return name ? `$${name}` : String(index);
  }

  /** Blocks leave nothing on the stack, or a vector. */
  private blockType(): string {
    const type = this.body.byte();
    return type === 0x40 ? '' : ` (result ${new Reader(Uint8Array.of(type)).type()})`;
  }

  private address(name: string): string {
    const alignment = 2 ** this.body.byte();
    const offset = this.body.unsigned();
    const width = /(32|64)_/.exec(name)?.[1] ?? /^[a-z](\d+)/.exec(name)?.[1];
    const lane = /lane$/.test(name) ? ` ${this.body.byte()}` : '';
    return (
      (offset > 0 ? ` offset=${offset}` : '') +
      // Said where it is not that of all that is read or written.
      (8 * alignment === Number(width) ? '' : ` align=${alignment}`) +
      lane
    );
  }
}

/** The bits of the one NaN that text writes as such. */
const plainNan = 0x7fc00000;

/** A constant as what it most likely is: small integers, numbers, or bits. */
function vectorText(bytes: Uint8Array<ArrayBuffer>): string {
  const words = [...new Int32Array(bytes.buffer)];
  const [float] = new Float32Array(bytes.buffer);
  const [double, other] = new Float64Array(bytes.buffer);
  const isSmall = words.some(Boolean) && words.every((word) => Math.abs(word) < 2 ** 20);
  const isOne = words.every((word) => word === words[0]);
  if (isOne && !isSmall && (!Number.isNaN(float) || words[0] === plainNan))
    return ` f32x4 ${new Array(4).fill(numberText(float, 9)).join(' ')}`;
  if (!isOne && Object.is(double, other) && Number.isFinite(double))
    return ` f64x2 ${new Array(2).fill(numberText(double, 17)).join(' ')}`;
  return ` i32x4 ${words.join(' ')}`;
}

/** A number by as few digits as tell it from its neighbours. */
function numberText(x: number, most: 9 | 17): string {
  if (!Number.isFinite(x)) return Number.isNaN(x) ? 'nan' : x < 0 ? '-inf' : 'inf';
  if (Object.is(x, -0)) return '-0';
  const rounded = most === 9 ? Math.fround : Number;
  let digits = 1;
  while (digits < most && rounded(Number(x.toPrecision(digits))) !== x) digits++;
  return String(Number(x.toPrecision(digits)));
}
