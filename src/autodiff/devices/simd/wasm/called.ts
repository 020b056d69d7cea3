/**
 * @file The functions of four numbers that kernels call, because they are long or call Math. Largest
 * error over the whole range of f32: 0.51 ulp.
 */

import { importedFunctions, powIndex, type, type WasmFunction } from './module.ts';
import { call, code, extractLane, localGet as get, op, replaceLane } from './opcodes.ts';
import { cosine, sine } from './trigonometric.ts';

/** Lane by lane by `Math.pow`: a power loses too much in f32, and no model computes many. */
function pow(): WasmFunction {
  const number = (local: number, lane: number) =>
    code(get(local), extractLane(lane), op.f64PromoteF32);
  const lanes = [0, 1, 2, 3].map((lane) =>
    code(number(0, lane), number(1, lane), call(powIndex), op.f32DemoteF64),
  );
  const rest = lanes.slice(1).map((lane, i) => code(lane, replaceLane(i + 1)));
  return {
    parameters: [type.v128, type.v128],
    results: [type.v128],
    locals: [],
    body: code(lanes[0], op.f32x4Splat, ...rest),
  };
}

const builders = { sin: sine, cos: cosine, pow };

/** The functions that are called. */
export type CalledFunction = keyof typeof builders;

/** The functions that the kernels of a module call, each added once. */
export class CalledFunctions {
  readonly functions: WasmFunction[] = [];
  private readonly indices = new Map<CalledFunction, number>();

  /** Their names, in the same order. */
  get names(): CalledFunction[] {
    return [...this.indices.keys()];
  }

  /** The index to call a function by. */
  index(name: CalledFunction): number {
    const present = this.indices.get(name);
    if (present !== undefined) return present;
    const index = importedFunctions + this.functions.push(builders[name]()) - 1;
    this.indices.set(name, index);
    return index;
  }
}
