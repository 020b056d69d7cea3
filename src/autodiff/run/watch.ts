/**
 * @file A device that looks at each result: a run that came to a number that is not finite is run
 * once more on it, and stops where the number is made. Runs on other devices ask nothing of it.
 */

import type { Graph } from '../compile/graph.ts';
import type { Device, DeviceBuffer, Program } from '../devices/device.ts';
import { findNonFinite, type NonFiniteOrigin } from './non-finite.ts';
import type { Buffers } from './owned.ts';

/** Where a run is, as its messages say it. */
export interface Place {
  /** What is computed: `init`, a step forward, the objective, or a step back. */
  readonly pass: 'init' | 'forward' | 'objective' | 'backward';
  /** The number of the step, from 0, and how many there are. */
  readonly step?: number;
  readonly steps?: number;
}

/** What was found, and where. */
export interface NonFinite extends NonFiniteOrigin {
  readonly place?: Place;
}

/** Ends a run at what was found. */
export class Stopped extends Error {
  constructor(readonly found: NonFinite) {
    super('internal: a watched run met what it looks for');
  }
}

/** Looks at the results of each run on one device. */
export class Watch {
  /** What the run says that it is doing. */
  place: Place | undefined;
  /** The first number that was given not finite, to be named if nothing else is found. */
  given: NonFinite | undefined;

  constructor(private readonly device: Device) {}

  /** The results, once they are sure to be finite; throws a Stopped where an operation made another. */
  async results(graph: Graph, inputs: Buffers, outputs: Buffers | Promise<Buffers>) {
    const made = await outputs;
    const origin = await findNonFinite(this.device, graph, inputs, made);
    if (!origin) return made;
    const found: NonFinite = { ...origin, place: this.place };
    if (!origin.given) {
      for (const buffer of made) this.device.free(buffer);
      throw new Stopped(found);
    }
    this.given ??= found;
    return made;
  }
}

const watches = new WeakMap<Device, Watch>();

/** The watch of a device; undefined of one that is not watched. */
export const watchOf = (device: Device): Watch | undefined => watches.get(device);

/** Says where the run on a device is. */
export function placed(device: Device, place: Place): void {
  const watch = watches.get(device);
  if (watch) watch.place = place;
}

/**
 * Does a run again on a device that is watched. Undefined where all is finite this time, as it may be
 * if the run is no function of what it is given. Nothing that the run made is left on the device.
 */
export async function firstNonFinite(
  device: Device,
  run: (watched: Device) => Promise<unknown>,
): Promise<NonFinite | undefined> {
  const { copy, freeAll } = copyOf(device);
  const watch = new Watch(copy);
  watches.set(copy, watch);
  try {
    await run(copy);
  } catch (error) {
    if (error instanceof Stopped) return error.found;
    throw error;
  } finally {
    freeAll();
  }
  return watch.given;
}

/** Another device to all who keep accounts of devices, on the same memory; it frees what it made. */
function copyOf(device: Device): { copy: Device; freeAll: () => void } {
  const buffers = new Set<DeviceBuffer>();
  const programs = new Set<Program>();
  const kept = (made: Buffers): DeviceBuffer[] => {
    for (const buffer of made) buffers.add(buffer);
    return [...made];
  };
  const copy: Device = Object.assign(Object.create(device), {
    upload: async (data, kind) => kept([await device.upload(data, kind)])[0],
    free: (buffer) => {
      if (buffers.delete(buffer)) device.free(buffer);
    },
    compile: async (plan) => {
      const program = await device.compile(plan);
      programs.add(program);
      return {
        run: async (inputs) => kept(await program.run(inputs)),
        dispose: () => {
          if (programs.delete(program)) program.dispose();
        },
      };
    },
  } satisfies Partial<Device>);
  const freeAll = () => {
    for (const buffer of buffers) device.free(buffer);
    for (const program of programs) program.dispose();
    buffers.clear();
    programs.clear();
  };
  return { copy, freeAll };
}
