/** @file GradBench's protocol: one message in, one response out, each a line of JSON. */

import { z } from 'zod';
import type { Device } from '../../src/autodiff/index.ts';
import { evalModules } from './evals/index.ts';
import type { EvalFunction } from './function.ts';

const message = z.object({ id: z.number(), kind: z.string() }).loose();
const define = z.object({ module: z.string() });
const evaluation = z.object({ module: z.string(), function: z.string(), input: z.unknown() });
const runs = z.object({
  min_runs: z.number().int().min(1).default(1),
  min_seconds: z.number().min(0).default(0),
});

/** The response to a message. A failure is a response too, never an exception. */
export async function answer(line: string, device: Device): Promise<object> {
  const { id, kind, ...rest } = message.parse(JSON.parse(line));
  if (kind === 'start') return { id, tool: 'hypertape', config: { device: device.name } };
  if (kind === 'define') {
    const { module: name } = define.parse(rest);
    const success = evalModules.some((each) => each.name === name);
    return success ? { id, success } : { id, success, error: `there is no module ${name}` };
  }
  if (kind !== 'evaluate') return { id };
  try {
    return { id, success: true, ...(await evaluate(rest, device)) };
  } catch (error) {
    return { id, success: false, error: error instanceof Error ? error.message : String(error) };
  }
}

/** Runs a function as often and as long as its input asks, and times each run. */
async function evaluate(rest: unknown, device: Device) {
  const { module, function: name, input } = evaluation.parse(rest);
  const { min_runs, min_seconds } = runs.parse(typeof input === 'object' ? input : {});
  const ready = await functionOf(module, name)(input, device);
  const timings: { name: string; nanoseconds: number }[] = [];
  let output: unknown;
  let spent = 0;
  while (timings.length < min_runs || spent < min_seconds * 1e9) {
    const started = performance.now();
    output = await ready();
    const nanoseconds = Math.round((performance.now() - started) * 1e6);
    timings.push({ name: 'evaluate', nanoseconds });
    // A run shorter than the clock's tick counts as one tick, so that the loop ends.
    spent += Math.max(1, nanoseconds);
  }
  return { output, timings };
}

function functionOf(module: string, name: string): EvalFunction {
  const functions = evalModules.find((each) => each.name === module)?.functions;
  const found = functions && Object.hasOwn(functions, name) ? functions[name] : undefined;
  if (found) return found;
  throw new Error(`there is no function ${name} in module ${module}`);
}
