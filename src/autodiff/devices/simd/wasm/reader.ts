/** @file Reads WebAssembly modules: what `module.ts` writes. */

import { type } from './module.ts';

const typeNames = new Map<number, string>(Object.entries(type).map(([name, byte]) => [byte, name]));

/** Numbers of a module, one after another. */
export class Reader {
  private position = 0;

  constructor(private readonly bytes: Uint8Array) {}

  /** Whether all is read. */
  get done(): boolean {
    return this.position >= this.bytes.length;
  }

  /** One byte. */
  byte(): number {
    return this.bytes[this.position++];
  }

  /** Bytes for a reader of their own, as many as the number before them says. */
  part(): Reader {
    const length = this.unsigned();
    this.position += length;
    return new Reader(this.bytes.subarray(this.position - length, this.position));
  }

  /** LEB128 of a number below 2^32. */
  unsigned(): number {
    return this.leb().value >>> 0;
  }

  /** LEB128 of an integer of 32 bits. */
  signed(): number {
    const { value, bits, last } = this.leb();
    return last & 0x40 && bits < 32 ? value | (-1 << bits) : value;
  }

  private leb(): { readonly value: number; readonly bits: number; readonly last: number } {
    let value = 0;
    for (let bits = 7; ; bits += 7) {
      const last = this.byte();
      value |= (last & 0x7f) << (bits - 7);
      if (last < 0x80) return { value, bits, last };
    }
  }

  /** Things of one kind, as many as the number before them says. */
  list<T>(read: (from: this) => T): T[] {
    return Array.from({ length: this.unsigned() }, () => read(this));
  }

  /** A name of ASCII letters. */
  name(): string {
    return String.fromCharCode(...this.list(() => this.byte()));
  }

  /** A value type, as text has it. */
  type(): string {
    const byte = this.byte();
    const name = typeNames.get(byte);
    if (name) return name;
    throw new Error(`internal: ${byte} is no type that kernels use`);
  }

  /** The opcode of an instruction as one number: those that begin with 0xfc or 0xfd go on. */
  opcode(): number {
    const first = this.byte();
    return first < 0xfc ? first : (first << 16) | this.unsigned();
  }
}

/** What a function takes and gives. */
export interface SignatureText {
  readonly parameters: readonly string[];
  readonly results: readonly string[];
}

/** A module, taken apart. */
export interface ModuleParts {
  /** The memory as text. */
  readonly memory: string;
  /** The functions that it imports. */
  readonly imported: readonly (SignatureText & { readonly name: string })[];
  /** Its own functions, with the names that they are exported by. */
  readonly functions: readonly (SignatureText & {
    readonly exported?: string;
    readonly locals: readonly string[];
    readonly body: Reader;
  })[];
}

const readSignature = (from: Reader): SignatureText => {
  from.byte();
  return { parameters: from.list(() => from.type()), results: from.list(() => from.type()) };
};

const readLimits = (from: Reader): string => {
  const shared = from.byte() === 0x03;
  const least = from.unsigned();
  return shared ? `(memory ${least} ${from.unsigned()} shared)` : `(memory ${least})`;
};

/** Takes a module apart. */
export function readModule(module: Uint8Array): ModuleParts {
  const all = new Reader(module.subarray(8));
  const sections = new Map<number, Reader>();
  while (!all.done) sections.set(all.byte(), all.part());
  const items = <T>(section: number, read: (from: Reader) => T): T[] =>
    sections.get(section)?.list(read) ?? [];
  const signatures = items(1, readSignature);
  const imports = items(2, (from) => {
    from.name();
    const name = from.name();
    const isMemory = from.byte() === 0x02;
    return isMemory ? { memory: readLimits(from) } : { name, ...signatures[from.unsigned()] };
  });
  const own = items(3, (from) => signatures[from.unsigned()]);
  const exported = new Map(
    items(7, (from) => {
      const name = from.name();
      from.byte();
      return [from.unsigned(), name] as const;
    }),
  );
  const imported = imports.flatMap((each) => ('name' in each ? [each] : []));
  return {
    memory: imports.flatMap((each) => ('memory' in each ? [each.memory] : [])).join(''),
    imported,
    functions: items(10, (from) => from.part()).map((body, i) => ({
      ...own[i],
      exported: exported.get(imported.length + i),
      locals: body.list(() => new Array<string>(body.unsigned()).fill(body.type())).flat(),
      body,
    })),
  };
}
