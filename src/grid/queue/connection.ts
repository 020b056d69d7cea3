/** @file The connection to Redis, and the queue's name there. */

import { Redis } from 'ioredis';
import { UserError } from '../../errors.ts';
import { publicUrl } from './address.ts';

/** The queue of cells, and what its keys in Redis begin with. */
export const queueName = 'cells';
/** What all keys in Redis begin with. */
export const prefix = 'hypertape';

/** Milliseconds that Redis has to answer the first time. */
const patience = 5000;

/**
 * Asks Redis whether it is there, and gives the options to connect with. Throws a UserError for an
 * address that is none, or where nobody answers.
 */
export async function connectionTo(url: string) {
  if (!URL.canParse(url) || !/^rediss?:$/.test(new URL(url).protocol)) {
    throw new UserError(`--queue: expected an address such as redis://127.0.0.1:6379, got ${url}`);
  }
  const once = { lazyConnect: true, retryStrategy: () => null, connectTimeout: patience };
  const probe = new Redis(url, once);
  let reason: Error | null = null;
  probe.on('error', (error) => {
    reason = error;
  });
  try {
    await probe.connect();
    await probe.ping();
  } catch (error) {
    const { message } = reason ?? (error as Error);
    throw new UserError(
      `no Redis at ${publicUrl(url)} (${message}): start redis-server there, or correct the address`,
    );
  } finally {
    probe.disconnect();
  }
  // Commands wait for as long as Redis is away.
  return { url, maxRetriesPerRequest: null };
}
