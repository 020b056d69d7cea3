/** @file Writes one function: nested scopes of code, values kept in locals, locals used again. */

import type { Bytes, ValueType, WasmFunction } from '../wasm/module.ts';
import { localGet, localSet, localTee } from '../wasm/opcodes.ts';

/** Code that runs for one value of each of its variables: the function, or a loop's body. */
interface Scope {
  /** The locals that hold the scope's variables. */
  readonly variables: ReadonlyMap<string, number>;
  readonly code: Bytes;
  /** What the loop does before it comes round, such as moving pointers on. */
  readonly step: Bytes;
  /** Locals that hold values computed in this scope. */
  readonly values: Map<string, number>;
  readonly owned: number[];
  readonly free: Map<ValueType, number[]>;
  /** The step of the loop variable, where pointers may follow it. */
  readonly stride: number | null;
  /** The scope whose code this one's loop is placed in. */
  readonly parent: number;
}

/**
 * Scopes are open from the outside in. Code may be added to any open scope: it then runs before
 * the loop inside of it, which is how what a loop does not change is computed outside of it.
 */
export class FunctionWriter {
  private readonly scopes: Scope[] = [];
  private readonly types: ValueType[];
  private current = 0;

  constructor(
    private readonly parameters: readonly ValueType[],
    variables: ReadonlyMap<string, number>,
  ) {
    this.types = [...parameters];
    this.open(variables, null);
  }

  private open(variables: ReadonlyMap<string, number>, stride: number | null): void {
    this.scopes.push({
      variables,
      stride,
      parent: this.current,
      code: [],
      step: [],
      values: new Map(),
      owned: [],
      free: new Map(),
    });
    this.current = this.scopes.length - 1;
  }

  /** Writes the code of a scope inside the current one and returns it, for the caller to place. */
  inside(variables: ReadonlyMap<string, number>, write: () => void, stride: number | null = null) {
    const outer = this.current;
    this.open(variables, stride);
    write();
    const { code, step, owned, free } = this.scopes.pop() as Scope;
    this.current = outer;
    // Later code of the scope around may use these locals again, never code before it.
    const parent = this.scopes[this.scopes.length - 1];
    for (const local of owned) push(parent.free, this.types[local], local);
    for (const [type, locals] of free) for (const local of locals) push(parent.free, type, local);
    return { code, step };
  }

  emit(...parts: readonly (readonly number[])[]): void {
    const { code } = this.scopes[this.current];
    for (const part of parts) for (const byte of part) code.push(byte);
  }

  /** Adds to what the current loop does before it comes round. */
  onStep(...parts: readonly (readonly number[])[]): void {
    const { step } = this.scopes[this.current];
    for (const part of parts) for (const byte of part) step.push(byte);
  }

  /** Writes into an open scope further out. */
  at<T>(level: number, write: () => T): T {
    const before = this.current;
    this.current = level;
    const result = write();
    this.current = before;
    return result;
  }

  get level(): number {
    return this.current;
  }

  /** How far a loop's variable moves on each time, null for a scope that is no such loop. */
  strideOf(level: number): number | null {
    return this.scopes[level].stride;
  }

  parentOf(level: number): number {
    return this.scopes[level].parent;
  }

  /** The innermost scope that one of the variables belongs to. */
  levelOf(names: Iterable<string>): number {
    let level = 0;
    for (const name of names) {
      let of = this.scopes.length - 1;
      while (of > 0 && !this.scopes[of].variables.has(name)) of--;
      if (of > level) level = of;
    }
    return level;
  }

  variable(name: string): number {
    for (let level = this.scopes.length - 1; level >= 0; level--) {
      const local = this.scopes[level].variables.get(name);
      if (local !== undefined) return local;
    }
    throw new Error(`internal: variable ${name} is not in scope`);
  }

  /** A local that is the current scope's until it closes. */
  local(type: ValueType): number {
    const scope = this.scopes[this.current];
    let local: number | undefined;
    for (let level = this.current; level >= 0 && local === undefined; level--) {
      local = this.scopes[level].free.get(type)?.pop();
    }
    local ??= this.types.push(type) - 1;
    scope.owned.push(local);
    return local;
  }

  remembered(key: string, level: number): number | undefined {
    return this.scopes[level].values.get(key);
  }

  remember(key: string, local: number): void {
    this.scopes[this.current].values.set(key, local);
  }

  /** Pushes a value, computed once in the scope it belongs to; `write` pushes it there. */
  once(key: string, level: number, type: ValueType, write: () => void): void {
    const known = this.scopes[level].values.get(key);
    if (known !== undefined) {
      this.emit(localGet(known));
      return;
    }
    const here = level === this.current;
    const local = this.at(level, () => {
      write();
      const own = this.local(type);
      this.emit(here ? localTee(own) : localSet(own));
      this.remember(key, own);
      return own;
    });
    if (!here) this.emit(localGet(local));
  }

  finish(name: string): WasmFunction {
    return {
      name,
      parameters: this.parameters,
      results: [],
      locals: this.types.slice(this.parameters.length),
      body: this.scopes[0].code,
    };
  }
}

function push<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}
