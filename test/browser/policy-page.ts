/** @file The page on which the browser test computes under a Content-Security-Policy. */

import {
  exact,
  hypergradient,
  mul,
  openDevice,
  square,
  sub,
  tensor,
} from '../../src/autodiff/index.ts';

const devices = [
  { name: 'simd', threads: 2 },
  { name: 'gpujs:webgpu' },
  { name: 'gpujs:webgl2' },
  { name: 'gpujs:webgl' },
  { name: 'gpujs:webasm' },
  { name: 'gpujs:cpu' },
  { name: 'reference' },
];

/** The directives of the policy that refused something. */
const refusedBy = new Set<string>();
document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) => {
  refusedBy.add(effectiveDirective);
});

/** The hypergradient of (x / 2 - 3)² at 2, through one step that halves the state: -2. */
async function compute({ name, threads }: { name: string; threads?: number }): Promise<number> {
  const device = await openDevice(name, { threads });
  const { gradient } = await hypergradient(
    {
      inputs: tensor(2),
      init: (inputs) => inputs,
      step: (state) => mul(0.5, state),
      steps: 1,
      objective: (state) => square(sub(state, 3)),
    },
    { method: exact(), device },
  );
  const derivative = await gradient.item();
  await device.dispose();
  return derivative;
}

/** The result of each device, or the message of its error; and what the policy refused. */
async function computeOnAll() {
  const results: Record<string, number | string> = {};
  for (const device of devices) {
    results[device.name] = await compute(device).catch((error: Error) => error.message);
  }
  return { results, refusedBy: [...refusedBy] };
}

// The page calls this itself: a browser lets what a debugger evaluates pass the policy.
const page = { outcome: computeOnAll() };

export type PolicyPage = typeof page;
Object.assign(globalThis, { page });
