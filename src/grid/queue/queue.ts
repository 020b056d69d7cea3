/**
 * @file The queue as the grid's users know it. BullMQ and its driver are loaded where a queue is used
 * and not before: a process that computes one cell needs neither.
 */

import type { QueueExecutor } from './dispatch.ts';
import type { ServeOptions } from './serve.ts';

/**
 * Opens the queue at a Redis address, `redis://host:port`, to run cells by its workers. `onTrouble`
 * is told when the connection fails later; it is taken up again. Throws a UserError if nobody
 * answers there.
 */
export const queueExecutor = async (
  url: string,
  onTrouble?: (message: string) => void,
): Promise<QueueExecutor> => (await import('./dispatch.ts')).openQueue(url, onTrouble);

/**
 * Takes cells from the queue at a Redis address until the signal is aborted. A cell that cannot run
 * here (its data are not here, or others; another version of its kind; too little memory) goes back
 * to the queue, and the worker ends with a UserError that names what is wrong: otherwise it would
 * take and refuse one cell after the other.
 */
export const serveQueue = async (url: string, options: ServeOptions): Promise<void> =>
  (await import('./serve.ts')).serve(url, options);
