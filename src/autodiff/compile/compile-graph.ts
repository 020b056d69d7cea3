/** @file From a graph to the plan that a device runs. */

import { planFusion } from './fusion.ts';
import type { Graph } from './graph.ts';
import { lower } from './lower.ts';
import type { Plan } from './plan.ts';
import { expandRecurrences } from './recurrence.ts';

/**
 * The plan of a graph for a device that runs recurrent kernels or, where `recurrences` is false,
 * for one that needs a kernel for each of their rows.
 */
export function compileGraph(graph: Graph, device: { readonly recurrences: boolean }): Plan {
  const expanded = device.recurrences ? graph : expandRecurrences(graph);
  return lower(expanded, planFusion(expanded));
}
