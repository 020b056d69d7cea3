/** @file The source of one kernel, as each device has it. */

import { isRecurrent, type Plan, showKernel } from '../compile/plan.ts';
import { gpujsSource } from '../devices/gpujs/source.ts';
import { showNestsOf } from '../devices/simd/show-nests.ts';
import { showWasmOf } from '../devices/simd/show-wasm.ts';
import type { SimdOptions } from '../devices/simd/simd.ts';
import { hasRelaxedSimd } from '../devices/simd/wasm/relaxed.ts';
import { expectOptions } from '../tape/options.ts';

/** One kernel as text. */
export interface KernelSource {
  /** What it reads and writes and the expression of its cell, as `showPlan` prints them. */
  readonly plan: string;
  /** The function that gpu.js compiles to a shader; none of a recurrence, which runs row by row. */
  readonly gpujs: string | undefined;
  /** The loop nests that `simd` makes WebAssembly of, as `showNests` prints them. */
  readonly nests: string;
  /** The WebAssembly that `simd` makes of these nests, as text. */
  readonly wasm: string;
}

/**
 * The source of a kernel of a plan, by its place there, which in the plan of `planOf` is that in the
 * tape of `tapeOf`. The options are those of `simd` that its code depends on; by default it is that
 * of one thread, with relaxed SIMD if the engine has it. Throws a RangeError where there is no such
 * kernel.
 */
export function kernelSource(
  plan: Plan,
  kernel: number,
  options: Pick<SimdOptions, 'threads' | 'relaxed'> = {},
): KernelSource {
  expectOptions('kernelSource', options, ['threads', 'relaxed']);
  const found = plan.kernels[kernel];
  if (!found) {
    throw new RangeError(
      `kernelSource: expected a kernel from 0 to ${plan.kernels.length - 1}, got ${kernel}`,
    );
  }
  const { threads = 1, relaxed = hasRelaxedSimd() } = options;
  return {
    plan: showKernel(found).join('\n'),
    gpujs: isRecurrent(found) ? undefined : gpujsSource(found, true).source,
    nests: showNestsOf(plan, kernel),
    wasm: showWasmOf(plan, kernel, { shared: threads > 1, relaxed }),
  };
}
