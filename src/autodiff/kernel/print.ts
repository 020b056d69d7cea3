/** @file Prints a kernel as JavaScript, which gpu.js compiles and `reference` runs. */

import type { Expression } from './expression.ts';
import type { Index } from './index-expression.ts';

/** Names of one to three thread axes, slowest first. */
export const threadAxes = (rank: number): readonly string[] => ['z', 'y', 'x'].slice(3 - rank);

/** The source of a cell: statements with its loops, and then an expression of its value. */
export interface PrintedCell {
  readonly statements: readonly string[];
  readonly result: string;
}

/** What the devices write differently. */
export interface Dialect {
  /** A literal of any double. */
  literal(value: number): string;
  /** An entry of an index buffer as an integer. */
  entry(load: string): string;
  /** Whether an entry is a variable of its own, before the statement that uses it. */
  readonly namesEntries: boolean;
  /** The whole part of an index divided by a constant. */
  quotient(x: string, by: number): string;
  /** An index clamped to 0 and a constant. */
  clamp(x: string, last: number): string;
  /** Names of functions that are not those of Math. */
  readonly functions: Readonly<Record<string, string>>;
  /** The head of a loop over the integers from `from` to before `to`, and what its body begins with. */
  loop(variable: string, from: string, to: string): readonly string[];
}

/** Plain JavaScript. */
export const javascript: Dialect = {
  literal: (value) => (Object.is(value, -0) ? '-0' : `${value}`),
  entry: (load) => load,
  namesEntries: false,
  quotient: (x, by) => `Math.floor(${x} / ${by})`,
  clamp: (x, last) => `Math.min(Math.max(${x}, 0), ${last})`,
  functions: {},
  loop: (variable, from, to) => [
    `for (let ${variable} = ${from}; ${variable} < ${to}; ${variable}++) {`,
  ],
};

/** Prints an expression; each `reduce` becomes a loop, before the statement that uses its result. */
export function printCell(expression: Expression, dialect: Dialect): PrintedCell {
  const printer = new Printer(dialect);
  const result = printer.expression(expression);
  return { statements: printer.statements, result };
}

class Printer {
  statements: string[] = [];
  private sums = 0;
  private entries = 0;
  /** How often a loop variable was printed, and its name in the loops that are open. */
  private readonly loops = new Map<string, number>();
  private readonly names = new Map<string, string>();

  constructor(private readonly dialect: Dialect) {}

  index(index: Index): string {
    switch (index.kind) {
      case 'int':
        return `${index.value}`;
      case 'var':
        return this.names.get(index.name) ?? index.name;
      case 'entry':
        return this.entry(`a${index.slot}[${this.index(index.at)}]`);
      case 'add':
        return `${this.index(index.x)} + ${this.index(index.y)}`;
      case 'mul':
        return `${this.factor(index.x)} * ${index.by}`;
      case 'div':
        return this.dialect.quotient(this.factor(index.x), index.by);
      case 'mod':
        return this.modulo(index.x, index.by);
      case 'clampedShift':
        return this.clamped(index.x, index.by, index.extent - 1);
      case 'reverse':
        return `${index.extent - 1} - ${this.factor(index.x)}`;
    }
  }

  private entry(load: string): string {
    const entry = this.dialect.entry(load);
    if (!this.dialect.namesEntries) return entry;
    const name = `i${this.entries++}`;
    this.statements.push(`const ${name} = ${entry};`);
    return name;
  }

  private factor(index: Index): string {
    const sum = index.kind === 'add' || index.kind === 'reverse';
    return sum ? `(${this.index(index)})` : this.index(index);
  }

  private modulo(x: Index, by: number): string {
    const whole = this.index(x);
    return `(${whole} - ${this.dialect.quotient(this.factor(x), by)} * ${by})`;
  }

  private clamped(x: Index, by: number, last: number): string {
    const moved = by < 0 ? `${this.index(x)} - ${-by}` : `${this.index(x)} + ${by}`;
    return this.dialect.clamp(moved, last);
  }

