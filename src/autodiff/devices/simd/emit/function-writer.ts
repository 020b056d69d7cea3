/** @file Writes one function: nested scopes of code, in which locals keep values. */

import type { Bytes, ValueType, WasmFunction } from '../wasm/module.ts';
import { localGet, localSet, localTee } from '../wasm/opcodes.ts';

/** Code that runs for one value of each of its variables: the function, or a loop's body. */
interface Scope {
  /** The locals that hold the scope's variables. */
  readonly variables: ReadonlyMap<string, number>;
  readonly code: Bytes;
  /** What the loop does at the end of each iteration, such as moving pointers on. */
  readonly step: Bytes;
  /** Locals that hold values computed in this scope, by what they hold. */
  readonly values: Map<string, number>;
  /** Locals of this scope, and those of closed scopes inside of it that may be used again. */
  readonly owned: number[];
  readonly free: Map<ValueType, number[]>;
  /** The step of the loop variable, where pointers may follow it. */
  readonly stride: number | null;
  /** The level of the scope whose code contains this one's. */
  readonly parent: number;
}

/**
 * The code of one function. Level 0 is the function, level 1 the loop in it, and so on. Code may be
 * added to any open level: it then runs before the loop inside, which is how values that a loop
 * does not change are computed outside of it.
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
    // Only later code of the scope around may use these locals again.
    const parent = this.scopes[this.scopes.length - 1];
    for (const local of owned) push(parent.free, this.types[local], local);
    for (const [type, locals] of free) for (const local of locals) push(parent.free, type, local);
    return { code, step };
  }

  /** Adds code to the current scope. */
  emit(...parts: readonly (readonly number[])[]): void {
    const { code } = this.scopes[this.current];
    for (const part of parts) for (const byte of part) code.push(byte);
  }

  /** Adds code to the end of each iteration of the current loop. */
  onStep(...parts: readonly (readonly number[])[]): void {
    const { step } = this.scopes[this.current];
    for (const part of parts) for (const byte of part) step.push(byte);
  }

  /** Writes into an open scope, which may be further out. */
  at<T>(level: number, write: () => T): T {
    const before = this.current;
    this.current = level;
    const result = write();
    this.current = before;
    return result;
  }

  /** The level of the current scope. */
  get level(): number {
    return this.current;
  }

  /** What a loop adds to its variable in each iteration; null if pointers cannot follow it. */
  strideOf(level: number): number | null {
    return this.scopes[level].stride;
  }

  /** The level whose code contains that of a level. */
  parentOf(level: number): number {
    return this.scopes[level].parent;
  }

  /** The innermost level that one of the variables belongs to. */
  levelOf(names: Iterable<string>): number {
    let level = 0;
    for (const name of names) {
      let inner = this.scopes.length - 1;
      while (inner > level && !this.scopes[inner].variables.has(name)) inner--;
      level = inner;
    }
    return level;
  }

  /** The local of a variable. */
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

  /** The local that holds a value at a level, if it was computed there. */
  remembered(key: string, level: number): number | undefined {
    return this.scopes[level].values.get(key);
  }

  /** Says which local holds a value from now on, in the current scope. */
  remember(key: string, local: number): void {
    this.scopes[this.current].values.set(key, local);
  }

  /** Pushes a value that is computed once, at a level; `write` pushes it there. */
  once(key: string, level: number, type: ValueType, write: () => void): void {
    const present = this.remembered(key, level);
    if (present !== undefined) {
      this.emit(localGet(present));
      return;
    }
    const here = level === this.current;
    const local = this.at(level, () => {
      write();
      const created = this.local(type);
      this.emit(here ? localTee(created) : localSet(created));
      this.remember(key, created);
      return created;
    });
    if (!here) this.emit(localGet(local));
  }

  /** The function, to be exported by a name. */
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
