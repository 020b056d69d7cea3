/** @file Turns relaxed SIMD on where the engine has it behind a flag, as Node 20 does. */

import { setFlagsFromString } from 'node:v8';
import { hasRelaxedSimd } from '../../../../../src/autodiff/devices/simd/wasm/relaxed.ts';

if (!hasRelaxedSimd()) setFlagsFromString('--experimental-wasm-relaxed-simd');
if (!hasRelaxedSimd()) throw new Error('this engine has no relaxed SIMD to test');
