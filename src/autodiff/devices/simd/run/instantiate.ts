/** @file A module over the memory of the device. */

import { refusal } from '../../content-policy.ts';
import { moduleImports } from '../wasm/module.ts';

/** Compiles a module; throws a DeviceError that says so where a page's policy refuses it. */
export async function instantiate(
  bytes: Uint8Array<ArrayBuffer>,
  memory: WebAssembly.Memory,
): Promise<WebAssembly.Instance> {
  try {
    return (await WebAssembly.instantiate(bytes, moduleImports(memory))).instance;
  } catch (error) {
    throw refusal('simd', error);
  }
}
