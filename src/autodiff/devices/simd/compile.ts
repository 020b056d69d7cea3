/** @file Compiles a plan to one WebAssembly module and a list of what to call over which ranges. */

import type { Plan } from '../../compile/plan.ts';
import type { Kind } from '../../tape/tensor.ts';
import { functionName } from './convention.ts';
import { panelBytes } from './emit/panels.ts';
import { writeNest } from './emit/write-nest.ts';
import { placeTemporaries, type Temporary } from './plan/liveness.ts';
import { planNests } from './plan/plan-nests.ts';
import { callsOf, type NestCalls } from './plan/strips.ts';
import { CalledFunctions } from './wasm/called.ts';
import { wasmModule } from './wasm/module.ts';

/** A module, and what to call in it: function `i` over the strips of `calls[i]`. */
export interface CompiledPlan {
  readonly module: Uint8Array<ArrayBuffer>;
  readonly calls: readonly NestCalls[];
  /** The names of the functions in the module, in their order. */
  readonly functions: readonly string[];
  /** Entries of the slot table: inputs, then values. */
  readonly slots: number;
  /** The values that stay in the workspace. */
  readonly temporaries: readonly Temporary[];
  readonly workspaceBytes: number;
  /** What each thread needs for packed panels. */
  readonly scratchBytes: number;
  readonly outputs: readonly CompiledOutput[];
}

/** A value that each run makes a buffer for. */
export interface CompiledOutput {
  readonly slot: number;
  readonly size: number;
  readonly kind: Kind;
}

/** What the code is written for. */
export interface Target {
  /** The memory is shared by threads. */
  readonly shared: boolean;
  /** The engine has relaxed SIMD, and it may be used. */
  readonly relaxed: boolean;
}

/** Compiles a plan: loop nests are planned, each is written as a function, memory is laid out. */
export function compilePlan(plan: Plan, { shared, relaxed }: Target): CompiledPlan {
  const planned = planNests(plan);
  const { nests, inputs, sizes, outputs } = planned;
  const called = new CalledFunctions();
  const indexOf: CalledFunctions['index'] = (name) => called.index(name);
  const functions = nests.map((nest, i) =>
    writeNest(nest, { name: functionName(i), relaxed, indexOf }),
  );
  const { temporaries, bytes } = placeTemporaries(planned);
  return {
    module: wasmModule([...called.functions, ...functions], shared),
    calls: nests.map(callsOf),
    functions: [...called.names, ...nests.map((_, i) => functionName(i))],
    slots: inputs + sizes.length,
    temporaries,
    workspaceBytes: bytes,
    scratchBytes: Math.max(0, ...nests.map(({ tiling }) => panelBytes(tiling))),
    outputs: outputs.map((slot, i) => {
      return { slot, size: sizes[slot - inputs], kind: plan.outputs[i].kind };
    }),
  };
}
