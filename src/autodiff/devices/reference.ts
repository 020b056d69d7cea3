/** @file The `reference` device: runs the kernels as plain JavaScript in float64, the truth. */

import type { Kernel, Plan } from '../compile/plan.ts';
import { javascript, printCell, threadAxes } from '../kernel/print.ts';
import { stridesOf } from '../tape/shape.ts';
import type { HostArray, Kind } from '../tape/tensor.ts';
import { refusal } from './content-policy.ts';
import {
  type Device,
  type DeviceBuffer,
  OutOfMemory,
  type Program,
  type RowsSize,
} from './device.ts';

interface HostBuffer extends DeviceBuffer {
  readonly data: Float64Array | Int32Array;
}

/** Of the buffers of one program: 4 GB, as much as `simd` can have. */
const mostCells = 2 ** 29;

type CellLoop = (out: Float64Array, ...args: (Float64Array | Int32Array)[]) => void;

/** A kernel as the body of a function that loops over the threads and writes a cell for each. */
function kernelSource(kernel: Kernel): string {
  const { statements, result } = printCell(kernel.expression, javascript);
  const axes = threadAxes(kernel.threads.length);
  const strides = stridesOf(kernel.threads);
  const loops = axes.map(
    (axis, i) => `for (let ${axis} = 0; ${axis} < ${kernel.threads[i]}; ${axis}++) {`,
  );
  const flat = axes.map((axis, i) => `${axis} * ${strides[i]}`).join(' + ');
  return [...loops, ...statements, `out[${flat}] = ${result};`, ...loops.map(() => '}')].join('\n');
}

function compileKernel(kernel: Kernel, source: string): CellLoop {
  const names = kernel.arguments.map((_, slot) => `a${slot}`);
  try {
    return new Function('out', ...names, source) as CellLoop;
  } catch (error) {
    throw refusal('reference', error);
  }
}

class ReferenceProgram implements Program {
  private readonly loops: CellLoop[];

  constructor(private readonly plan: Plan) {
    const compiled = new Map<string, CellLoop>();
    this.loops = plan.kernels.map((kernel) => {
      const source = kernelSource(kernel);
      const loop = compiled.get(source) ?? compileKernel(kernel, source);
      compiled.set(source, loop);
      return loop;
    });
  }

  run(inputs: readonly DeviceBuffer[]): DeviceBuffer[] {
    const { plan } = this;
    const cells = plan.buffers.reduce((total, size) => total + size, 0);
    if (cells > mostCells) {
      throw new OutOfMemory(
        `reference: ${cells} cells at once do not fit: it takes up to ${mostCells}; use smaller ` +
          'batches or blocks',
      );
    }
    const buffers = plan.buffers.map((size) => new Float64Array(size));
    plan.kernels.forEach((kernel, i) => {
      const args = kernel.arguments.map(({ place }) =>
        place.kind === 'input' ? (inputs[place.index] as HostBuffer).data : buffers[place.index],
      );
      this.loops[i](buffers[kernel.output], ...args);
    });
    return plan.outputs.map(({ place, kind }) => {
      const cells = place.kind === 'empty' ? new Float64Array(0) : buffers[place.index];
      return toBuffer(kind === 'index' ? Int32Array.from(cells) : cells);
    });
  }

  dispose(): void {}
}

const toBuffer = (data: Float64Array | Int32Array): HostBuffer => ({ data, size: data.length });

function writeRows(
  table: HostBuffer,
  index: HostBuffer,
  rows: HostBuffer,
  { count, width }: RowsSize,
): void {
  for (let i = 0; i < count; i++) {
    table.data.set(rows.data.subarray(i * width, (i + 1) * width), index.data[i] * width);
  }
}

/** Opens the `reference` device. It frees nothing by hand: its buffers are collected. */
export function openReference(): Device {
  return {
    name: 'reference',
    precision: 'f64',
    recurrences: true,
    upload: async (data: HostArray, kind: Kind) =>
      toBuffer(kind === 'index' ? Int32Array.from(data) : Float64Array.from(data)),
    read: async (buffer) => (buffer as HostBuffer).data.slice(),
    free: () => {},
    writeRows: (table, index, rows, size) =>
      writeRows(table as HostBuffer, index as HostBuffer, rows as HostBuffer, size),
    compile: async (plan) => new ReferenceProgram(plan),
    dispose: async () => {},
  };
}
