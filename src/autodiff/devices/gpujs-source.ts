/** @file A kernel as gpu.js source: one thread computes one cell. */

import { type Dialect, javascript, printCell, threadAxes } from '../kernel/print.ts';
import type { Kernel } from '../plan.ts';
import type { GpujsMode } from './gpujs.ts';

const dialect: Dialect = {
  ...javascript,
  // Index buffers travel as f32; the floor makes gpu.js type the entry an integer.
  entry: (load) => `Math.floor(${load})`,
};

/** The kernel function; arguments `a0`, `a1`, … are flat arrays. */
export function gpujsSource(kernel: Kernel, _mode: GpujsMode): string {
  const { statements, result } = printCell(kernel.expression, dialect);
  const names = kernel.arguments.map((_, slot) => `a${slot}`);
  const axes = threadAxes(kernel.threads.length).map(
    (axis) => `const ${axis} = this.thread.${axis};`,
  );
  return `function (${names.join(', ')}) {\n${[...axes, ...statements].join('\n')}\nreturn ${result};\n}`;
}
