/** @file Writes integer arithmetic: pointers to cells, entries of index buffers, divisions. */

import { bytesPerCell, parameter } from '../convention.ts';
import type { Affine, Atom, Term } from '../plan/affine.ts';
import { type } from '../wasm/module.ts';
import { i32Const, i32Load, localGet, localSet, localTee, op } from '../wasm/opcodes.ts';
import type { FunctionWriter } from './function-writer.ts';

/** Names the scratch memory of the thread among the slots. */
export const scratchSlot = -1;

/** Writes addresses, each computed once in the outermost scope that has its variables. */
export class Addresses {
  constructor(private readonly writer: FunctionWriter) {}

  /** Pushes a pointer and returns the offset to add to it: a constant of the load or store. */
  pointer(slot: number, address: Affine): number {
    const offset = address.constant * bytesPerCell;
    // The constant of an instruction is unsigned and added without wrapping around: it goes into
    // the pointer where it is negative, or where the pointer alone might be below the memory.
    const inside = offset < 0 || address.terms.some(({ by }) => by < 0);
    this.base(slot, address.terms, inside ? offset : 0);
    return inside ? 0 : offset;
  }

  private base(slot: number, terms: readonly Term[], extra: number): void {
    const { writer } = this;
    const key = `p${slot}:${extra}:${terms.map(({ atom, by }) => `${by}*${atom.key}`).join('+')}`;
    const levelOf = ({ atom }: Term) => writer.levelOf(atom.depends);
    const level = Math.max(0, ...terms.map(levelOf));
    if (level === 0) {
      writer.once(key, 0, type.i32, () => {
        if (slot === scratchSlot) writer.emit(localGet(parameter.scratch));
        else writer.emit(localGet(parameter.table), i32Load(slot * bytesPerCell));
        if (extra !== 0) writer.emit(i32Const(extra), op.i32Add);
        for (const term of terms) this.addTerm(term);
      });
      return;
    }
    const inner = terms.filter((term) => levelOf(term) === level);
    const outer = terms.filter((term) => levelOf(term) < level);
    if (this.follows(inner, level)) {
      this.follow(key, level, inner[0], () => this.base(slot, outer, extra));
      return;
    }
    writer.once(key, level, type.i32, () => {
      this.base(slot, outer, extra);
      for (const term of inner) this.addTerm(term);
    });
  }

  private follows(terms: readonly Term[], level: number): boolean {
    return (
      terms.length === 1 &&
      terms[0].atom.kind === 'variable' &&
      this.writer.strideOf(level) !== null
    );
  }

  /** A pointer that moves along with the variable of a loop: no multiplication inside of it. */
  private follow(key: string, level: number, term: Term, start: () => void): void {
    const { writer } = this;
    let local = writer.remembered(key, level);
    if (local === undefined) {
      const pointer = writer.at(writer.parentOf(level), () => {
        start();
        this.addTerm(term);
        const created = writer.local(type.i32);
        writer.emit(localSet(created));
        return created;
      });
      writer.at(level, () => {
        const bytes = term.by * bytesPerCell * (writer.strideOf(level) as number);
        writer.onStep(localGet(pointer), i32Const(bytes), op.i32Add, localSet(pointer));
        writer.remember(key, pointer);
      });
      local = pointer;
    }
    writer.emit(localGet(local));
  }

  private addTerm({ atom, by }: Term): void {
    this.atom(atom);
    this.multiply(by * bytesPerCell);
    this.writer.emit(op.i32Add);
  }

  private multiply(by: number): void {
    const bits = Math.log2(by);
    if (by === 1) return;
    if (Number.isInteger(bits)) this.writer.emit(i32Const(bits), op.i32Shl);
    else this.writer.emit(i32Const(by), op.i32Mul);
  }

  /** Pushes an integer. */
  integer(x: Affine): void {
    const { writer } = this;
    if (x.terms.length === 0) {
      writer.emit(i32Const(x.constant));
      return;
    }
    x.terms.forEach(({ atom, by }, i) => {
      this.atom(atom);
      this.multiply(by);
      if (i > 0) writer.emit(op.i32Add);
    });
    if (x.constant !== 0) writer.emit(i32Const(x.constant), op.i32Add);
  }

  private atom(atom: Atom): void {
    const { writer } = this;
    if (atom.kind === 'variable') {
      writer.emit(localGet(writer.variable(atom.name)));
      return;
    }
    const level = writer.levelOf(atom.depends);
    writer.once(`i${atom.key}`, level, type.i32, () => this.computeAtom(atom));
  }

  private computeAtom(atom: Exclude<Atom, { kind: 'variable' }>): void {
    const { writer } = this;
    if (atom.kind === 'entry') {
      writer.emit(i32Load(this.pointer(atom.slot, atom.address)));
      return;
    }
    this.integer(atom.x);
    if (atom.kind === 'clamp') this.clamp(atom.first, atom.last);
    else writer.emit(i32Const(atom.by), atom.kind === 'div' ? op.i32DivU : op.i32RemU);
  }

  private clamp(first: number, last: number): void {
    const { writer } = this;
    const x = writer.local(type.i32);
    writer.emit(localTee(x), i32Const(first), localGet(x), i32Const(first), op.i32GtS, op.select);
    writer.emit(localTee(x), i32Const(last), localGet(x), i32Const(last), op.i32LtS, op.select);
  }
}
