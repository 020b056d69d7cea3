/** @file Refuses what cannot fit into memory before anything is made. */

import { UserError } from '../errors.ts';
import type { ModelKind, Settings } from '../models/index.ts';

/** The most numbers that one thing in memory may have: a gigabyte of float32. */
const mostNumbers = 2 ** 28;

/** Users, fake users among them, and items of the data that a model is trained on. */
export interface Sizes {
  readonly users: number;
  readonly items: number;
}

/**
 * Throws a UserError that names what to lower unless `count` numbers fit. `what` begins the
 * message.
 */
export function expectNumbers(what: string, count: number, mend: string): void {
  if (count <= mostNumbers) return;
  throw new UserError(`${what}: ${count} numbers do not fit into memory: ${mend}`);
}

/** Throws a UserError that names the setting to lower unless a training fits into memory. */
export function expectTraining(kind: ModelKind, settings: Settings, { users, items }: Sizes): void {
  const number = (name: string): number => {
    const value = settings[name];
    return typeof value === 'number' ? value : 0;
  };
  const layers = Array.isArray(settings.layers) ? settings.layers : [];
  const widest = Math.max(number('factors'), ...layers);
  const lower = widest === number('factors') ? 'lower --factors' : 'lower --layers';
  const between = layers.reduce((sum, size, i) => sum + size * (layers[i - 1] ?? 0), 0);
  expectNumbers(`${kind.name}: its tables`, (users + items) * widest + between, lower);
  if (settings.loss === 'dense') {
    expectNumbers(`${kind.name}: all pairs`, users * items, 'choose --loss implicit-zeros');
  }
  // Kinds that an attack differentiates list the rows of all their steps ahead.
  if (kind.differentiable && 'batchSize' in settings) {
    const rows = kind.name === 'item-ae' ? items : users;
    expectNumbers(`${kind.name}: its batches`, number('epochs') * rows, 'lower --epochs');
  }
  if ('negatives' in settings) {
    const batch = typeof settings.batchSize === 'number' ? settings.batchSize : users;
    const pairs = batch * (1 + number('negatives'));
    const mend = 'lower --negatives or --batch-size';
    expectNumbers(`${kind.name}: the pairs of a step`, pairs * widest, mend);
  }
}
