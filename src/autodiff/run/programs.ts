/** @file Runs graphs on a device: programs cached by the graph's structure, uploads by value. */

import { compileGraph } from '../compile/compile-graph.ts';
import { canonicalize, type Graph } from '../compile/graph.ts';
import type { Device, DeviceBuffer, Program } from '../devices/device.ts';
import { reachable } from '../tape/reachable.ts';
import type { Tensor, Value } from '../tape/tensor.ts';
import { leaves, type Tree } from '../tape/tree.ts';

/** Programs kept per device; the one unused for longest is disposed of beyond that. */
const maxPrograms = 512;

interface Session {
  readonly programs: Map<string, Promise<Program>>;
  readonly uploads: WeakMap<Value, Promise<DeviceBuffer>>;
  compiled: number;
}

const sessions = new WeakMap<Device, Session>();

function sessionOf(device: Device): Session {
  let session = sessions.get(device);
  if (!session) {
    session = { programs: new Map(), uploads: new WeakMap(), compiled: 0 };
    sessions.set(device, session);
  }
  return session;
}

/** How many plans were compiled for a device so far: a loop must not make it grow. */
export const compiledPlans = (device: Device): number => sessionOf(device).compiled;

/** Buffers whose tensors are gone are given back to their device, if it is still there. */
const abandoned = new FinalizationRegistry<{ device: WeakRef<Device>; buffer: DeviceBuffer }>(
  ({ device, buffer }) => device.deref()?.free(buffer),
);

/** Makes a leaf's value of a buffer that lives on a device for as long as the leaf does. */
export function adopt(device: Device, buffer: DeviceBuffer): Value {
  const value: Value = { device, buffer };
  abandoned.register(value, { device: new WeakRef(device), buffer }, value);
  return value;
}

/** Values whose buffers another leaf holds by now. */
const handedOver = new WeakSet<Value>();

function expectHeld(value: Value): void {
  if (handedOver.has(value)) {
    throw new Error('a tensor is used after updateRows took it: use the one that it returned');
  }
}

/** The device that holds a computed leaf; throws an Error for all other tensors. */
export function ownerOf(what: string, { primitive, value }: Tensor): Device {
  if (value && 'buffer' in value) return value.device as Device;
  throw new Error(
    `${what}: expected a tensor that lives on a device, got one ` +
      `${value ? 'with numbers on the host' : primitive ? 'that is not computed' : 'of a trace'}` +
      ': pass it through evaluate first',
  );
}

/** Takes the buffer of a computed leaf, which must not be used after. */
export function handOver({ value }: Tensor): DeviceBuffer {
  if (!value || !('buffer' in value)) throw new Error('internal: a leaf without a buffer');
  expectHeld(value);
  handedOver.add(value);
  abandoned.unregister(value);
  return value.buffer as DeviceBuffer;
}

/** Gives the buffers of computed leaves back at once; the tensors must not be used after. */
export function release(tree: Tree): void {
  for (const { value } of leaves(tree)) {
    if (!value || !('buffer' in value)) continue;
    expectHeld(value);
    abandoned.unregister(value);
    (value.device as Device).free(value.buffer as DeviceBuffer);
  }
}

/** The buffer of a leaf on a device, uploaded once for as long as the leaf lives. */
export function bufferOf(device: Device, leaf: Tensor): Promise<DeviceBuffer> {
  const { value } = leaf;
  if (!value) {
    throw new Error(
      leaf.primitive
        ? 'compile: an argument is not computed yet, pass it through evaluate first'
        : 'a tensor inside compile, grad or another trace has no value to read',
    );
  }
  expectHeld(value);
  if ('buffer' in value && value.device === device) {
    return Promise.resolve(value.buffer as DeviceBuffer);
  }
  const { uploads } = sessionOf(device);
  const known = uploads.get(value);
  if (known) return known;
  const uploaded = upload(device, leaf, value);
  uploads.set(value, uploaded);
  uploaded.catch(() => uploads.delete(value));
  return uploaded;
}

async function upload(device: Device, leaf: Tensor, value: Value): Promise<DeviceBuffer> {
  const host =
    'host' in value
      ? value.host
      : await (value.device as Device).read(value.buffer as DeviceBuffer);
  const buffer = await device.upload(host, leaf.kind);
  // One value may be on several devices, so the buffer is what it is unregistered by.
  abandoned.register(value, { device: new WeakRef(device), buffer }, buffer);
  return buffer;
}

/**
 * Frees what a device holds of constants, which are uploaded again where they are used again. The
 * collector would do so too, but not while a loop runs that never waits for anything outside.
 */
export async function dropUploads(device: Device, tree: Tree): Promise<void> {
  const { uploads } = sessionOf(device);
  for (const { value } of leaves(tree)) {
    const uploaded = value && uploads.get(value);
    if (!uploaded) continue;
    uploads.delete(value);
    const buffer = await uploaded;
    abandoned.unregister(buffer);
    device.free(buffer);
  }
}

/** A graph with the leaves that feed it: parameters first, then the constants it captured. */
export interface Computation {
  readonly graph: Graph;
  readonly captured: readonly Tensor[];
}

/** Prepares outputs for running; `parameters` are leaves whose values come with each run. */
export function prepare(outputs: readonly Tensor[], parameters: readonly Tensor[]): Computation {
  const given = new Set(parameters);
  const captured = reachable(outputs).filter((node) => !node.primitive && !given.has(node));
  return { graph: canonicalize(outputs, [...parameters, ...captured]), captured };
}

/** What is being computed with: the collector frees the buffers of no tensor that is in here. */
const running = new Set<readonly Tensor[]>();

/** Runs a computation: a new buffer for each output, which the caller frees. */
export async function runComputation(
  device: Device,
  computation: Computation,
  parameters: readonly Tensor[],
): Promise<DeviceBuffer[]> {
  const inputs = [...parameters, ...computation.captured];
  running.add(inputs);
  try {
    const { program, buffers } = await readyComputation(device, computation, parameters);
    return await program.run(buffers);
  } finally {
    running.delete(inputs);
  }
}

/** Compiles a computation and brings all that it reads to the device. */
export async function readyComputation(
  device: Device,
  { graph, captured }: Computation,
  parameters: readonly Tensor[],
) {
  const program = await programFor(device, graph);
  const inputs = [...parameters, ...captured];
  return { program, buffers: await Promise.all(inputs.map((leaf) => bufferOf(device, leaf))) };
}

function programFor(device: Device, graph: Graph): Promise<Program> {
  const session = sessionOf(device);
  const { programs } = session;
  let program = programs.get(graph.key);
  if (program) programs.delete(graph.key);
  else {
    session.compiled++;
    program = device.compile(compileGraph(graph, device));
    // What failed for want of memory may do later.
    program.catch(() => programs.delete(graph.key));
  }
  programs.set(graph.key, program);
  if (programs.size > maxPrograms) evictOldest(programs);
  return program;
}

function evictOldest(programs: Map<string, Promise<Program>>): void {
  const [key, oldest] = programs.entries().next().value as [string, Promise<Program>];
  programs.delete(key);
  oldest.then((program) => program.dispose());
}
