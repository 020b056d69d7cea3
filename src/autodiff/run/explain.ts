/** @file `explainNonFinite`: where a function leaves the finite numbers. */

import { compileGraph } from '../compile/compile-graph.ts';
import { type Device, expectDevice } from '../devices/device.ts';
import { defaultDevice } from '../devices/open.ts';
import { expectFunction, expectOptions } from '../tape/options.ts';
import { leafPaths, leaves, type Tree } from '../tape/tree.ts';
import { buffersOf, pin } from './buffers.ts';
import { prepare } from './computation.ts';
import { deviceOptions } from './evaluate.ts';
import { findNonFinite, type NonFiniteOrigin } from './non-finite.ts';
import { showNonFinite } from './non-finite-error.ts';
import { trace } from './trace.ts';

/** What `explainNonFinite` says: the origin as data, and in a sentence. */
export interface NonFiniteReport extends NonFiniteOrigin {
  /** The path of the result that it reached; empty for a function of one result. */
  readonly result: string;
  readonly message: string;
}

/**
 * Where the results of `fn` at `inputs` leave the finite numbers: the operation, whether it stands in
 * the forward pass or in a derivative, the entry, and the numbers that it read there. Undefined if
 * all results are finite. Of a gradient ask by `grad(fn)`. Values are computed on the device, since
 * f32 overflows where float64 does not.
 */
export async function explainNonFinite<T extends Tree>(
  fn: (inputs: T) => Tree,
  inputs: T,
  options: { readonly device?: Device } = {},
): Promise<NonFiniteReport | undefined> {
  expectFunction('explainNonFinite', fn);
  expectOptions('explainNonFinite', options, deviceOptions);
  const device = options.device ?? (await defaultDevice());
  expectDevice('explainNonFinite', device);
  const { args, result } = trace(fn, [inputs], 'explainNonFinite', ['inputs']);
  const { graph, captured } = prepare(result, args);
  const given = [...leaves(inputs), ...captured];
  const unpin = pin(given);
  try {
    const buffers = await buffersOf(device, given);
    const program = await device.compile(compileGraph(graph, device));
    const outputs = await program.run(buffers);
    try {
      const found = await findNonFinite(device, graph, buffers, outputs);
      if (!found) return undefined;
      const path = leafPaths(result)[found.output];
      return { ...found, result: path, message: showNonFinite(found) };
    } finally {
      for (const buffer of outputs) device.free(buffer);
      program.dispose();
    }
  } finally {
    unpin();
  }
}