  expression(e: Expression): string {
    switch (e.kind) {
      case 'number':
        return this.dialect.literal(e.value);
      case 'load':
        return `a${e.slot}[${this.index(e.at)}]`;
      case 'unary':
        return this.unary(e.fn, this.expression(e.x));
      case 'binary':
        return this.binary(e.fn, this.expression(e.x), this.expression(e.y));
      case 'select':
        return this.select(e);
      case 'within':
        return this.truth(this.within(e));
      case 'reduce':
        return this.reduce(e);
    }
  }

  private unary(fn: Extract<Expression, { kind: 'unary' }>['fn'], x: string): string {
    return fn === 'neg' ? `(-${x})` : `${this.function(fn)}(${x})`;
  }

  private function(name: string): string {
    return this.dialect.functions[name] ?? `Math.${name}`;
  }

  private binary(fn: Extract<Expression, { kind: 'binary' }>['fn'], x: string, y: string) {
    switch (fn) {
      case 'add':
        return `(${x} + ${y})`;
      case 'sub':
        return `(${x} - ${y})`;
      case 'mul':
        return `(${x} * ${y})`;
      case 'div': {
        const { div } = this.dialect.functions;
        return div ? `${div}(${x}, ${y})` : `(${x} / ${y})`;
      }
      case 'pow':
        return `${this.function(fn)}(${x}, ${y})`;
      case 'max':
      case 'min':
        return `Math.${fn}(${x}, ${y})`;
      case 'less':
        return this.truth(`${x} < ${y}`);
      case 'lessEqual':
        return this.truth(`${x} <= ${y}`);
      case 'equal':
        return this.truth(`${x} === ${y}`);
    }
  }

  private truth(condition: string): string {
    return `(${condition} ? ${this.dialect.literal(1)} : ${this.dialect.literal(0)})`;
  }

  private within({ index, from, to }: Extract<Expression, { kind: 'within' }>): string {
    const x = this.index(index);
    return from === 0 ? `${x} < ${to}` : `(${x} >= ${from} && ${x} < ${to})`;
  }

  private select({ test, yes, no }: Extract<Expression, { kind: 'select' }>): string {
    const condition = this.condition(test);
    return `(${condition} ? ${this.expression(yes)} : ${this.expression(no)})`;
  }

  private condition(test: Expression): string {
    if (test.kind === 'within') return this.within(test);
    const comparison = { less: '<', lessEqual: '<=', equal: '===' };
    if (test.kind === 'binary' && test.fn in comparison) {
      const operator = comparison[test.fn as keyof typeof comparison];
      return `${this.expression(test.x)} ${operator} ${this.expression(test.y)}`;
    }
    return `${this.expression(test)} !== ${this.dialect.literal(0)}`;
  }

  /** A name of its own for each loop: gpu.js may declare the variables of all in one scope. */
  private loopName(variable: string): string {
    const count = this.loops.get(variable) ?? 0;
    this.loops.set(variable, count + 1);
    return count === 0 ? variable : `${variable}_${count}`;
  }

  private reduce(e: Extract<Expression, { kind: 'reduce' }>): string {
    const sum = `s${this.sums++}`;
    const [from, to] = [this.index(e.from), this.index(e.to)];
    const outer = this.statements;
    this.statements = [];
    const k = this.loopName(e.variable);
    const before = this.names.get(e.variable) ?? e.variable;
    this.names.set(e.variable, k);
    const body = this.expression(e.body);
    this.names.set(e.variable, before);
    const inner = this.statements;
    this.statements = outer;
    const step = e.fn === 'sum' ? `${sum} += ${body};` : `${sum} = Math.max(${sum}, ${body});`;
    const [head, ...first] = this.dialect.loop(k, from, to);
    outer.push(
      `let ${sum} = ${this.dialect.literal(e.fn === 'sum' ? 0 : Number.NEGATIVE_INFINITY)};`,
      head,
      ...first.map((line) => `  ${line}`),
      ...inner.map((line) => `  ${line}`),
      `  ${step}`,
      '}',
    );
    return sum;
  }
}
