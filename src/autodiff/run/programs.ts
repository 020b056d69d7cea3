/** @file The programs of each device: graphs of one structure share one, compiled once. */

import { compileGraph } from '../compile/compile-graph.ts';
import type { Graph } from '../compile/graph.ts';
import type { Device, Program } from '../devices/device.ts';
import { type AddressLimits, addressLimits } from './addresses.ts';
import { withRoom } from './room.ts';

/** Programs kept for each device; beyond that the one unused for longest is disposed of. */
const maxPrograms = 512;

/** A program that its cache does not dispose of until it is given back. */
export interface BorrowedProgram {
  readonly program: Promise<Program>;
  /** What the addresses among its inputs must be below. */
  readonly limits: AddressLimits;
  giveBack(): void;
}

/** A program in the cache, which outlives its eviction for as long as somebody uses it. */
class CachedProgram implements BorrowedProgram {
  private users = 0;
  private evicted = false;

  constructor(
    readonly program: Promise<Program>,
    readonly limits: AddressLimits,
  ) {}

  borrow(): void {
    this.users++;
  }

  giveBack(): void {
    this.users--;
    this.disposeIfUnused();
  }

  evict(): void {
    this.evicted = true;
    this.disposeIfUnused();
  }

  private disposeIfUnused(): void {
    if (!this.evicted || this.users > 0) return;
    // A compile that failed was reported to who asked for it, and leaves nothing to dispose of.
    this.program.then(
      (program) => program.dispose(),
      () => {},
    );
  }
}

interface Cache {
  /** By the key of their graph, the one used last at the end. */
  readonly programs: Map<string, CachedProgram>;
  compiled: number;
}

const caches = new WeakMap<Device, Cache>();

function cacheOf(device: Device): Cache {
  let cache = caches.get(device);
  if (!cache) {
    cache = { programs: new Map(), compiled: 0 };
    caches.set(device, cache);
  }
  return cache;
}

/** How many plans were compiled for a device so far: a loop must not make it grow. */
export const compiledPlans = (device: Device): number => cacheOf(device).compiled;

/** The program of a graph on a device, compiled if need be; `giveBack` it when done. */
export function borrowProgram(device: Device, graph: Graph): BorrowedProgram {
  const cached = cachedProgram(device, graph);
  cached.borrow();
  return cached;
}

function cachedProgram(device: Device, graph: Graph): CachedProgram {
  const cache = cacheOf(device);
  const { programs } = cache;
  let cached = programs.get(graph.key);
  if (cached) programs.delete(graph.key);
  else {
    cache.compiled++;
    const plan = compileGraph(graph, device);
    const program = Promise.resolve(withRoom(() => device.compile(plan)));
    const made = new CachedProgram(program, addressLimits(plan.inputs));
    // A compile that ran out of memory may succeed later, so a failure is not cached.
    made.program.catch(() => {
      if (programs.get(graph.key) === made) programs.delete(graph.key);
    });
    cached = made;
  }
  programs.set(graph.key, cached);
  if (programs.size > maxPrograms) {
    const [oldest] = programs;
    programs.delete(oldest[0]);
    oldest[1].evict();
  }
  return cached;
}
