/** @file The values of a plan, each in a slot of its own, and what computes them. */

import type { Kernel, Plan } from '../../../compile/plan.ts';
import type { IndexScope } from './affine.ts';
import { coalesce } from './coalesce.ts';
import type { Node, NodeGraph } from './node.ts';

/**
 * Slots are numbered: the inputs of the plan, then the value of each kernel, then the outputs without
 * cells, which nothing computes. The buffers of a plan
 * are used again and again; a slot is written by one kernel alone.
 */
export interface PlanValues {
  /** How many inputs the plan has, which is the slot of the first kernel's value. */
  readonly inputs: number;
  /** The slots of the arguments of each kernel. */
  readonly reads: readonly (readonly number[])[];
  /** The slots of the outputs of the plan. */
  readonly outputs: readonly number[];
}

/** Numbers the values of a plan. */
export function planValues(plan: Plan): PlanValues {
  const inputs = plan.inputs.length;
  const written = new Map<number, number>();
  const slotOf = (place: Kernel['arguments'][number]['place']): number =>
    place.kind === 'input' ? place.index : (written.get(place.index) as number);
  const reads = plan.kernels.map((kernel, i) => {
    // Before its arguments: a recurrent kernel reads its own value, others not what they overwrite.
    written.set(kernel.output, inputs + i);
    return kernel.arguments.map(({ place }) => slotOf(place));
  });
  let slots = inputs + plan.kernels.length;
  const outputs = plan.outputs.map(({ place }) =>
    place.kind === 'empty' ? slots++ : slotOf(place),
  );
  return { inputs, reads, outputs };
}

/** The value of each kernel as a node; all of them share a graph. */
export const kernelNodes = (plan: Plan, { reads }: PlanValues, graph: NodeGraph): Node[] =>
  plan.kernels.map((kernel, i) =>
    coalesce(graph.build(kernel.expression, scopeOf(kernel, reads[i], i)), graph),
  );

const threadVariables = ['x', 'y', 'z'];

/** Loop variables are numbered by kernel, as kernels name theirs alike. */
const scopeOf = (kernel: Kernel, slots: readonly number[], index: number): IndexScope => ({
  kernel: kernel.name,
  slot: (argument) => ({
    slot: slots[argument],
    real: kernel.arguments[argument].kind === 'real',
  }),
  variable: (name) => (threadVariables.includes(name) ? name : `${name}.${index}`),
});
