/** @file One outer iteration of the open problem on each device. */

import type { Settings } from '../address.ts';
import type { Calling } from '../calls.ts';
import { Session } from './session.ts';

/** A device as an address names it. */
export type DeviceChoice = Pick<Settings, 'device' | 'threads'>;

/** The devices that are tried, those on a GPU first. */
export const deviceChoices: readonly DeviceChoice[] = [
  { device: 'gpujs:webgpu', threads: 1 },
  { device: 'gpujs:webgl2', threads: 1 },
  { device: 'simd', threads: 2 },
  { device: 'simd', threads: 1 },
  { device: 'reference', threads: 1 },
];

/** How a device did, or why it could not. */
export type DeviceRow = DeviceChoice &
  (
    | {
        /** Of the second outer iteration, and of the first, which also compiles. */
        readonly milliseconds: number;
        readonly firstMilliseconds: number;
        /** The objective of the first iteration, which all devices should agree about. */
        readonly value: number;
        readonly precision: 'f32' | 'f64';
      }
    | { readonly reason: string }
  );

/** Runs two iterations of `settings` on each device, one after another; tells each row at once. */
export async function timeDevices(settings: Settings, { signal, tell }: Calling): Promise<void> {
  for (const choice of deviceChoices) {
    signal.throwIfAborted();
    tell(await rowOf({ ...settings, ...choice }, signal));
  }
}

async function rowOf(settings: Settings, signal: AbortSignal): Promise<DeviceRow> {
  const { device, threads } = settings;
  try {
    const session = await Session.open(settings);
    try {
      const first = await timed(session, signal);
      const second = await timed(session, signal);
      return {
        device,
        threads,
        milliseconds: second.milliseconds,
        firstMilliseconds: first.milliseconds,
        value: first.value,
        precision: session.device.precision,
      };
    } finally {
      await session.close();
    }
  } catch (error) {
    signal.throwIfAborted();
    return { device, threads, reason: error instanceof Error ? error.message : String(error) };
  }
}

/** An iteration, which a stop does not wait for. */
async function timed(session: Session, signal: AbortSignal) {
  const started = performance.now();
  const stopped = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  stopped.catch(() => {});
  const { value } = await Promise.race([session.run.next(signal), stopped]);
  return { value, milliseconds: performance.now() - started };
}
