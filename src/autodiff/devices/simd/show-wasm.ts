/** @file Shows the code of a kernel: the WebAssembly that `simd` runs, as text. */

import type { Plan } from '../../compile/plan.ts';
import { compilePlan, type Target } from './compile.ts';
import { functionName, parameterNames } from './convention.ts';
import { planNests } from './plan/plan-nests.ts';
import { wasmText } from './wasm/text.ts';

/**
 * The module that a plan is compiled to for a target, as WebAssembly text, without the functions
 * that one kernel, by its place in the plan, has no part in. The loop nests of `showNestsOf` are the
 * functions of the same names.
 */
export function showWasmOf(plan: Plan, kernel: number, target: Target): string {
  const { module, functions } = compilePlan(plan, target);
  const only = planNests(plan).nests.flatMap(({ kernels }, i) =>
    kernels.includes(kernel) ? [functionName(i)] : [],
  );
  return wasmText(module, { names: functions, parameters: parameterNames, only });
}
