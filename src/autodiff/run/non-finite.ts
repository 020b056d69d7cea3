/**
 * @file Where a number that is not finite comes from: back from a cell of a result, from operation to
 * operation, along the cells that it was computed from, to the operation that made it of finite ones.
 *
 * Cells alone tell the cause. A logarithm of 0 behind a `where` that does not choose it is not met on
 * the way back; nor is an infinity that a quotient turned into 0.
 */

import { compileGraph } from '../compile/compile-graph.ts';
import { type Graph, type GraphNode, graphOf } from '../compile/graph.ts';
import { draftKernel } from '../compile/lower.ts';
import { phaseOf } from '../compile/phase.ts';
import type { Device } from '../devices/device.ts';
import { interpret } from '../kernel/interpret.ts';
import { threadAxes } from '../kernel/print.ts';
import { InternalError } from '../tape/internal-error.ts';
import { positionOf, type Shape } from '../tape/shape.ts';
import type { HostArray } from '../tape/tensor.ts';
import type { Buffers } from './owned.ts';

/** A number on the way, and what it is an entry of. */
export interface Reading {
  /** The operation that made it, or the name of what was given. */
  readonly of: string;
  /** `forward`, `backward`, `backward of backward` and so on; `given` for what was given. */
  readonly phase: string;
  readonly position: readonly number[];
  readonly value: number;
}

/** The origin of a number that is not finite. */
export interface NonFiniteOrigin extends Reading {
  /** Whether it was given so: no operation made it of finite numbers. */
  readonly given: boolean;
  readonly shape: Shape;
  /** The operation whose derivative rule it belongs to, in a backward phase. */
  readonly rule?: string;
  /** What was read there, in order; of more than eight `reads` the eight largest. */
  readonly inputs: readonly Reading[];
  readonly reads: number;
  /** What the number went through from there, up to the result. */
  readonly path: readonly Reading[];
  /** Which of the results it reached. */
  readonly output: number;
}

/** Cells looked at of each result: others may have been given infinite, as a bound is. */
const cellsTried = 8;

/** A fold may read thousands of numbers. */
const inputsShown = 8;

/**
 * The origin of what is not finite in `outputs`, computed by a graph from `inputs` on a device;
 * undefined if all is finite. Of several origins the first operation counts, before all that was
 * given. Computes again what lies on the way; the buffers remain the caller's.
 */
export async function findNonFinite(
  device: Device,
  graph: Graph,
  inputs: Buffers,
  outputs: Buffers,
): Promise<NonFiniteOrigin | undefined> {
  const back = new Backtrace(device, graph, inputs);
  let best: Found | undefined;
  for (const [output, buffer] of outputs.entries()) {
    for (const cell of wrongCells(await device.read(buffer))) {
      const found = await back.from(graph.outputs[output], cell, output);
      if (!best || found.order < best.order) best = found;
      if (!found.origin.given) break;
    }
  }
  return best?.origin;
}

/** The first cells that are no number, then the first that are infinite. */
function wrongCells(numbers: HostArray): number[] {
  const nan: number[] = [];
  const infinite: number[] = [];
  for (let i = 0; i < numbers.length && nan.length < cellsTried; i++) {
    if (Number.isFinite(numbers[i])) continue;
    const list = Number.isNaN(numbers[i]) ? nan : infinite;
    if (list.length < cellsTried) list.push(i);
  }
  return [...nan, ...infinite];
}

interface Found {
  readonly origin: NonFiniteOrigin;
  /** Where it stands in the graph; what was given comes last. */
  readonly order: number;
}

/** A cell of a node, and what it was computed from. */
interface Station {
  readonly node: GraphNode;
  readonly cell: number;
  readonly value: number;
  readonly reads: readonly Omit<Station, 'reads'>[];
}

class Backtrace {
  private readonly stored: ReadonlySet<GraphNode>;
  private readonly numbers = new Map<GraphNode, HostArray>();

  constructor(
    private readonly device: Device,
    private readonly graph: Graph,
    private readonly inputs: Buffers,
  ) {
    const isStored = ({ operation, size }: GraphNode) => operation?.family !== 'view' && size > 0;
    this.stored = new Set(graph.nodes.filter(isStored));
  }

