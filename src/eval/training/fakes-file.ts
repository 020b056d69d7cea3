/** @file Fake users in files: their clicks in fakes.npz, and what they are for in fakes.json. */

import { existsSync } from 'node:fs';
import { z } from 'zod';
import {
  type DataSet,
  digestOf,
  parseAs,
  readNpz,
  readText,
  type SparseMatrix,
  writeAtomically,
  writeNpz,
} from '../../data/index.ts';
import { UserError } from '../../errors.ts';
import { checkFakes } from './check-fakes.ts';
import {
  type DataDigest,
  dataDigest,
  dataDigestSchema,
  expectSameData,
  sha256,
} from './data-digest.ts';

const count = z.number().int().nonnegative();

const recordSchema = z.strictObject({
  version: z.literal(1, 'expected 1: make the fake users again with this version'),
  method: z.string(),
  goal: z.enum(['promote', 'demote', 'untargeted']),
  data: dataDigestSchema.extend({ name: z.string() }),
  targets: z.array(z.strictObject({ item: count, id: z.string().optional() })),
  /** What the fake users are called where real users go by ids. */
  labels: z.array(z.string()),
  budget: z.strictObject({
    allowed: z.strictObject({ users: count, clicksOfUser: count.optional() }),
    used: z.strictObject({ users: count, clicks: count, clicksOfUser: count }),
  }),
  seed: count,
  /** The digest of the clicks in the .npz. */
  fakes: sha256,
});

/** What fake users are for and how they were made: a fakes.json. */
export type FakesRecord = z.infer<typeof recordSchema>;

/** What a fakes.json says beside what follows from the clicks and the data. */
export type FakesFacts = Pick<FakesRecord, 'method' | 'goal' | 'seed'> & {
  /** Target items by inner number. */
  readonly targets: readonly number[];
  readonly allowed: FakesRecord['budget']['allowed'];
  /** Of the data, where it is known already. */
  readonly digest?: DataDigest;
};

/** The seeds that fake users were fitted to: a victim of one of them flatters the attack. */
export const seedsOf = ({ seed }: FakesRecord): number[] => [seed];

/** Fake users as read, with their record if there is one. */
export interface StoredFakes {
  readonly fakes: SparseMatrix;
  readonly record?: FakesRecord;
}

const recordPath = (path: string): string => `${path.replace(/\.npz$/, '')}.json`;

/**
 * Writes fake users as `path`, an .npz, and their record beside it as .json, each atomically.
 * Throws a UserError that names the path.
 */
export async function writeFakes(
  path: string,
  fakes: SparseMatrix,
  data: DataSet,
  { method, goal, seed, targets, allowed, digest = dataDigest(data) }: FakesFacts,
): Promise<void> {
  const profiles = Array.from({ length: fakes.rows }, (_, row) => row);
  const lengths = profiles.map((row) => fakes.indptr[row + 1] - fakes.indptr[row]);
  const taken = new Set(data.users);
  const prefix = taken.has('fake-0') ? 'hypertape-fake' : 'fake';
  const record: FakesRecord = {
    version: 1,
    method,
    goal,
    data: { name: data.name, ...digest },
    targets: targets.map((item) => ({ item, ...(data.items && { id: data.items[item] }) })),
    labels: profiles.map((row) => `${prefix}-${row}`),
    budget: {
      allowed,
      used: {
        users: fakes.rows,
        clicks: fakes.indices.length,
        clicksOfUser: lengths.reduce((most, length) => Math.max(most, length), 0),
      },
    },
    seed,
    fakes: digestOf(fakes),
  };
  await writeNpz(path, fakes);
  await writeAtomically(recordPath(path), `${JSON.stringify(record, null, 2)}\n`);
}

/**
 * Reads fake users that click the data's items. Throws a UserError that names the file: for entries
 * other than 0 and 1, and if the record is of other data, other fake users, or no record at all.
 */
export async function readFakes(path: string, data: DataSet): Promise<StoredFakes> {
  const fakes = await readNpz(path);
  checkFakes(path, fakes, data);
  const beside = recordPath(path);
  if (!existsSync(beside)) return { fakes };
  const record = parseAs(beside, await readText(beside), recordSchema);
  expectSameData(beside, record.data, dataDigest(data), 'evaluate on the data that was attacked');
  if (record.fakes !== digestOf(fakes)) {
    throw new UserError(
      `${beside}: describes other fake users than ${path}: attack again, or delete it`,
    );
  }
  const items = record.targets.map(({ item }) => item);
  const twice = items.find((item, i) => items.indexOf(item) < i);
  if (twice !== undefined) throw new UserError(`${beside}: field targets: item ${twice} twice`);
  const outside = record.targets.find(({ item }) => item >= data.train.columns);
  if (outside) throw new UserError(`${beside}: field targets: no item ${outside.item}`);
  return { fakes, record };
}
