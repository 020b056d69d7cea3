/** @file Whether the engine has relaxed SIMD: a product and a sum in one instruction. */

import { type, wasmModule } from './module.ts';
import { floats, op } from './opcodes.ts';

/** Tries to compile the instruction. Node has it from 22 on, Chromium from 114. */
export function hasRelaxedSimd(): boolean {
  const body = [...floats(0), ...floats(0), ...floats(0), ...op.f32x4RelaxedMadd];
  const fn = { parameters: [], results: [type.v128], locals: [], body };
  return WebAssembly.validate(wasmModule([fn], false));
}
