/** @file What the Content-Security-Policy of a page may refuse, as one error that names the mend. */

import { DeviceError } from './device.ts';

/** What engines say where the policy refuses WebAssembly; other such errors are faults of ours. */
const ofPolicy = /content.security.policy|\bCSP\b|unsafe-eval/i;

/**
 * The error to throw for one that compiling has thrown: a DeviceError that names the directive if
 * the page's policy, or the process, refuses to compile code; the same error if not.
 */
export function refusal(device: string, error: unknown): unknown {
  const directive =
    error instanceof EvalError
      ? "'unsafe-eval'"
      : error instanceof WebAssembly.CompileError && ofPolicy.test(error.message)
        ? "'wasm-unsafe-eval'"
        : undefined;
  if (!directive) return error;
  return new DeviceError(
    `${device}: the Content-Security-Policy refuses to compile kernels; allow script-src ` +
      `${directive}, or use a device that needs less: gpujs:webgpu and gpujs:webgl2 need nothing, ` +
      "simd 'wasm-unsafe-eval'",
  );
}

/** Throws a DeviceError if the policy refuses code made of text, for libraries that do not say so. */
export function expectEval(device: string): void {
  try {
    new Function('');
  } catch (error) {
    throw refusal(device, error);
  }
}
