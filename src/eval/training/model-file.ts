/** @file Files of trained models: arrays as numpy.savez writes them, and a description. */

import { z } from 'zod';
import type { Device } from '../../autodiff/index.ts';
import { npyOf, readArchive, type SparseMatrix, writeArchive } from '../../data/index.ts';
import { UserError } from '../../errors.ts';
import { type ModelKind, modelKind, type Settings, type TrainedModel } from '../../models/index.ts';

/** A trained model and how it was trained. */
export interface SavedModel {
  readonly kind: ModelKind;
  readonly settings: Settings;
  readonly seed: number;
  readonly model: TrainedModel;
}

const metaSchema = z.object({
  kind: z.string(),
  settings: z.record(z.string(), z.union([z.number(), z.string(), z.array(z.number())])),
  seed: z.number().int(),
  users: z.number().int(),
  items: z.number().int(),
});

type Meta = z.infer<typeof metaSchema>;

/**
 * Writes a model atomically: a member for each array, in the device's precision (float64 from
 * `reference`, else float32), and `meta`, a string of JSON. Throws a UserError that names the path.
 */
export async function saveModel(path: string, saved: SavedModel): Promise<void> {
  const { kind, settings, seed, model } = saved;
  const arrays = Object.entries(await model.arrays());
  const { users, items } = model;
  const meta = JSON.stringify({ kind: kind.name, settings, seed, users, items });
  const members = {
    meta: npyOf({ shape: [], data: meta }),
    ...Object.fromEntries(arrays.map(([name, array]) => [name, npyOf(array)])),
  };
  await writeArchive(path, members, 'stored');
}

/**
 * Reads a model that was trained on `clicks`. On the device of its training it gives the same
 * scores bit for bit. Throws a UserError that names the file and the member that is wrong or does
 * not fit the clicks.
 */
export async function loadModel(
  path: string,
  clicks: SparseMatrix,
  device: Device,
): Promise<SavedModel> {
  const archive = await readArchive(path, 'a model as train --out writes it');
  const { kind: name, settings, seed, users, items } = parseMeta(path, archive.text('meta'));
  const kind = naming(`${path}: meta`, () => modelKind(name));
  checkSettings(path, kind, settings);
  if (users !== clicks.rows || items !== clicks.columns) {
    throw new UserError(
      `${path}: a model of ${users} users and ${items} items does not fit the ${clicks.rows} ` +
        `users and ${clicks.columns} items of the data: load it with the data it was trained on`,
    );
  }
  const names = archive.names.filter((member) => member !== 'meta');
  const arrays = Object.fromEntries(names.map((member) => [member, archive.numbers(member)]));
  const model = naming(path, () => kind.load(clicks, settings, arrays, device));
  return { kind, settings, seed, model };
}

function parseMeta(path: string, text: string): Meta {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch (error) {
    throw new UserError(`${path}: meta: not JSON: ${(error as Error).message}`);
  }
  const result = metaSchema.safeParse(raw);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new UserError(`${path}: meta: field ${issue.path.join('.') || '(root)'}: ${issue.message}`);
}

function checkSettings(path: string, kind: ModelKind, settings: Settings): void {
  const names = (all: Settings) => Object.keys(all).sort().join(', ');
  if (names(settings) === names(kind.defaults)) return;
  throw new UserError(
    `${path}: meta: settings ${names(settings)} are not those of ${kind.name}, ` +
      `${names(kind.defaults)}: train it again with this version`,
  );
}

/** Puts the source of an error before its message. */
function naming<T>(source: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof UserError) throw new UserError(`${source}: ${error.message}`);
    throw error;
  }
}
