/** @file Files of trained models: arrays as numpy.savez writes them, and a description. */

import { z } from 'zod';
import type { Device } from '../../autodiff/index.ts';
import {
  type Archive,
  type Ids,
  type NamedArrays,
  npyOf,
  parseAs,
  readArchive,
  type SparseMatrix,
  writeArchive,
} from '../../data/index.ts';
import { DivergedError, UserError } from '../../errors.ts';
import {
  type ModelKind,
  modelKind,
  type Settings,
  settingsMisfit,
  type TrainedModel,
} from '../../models/index.ts';
import { expectSameData, sha256, trainDigest } from './data-digest.ts';

/** A trained model and how it was trained. */
export interface SavedModel {
  readonly kind: ModelKind;
  readonly settings: Settings;
  readonly seed: number;
  readonly model: TrainedModel;
}

const metaSchema = z.object({
  version: z.literal(1, 'expected 1: train it again with this version'),
  kind: z.string(),
  settings: z.record(z.string(), z.union([z.number(), z.string(), z.array(z.number())])),
  seed: z.number().int(),
  users: z.number().int(),
  items: z.number().int(),
  /** The digest of the clicks that it was trained on. */
  train: sha256,
});

/**
 * Writes a model atomically: a member for each array, in the device's precision (float64 from
 * `reference`, else float32), and `meta`, a string of JSON. `train` is the `trainDigest` of the
 * clicks that it was trained on. Throws a UserError that names the path, and a DivergedError,
 * before it writes, for an array with a number that is not finite.
 */
export async function saveModel(path: string, saved: SavedModel, train: string): Promise<void> {
  const { kind, settings, seed, model } = saved;
  const arrays = await model.arrays();
  const wrong = infinite(arrays);
  if (wrong) throw new DivergedError(wrong);
  const { users, items } = model;
  const meta = { version: 1, kind: kind.name, settings, seed, users, items, train };
  const members = {
    meta: npyOf({ shape: [], data: JSON.stringify(meta) }),
    ...Object.fromEntries(Object.entries(arrays).map(([name, array]) => [name, npyOf(array)])),
  };
  await writeArchive(path, members, 'stored');
}

/** Names an array and its first entry that is not finite. */
function infinite(arrays: NamedArrays): string | undefined {
  for (const [name, { data }] of Object.entries(arrays)) {
    const wrong = data.findIndex((x) => !Number.isFinite(x));
    if (wrong >= 0) return `array ${name}: entry ${wrong} is ${data[wrong]}`;
  }
  return undefined;
}

/**
 * Reads a model that was trained on `clicks`, with these ids of users and items if they have any.
 * On the device of its training it gives the same scores bit for bit. Throws a UserError that names
 * the file and the member that is wrong or does not fit the clicks.
 */
export async function loadModel(
  path: string,
  clicks: SparseMatrix,
  device: Device,
  ids: Ids = {},
): Promise<SavedModel> {
  const archive = await readArchive(path, 'a model as train --out writes it');
  const meta = parseAs(`${path}: meta`, archive.text('meta'), metaSchema);
  const { settings, seed, users, items } = meta;
  const kind = naming(`${path}: meta`, () => modelKind(meta.kind));
  const wrong = settingsMisfit(kind, settings);
  if (wrong) throw new UserError(`${path}: meta: ${wrong}: train it again with this version`);
  const mend = 'load it with the data it was trained on';
  if (users !== clicks.rows || items !== clicks.columns) {
    throw new UserError(
      `${path}: a model of ${users} users and ${items} items does not fit the ${clicks.rows} ` +
        `users and ${clicks.columns} items of the data: ${mend}`,
    );
  }
  expectSameData(path, { train: meta.train }, { train: trainDigest(clicks, ids) }, mend);
  const model = naming(path, () => kind.load(clicks, settings, arraysOf(archive), device));
  return { kind, settings, seed, model };
}

/** The arrays of a model. Their numbers are unpacked when they are read, after their shapes. */
function arraysOf(archive: Archive): NamedArrays {
  const names = archive.names.filter((member) => member !== 'meta');
  return Object.fromEntries(
    names.map((name) => [
      name,
      {
        shape: archive.shape(name),
        get data() {
          const found = archive.numbers(name);
          const wrong = infinite({ [name]: found });
          if (wrong) throw new UserError(`${wrong}: expected finite numbers: train it again`);
          return found.data;
        },
      },
    ]),
  );
}

/** Puts the source of an error before its message, unless it is there. */
function naming<T>(source: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof UserError) || error.message.startsWith(`${source}: `)) throw error;
    throw new UserError(`${source}: ${error.message}`);
  }
}
