/**
 * @file Memory that nobody holds any more comes back while its loop waits for nothing outside.
 *
 * The collector frees the buffers of tensors that are gone in tasks of their own, which never run
 * between two promises; and it does not know how large those buffers are.
 */

import { type Device, OutOfMemory } from '../devices/device.ts';

/** Turns of the event loop to wait for room, before an error says that there is none. */
const mostTurns = 8;

/** A share of a device's memory: held memory that grew by it is worth a look for what is gone. */
const share = 1 / 4;

/** Bytes, four times, whose allocation makes a collector look; they are never touched. */
const bait = 2 ** 28;

/** Makes the collector look for what is gone, and waits for the tasks that free its buffers. */
async function collectorTurn(): Promise<void> {
  try {
    for (let i = 0; i < 4; i++) new ArrayBuffer(bait);
  } catch {
    // There is no room for the bait either, for which the collector has looked.
  }
  await new Promise((resolve) => setTimeout(resolve, 0));
}

/** Bytes held by a device from which on it is worth a look. */
const marks = new WeakMap<Device, number>();

/**
 * Waits a turn if a device has come to hold much more since the last time; undefined if not, so that
 * those who ask often need not wait for a promise.
 */
export function room(device: Device): Promise<void> | undefined {
  const memory = device.memory?.();
  if (!memory) return undefined;
  const mark = marks.get(device) ?? memory.limit * share;
  return memory.held < mark ? undefined : lookForRoom(device);
}

async function lookForRoom(device: Device): Promise<void> {
  await collectorTurn();
  const { held, limit } = (device as Required<Device>).memory();
  marks.set(device, held + limit * share);
}

const outOfMemory = (error: unknown): boolean => error instanceof OutOfMemory;

/**
 * Runs what needs room on a device, again after a turn if there was none, and so on. `isFull` tells
 * the errors that say so.
 */
export function withRoom<T>(run: () => T | Promise<T>, isFull = outOfMemory): T | Promise<T> {
  try {
    const result = run();
    return result instanceof Promise ? result.catch((error) => again(error, run, isFull)) : result;
  } catch (error) {
    return again(error, run, isFull);
  }
}

async function again<T>(
  first: unknown,
  run: () => T | Promise<T>,
  isFull: (error: unknown) => boolean,
): Promise<T> {
  let error = first;
  for (let turn = 0; turn < mostTurns && isFull(error); turn++) {
    await collectorTurn();
    try {
      return await run();
    } catch (next) {
      error = next;
    }
  }
  throw error;
}