  /** Goes back from a cell for as long as it was computed from something that is not finite. */
  async from(node: GraphNode, cell: number, output: number): Promise<Found> {
    const trail: Station[] = [await this.station(node, cell)];
    for (;;) {
      const here = trail[trail.length - 1];
      const wrong = here.reads.filter(({ value }) => !Number.isFinite(value));
      const next = wrong.find(({ value }) => Number.isNaN(value)) ?? wrong[0];
      if (!next) break;
      trail.push(await this.station(next.node, next.cell));
    }
    return this.found(trail, output);
  }

  private found(trail: readonly Station[], output: number): Found {
    let at = trail.length - 1;
    // An infinity that was given is meant as it is; what made it a NaN is what went wrong.
    if (!trail[at].node.operation && !Number.isNaN(trail[at].value)) {
      const first = trail.findLastIndex(({ value }) => Number.isNaN(value));
      if (first >= 0) at = first;
    }
    const { node, reads } = trail[at];
    const given = !node.operation;
    const bySize = reads.toSorted((a, b) => rank(b.value) - rank(a.value));
    const shown = reads.length > inputsShown ? bySize.slice(0, inputsShown) : reads;
    const origin: NonFiniteOrigin = {
      ...reading(trail[at]),
      given,
      shape: node.shape,
      rule: node.origin?.rule,
      inputs: shown.map(reading),
      reads: reads.length,
      path: trail.slice(0, at).reverse().map(reading),
      output,
    };
    return { origin, order: given ? Infinity : this.graph.nodes.indexOf(node) };
  }

  /** A cell with the distinct cells that it was computed from. */
  private async station(node: GraphNode, cell: number): Promise<Station> {
    if (!node.operation) {
      return { node, cell, value: (await this.numbersOf(node))[cell], reads: [] };
    }
    const { expression, reads, threads } = draftKernel(node, { materialized: this.stored });
    await this.compute([node, ...reads]);
    const numbers = reads.map((read) => this.known(read));
    const met = new Map<string, Omit<Station, 'reads'>>();
    const position = positionOf(cell, threads);
    interpret(expression, {
      variables: new Map(threadAxes(threads.length).map((axis, i) => [axis, position[i]])),
      load: (slot, at, decides) => {
        const value = numbers[slot][at];
        if (!decides) met.set(`${slot},${at}`, { node: reads[slot], cell: at, value });
        return value;
      },
      entry: (slot, at) => numbers[slot][at],
    });
    return { node, cell, value: this.known(node)[cell], reads: [...met.values()] };
  }

  private known(node: GraphNode): HostArray {
    const numbers = this.numbers.get(node);
    if (!numbers) throw new InternalError('a value on the way back was not computed');
    return numbers;
  }

  private async numbersOf(node: GraphNode): Promise<HostArray> {
    await this.compute([node]);
    return this.known(node);
  }

  /** Computes nodes that are not known yet, all in one program of their own. */
  private async compute(nodes: readonly GraphNode[]): Promise<void> {
    const { device, graph, inputs, numbers } = this;
    const missing = [...new Set(nodes)].filter((node) => !numbers.has(node));
    for (const node of missing.filter(({ operation }) => !operation)) {
      numbers.set(node, await device.read(inputs[graph.inputs.indexOf(node)]));
    }
    const computed = missing.filter(({ operation }) => operation);
    if (computed.length === 0) return;
    const program = await device.compile(compileGraph(graphOf(graph, computed), device));
    try {
      const buffers = await program.run(inputs);
      for (const [i, buffer] of buffers.entries()) {
        numbers.set(computed[i], await device.read(buffer));
        device.free(buffer);
      }
    } finally {
      program.dispose();
    }
  }
}

/** NaN first, then by size. */
const rank = (value: number): number => (Number.isNaN(value) ? Infinity : Math.abs(value));

const reading = ({ node, cell, value }: Omit<Station, 'reads'>): Reading => ({
  of: node.operation?.name ?? node.label ?? 'an input',
  phase: phaseOf(node),
  position: positionOf(cell, node.shape),
  value,
});
