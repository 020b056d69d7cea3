/** @file Computes one cell of a kernel step by step, to see what it reads. */

import { arithmetic, type Expression, type UnaryFunction } from './expression.ts';
import type { Index } from './index-expression.ts';

/** What a cell is computed from. */
export interface CellInputs {
  /** The thread variables, by name. */
  readonly variables: ReadonlyMap<string, number>;
  /**
   * Reads a cell of the buffer bound to a slot. Of a `select`, the side that is not chosen is not
   * read; numbers that only decide the choice are read with `decides`.
   */
  readonly load: (slot: number, at: number, decides: boolean) => number;
  /** Reads an entry of an index buffer. */
  readonly entry: (slot: number, at: number) => number;
}

/** The value of an expression in float64. */
export const interpret = (expression: Expression, inputs: CellInputs): number =>
  new Interpreter(inputs).value(expression);

const unaryOf = (fn: UnaryFunction, x: number): number => (fn === 'neg' ? -x : Math[fn](x));

class Interpreter {
  private readonly variables: Map<string, number>;
  private deciding = false;

  constructor(private readonly inputs: CellInputs) {
    this.variables = new Map(inputs.variables);
  }

  value(e: Expression): number {
    switch (e.kind) {
      case 'number':
        return e.value;
      case 'load':
        return this.inputs.load(e.slot, this.index(e.at), this.deciding);
      case 'unary':
        return unaryOf(e.fn, this.value(e.x));
      case 'binary':
        return arithmetic[e.fn](this.value(e.x), this.value(e.y));
      case 'select':
        return this.value(this.decide(e.test) ? e.yes : e.no);
      case 'within': {
        const x = this.index(e.index);
        return Number(x >= e.from && x < e.to);
      }
      case 'reduce':
        return this.reduce(e);
    }
  }

  private decide(test: Expression): boolean {
    const before = this.deciding;
    this.deciding = true;
    const value = this.value(test);
    this.deciding = before;
    return value !== 0;
  }

  private reduce({ fn, variable, from, to, body }: Extract<Expression, { kind: 'reduce' }>) {
    let total = fn === 'sum' ? 0 : Number.NEGATIVE_INFINITY;
    const last = this.index(to);
    for (let k = this.index(from); k < last; k++) {
      this.variables.set(variable, k);
      const term = this.value(body);
      total = fn === 'sum' ? total + term : Math.max(total, term);
    }
    return total;
  }

  private index(index: Index): number {
    switch (index.kind) {
      case 'int':
        return index.value;
      case 'var':
        return this.variables.get(index.name) ?? 0;
      case 'entry':
        return this.inputs.entry(index.slot, this.index(index.at));
      case 'add':
        return this.index(index.x) + this.index(index.y);
      case 'mul':
        return this.index(index.x) * index.by;
      case 'div':
        return Math.floor(this.index(index.x) / index.by);
      case 'mod':
        return this.index(index.x) % index.by;
      case 'clampedShift':
        return Math.min(Math.max(this.index(index.x) + index.by, 0), index.extent - 1);
      case 'reverse':
        return index.extent - 1 - this.index(index.x);
    }
  }
}
