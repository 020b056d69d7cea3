/** @file Guard: gpu.js computes with indices in f32, which is exact up to 2^24. */

import type { Kernel, Plan } from '../../compile/plan.ts';
import type { Expression } from '../../kernel/expression.ts';
import { extentOf, type Index } from '../../kernel/index-expression.ts';
import { sizeOf } from '../../tape/shape.ts';
import { DeviceError } from '../device.ts';
import { checkCells, maxCells } from './context.ts';

/**
 * Throws a DeviceError for a plan with a buffer or an index beyond what gpu.js computes exactly. An
 * index may be, although no buffer is: that of a value which is fused into its reader has none.
 */
export function checkPlan(plan: Plan): void {
  for (const size of plan.buffers) checkCells(size);
  for (const { shape } of plan.inputs) checkCells(sizeOf(shape));
  for (const kernel of plan.kernels) {
    const largest = largestIn(kernel.expression);
    if (largest > maxCells) throw tooFar(kernel, largest);
  }
}

const tooFar = ({ name }: Kernel, largest: number): DeviceError =>
  new DeviceError(
    `gpu.js computes with indices of at most ${maxCells} exactly, and ${name} counts to ` +
      `${largest}; use smaller batches or blocks, or the device simd`,
  );

/** The largest number that any index of an expression may come to, on the way too. */
function largestIn(e: Expression): number {
  switch (e.kind) {
    case 'number':
      return 0;
    case 'load':
      return largestOf(e.at);
    case 'unary':
      return largestIn(e.x);
    case 'binary':
      return Math.max(largestIn(e.x), largestIn(e.y));
    case 'select':
      return Math.max(largestIn(e.test), largestIn(e.yes), largestIn(e.no));
    case 'within':
      return Math.max(largestOf(e.index), e.to);
    case 'reduce':
      return Math.max(e.extent, largestOf(e.from), largestOf(e.to), largestIn(e.body));
  }
}

/** The same of an index and all that it is computed from. */
function largestOf(index: Index): number {
  const own = extentOf(index) - 1;
  switch (index.kind) {
    case 'int':
    case 'var':
      return own;
    case 'entry':
      return Math.max(own, largestOf(index.at));
    case 'add':
      return Math.max(own, largestOf(index.x), largestOf(index.y));
    case 'clampedShift':
      return Math.max(largestOf(index.x) + Math.max(index.by, 0), index.extent - 1);
    default:
      return Math.max(own, largestOf(index.x));
  }
}
