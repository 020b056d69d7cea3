/** @file The programs of each device: graphs of one structure share one, compiled once. */

import { compileGraph } from '../compile/compile-graph.ts';
import type { Graph } from '../compile/graph.ts';
import type { Device, Program } from '../devices/device.ts';

/** Programs kept for each device; beyond that the one unused for longest is disposed of. */
const maxPrograms = 512;

/** A program in the cache, which outlives its eviction for as long as somebody uses it. */
class CachedProgram {
  private users = 0;
  private evicted = false;

  constructor(readonly program: Promise<Program>) {}

  borrow(): Promise<Program> {
    this.users++;
    return this.program;
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

/** The program of a graph on a device; whoever asks gives it back when done. */
export async function borrowProgram(
  device: Device,
  graph: Graph,
): Promise<{ readonly program: Program; giveBack(): void }> {
  const cached = cachedProgram(device, graph);
  try {
    const program = await cached.borrow();
    return { program, giveBack: () => cached.giveBack() };
  } catch (error) {
    cached.giveBack();
    throw error;
  }
}

function cachedProgram(device: Device, graph: Graph): CachedProgram {
  const cache = cacheOf(device);
  const { programs } = cache;
  let cached = programs.get(graph.key);
  if (cached) programs.delete(graph.key);
  else {
    cache.compiled++;
    const made = new CachedProgram(device.compile(compileGraph(graph, device)));
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
