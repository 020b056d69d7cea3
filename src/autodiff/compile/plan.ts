/** @file A plan: a graph compiled to kernels in order over buffers reused by liveness. */

import type { Expression } from '../kernel/expression.ts';
import { javascript, printCell, threadAxes } from '../kernel/print.ts';
import { type Shape, showShape } from '../tape/shape.ts';
import type { Kind } from '../tape/tensor.ts';

/** Where a kernel reads or an output stands: an input of the plan, or one of its buffers. */
export type Place =
  | { readonly kind: 'input'; readonly index: number }
  | { readonly kind: 'buffer'; readonly index: number };

/** One kernel: every cell of a new value by one expression. */
export interface Kernel {
  /** The primitives fused into it, for people. */
  readonly name: string;
  /** Thread axes, slowest first, one to three of them; three where it is recurrent. */
  readonly threads: Shape;
  /** Reads argument slot `i` from `arguments[i]`. */
  readonly expression: Expression;
  readonly arguments: readonly Argument[];
  /** The buffer it writes: none of those that it reads, unless it is recurrent. */
  readonly output: number;
}

/**
 * Whether a kernel reads what it writes itself: at smaller y, so a thread y comes after all those
 * before it of the same z.
 */
export const isRecurrent = (kernel: Kernel): boolean =>
  kernel.arguments.some(({ place }) => place.kind === 'buffer' && place.index === kernel.output);

export interface Argument {
  readonly place: Place;
  readonly kind: Kind;
  readonly size: number;
}

export interface PlanInput {
  readonly shape: Shape;
  readonly kind: Kind;
}

export interface Plan {
  readonly inputs: readonly PlanInput[];
  readonly kernels: readonly Kernel[];
  /** Cells of each buffer; values of the same size share buffers when their lives do not meet. */
  readonly buffers: readonly number[];
  readonly outputs: readonly { readonly place: Place; readonly shape: Shape }[];
}

const showPlace = (place: Place): string => `${place.kind === 'input' ? 'in' : 'b'}${place.index}`;

/** The kernels of a plan as text: what is read, what is written, and the source of each cell. */
export function showPlan(plan: Plan): string {
  const lines = plan.inputs.map((input, i) => `in${i}: ${input.kind} ${showShape(input.shape)}`);
  for (const kernel of plan.kernels) {
    const { statements, result } = printCell(kernel.expression, javascript);
    const reads = kernel.arguments.map(({ place }, slot) => `a${slot}=${showPlace(place)}`);
    const axes = threadAxes(kernel.threads.length).map((axis, i) => `${axis}<${kernel.threads[i]}`);
    lines.push(`b${kernel.output} = ${kernel.name} (${reads.join(' ')}) [${axes.join(' ')}]`);
    lines.push(...[...statements, result].map((line) => `    ${line}`));
  }
  plan.outputs.forEach(({ place, shape }, i) => {
    lines.push(`out${i} = ${showPlace(place)}: ${showShape(shape)}`);
  });
  const { kernels, buffers } = plan;
  lines.push(`${kernels.length} kernels, ${buffers.length} buffers, ${planCells(plan)} cells`);
  return lines.join('\n');
}

/** Cells that a plan's buffers hold together. */
export const planCells = (plan: Plan): number =>
  plan.buffers.reduce((total, size) => total + size, 0);
