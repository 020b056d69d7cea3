/** @file Fake users in files: their clicks in fakes.npz, and what they are for in fakes.json. */

import { existsSync } from 'node:fs';
import { z } from 'zod';
import { allowedOf, type Budget, expectWithin, usedOf } from '../../attack/index.ts';
import { writeTogether } from '../../data/files.ts';
import {
  type DataSet,
  digestOf,
  npzOf,
  parseAs,
  readNpz,
  readText,
  type SparseMatrix,
} from '../../data/index.ts';
import { UserError } from '../../errors.ts';
import { digestOfJson } from '../../grid/index.ts';
import { checkFakes } from './check-fakes.ts';
import {
  type DataDigest,
  dataDigest,
  dataDigestSchema,
  expectSameData,
  sha256,
} from './data-digest.ts';

const count = z.number().int().nonnegative();

/** Fake users, all of their clicks, and the clicks of the longest profile. */
const figures = z.strictObject({ users: count, clicks: count, clicksOfUser: count });

const recordSchema = z.strictObject({
  version: z.literal(2, 'expected 2: make the fake users again with this version'),
  attack: z.string(),
  /** The settings of the attack. */
  settings: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  goal: z.enum(['promote', 'demote', 'untargeted']),
  data: dataDigestSchema.extend({ name: z.string() }),
  targets: z.array(z.strictObject({ item: count, id: z.string().optional() })),
  /** What the fake users are called where real users go by ids. */
  labels: z.array(z.string()),
  budget: z.strictObject({
    /** `genuine`, `free` or the most clicks of every fake user. */
    clicks: z.union([z.enum(['genuine', 'free']), count]),
    allowed: figures,
    used: figures,
  }),
  /** Fake users outside of the genuine range, where the attack moved them towards it. */
  outsideRange: count.optional(),
  seed: count,
  /** The seeds of the recommenders that they were fitted to or chosen by. */
  seeds: z.array(count).optional(),
  /** The digest of the clicks in the .npz. */
  fakes: sha256,
  /** The digest of all that stands above; a record that was written by hand may leave it out. */
  record: sha256.optional(),
});

/** What fake users are for and how they were made: a fakes.json. */
export type FakesRecord = z.infer<typeof recordSchema>;

/** What a fakes.json says beside what follows from the clicks and the data. */
export type FakesFacts = Pick<
  FakesRecord,
  'attack' | 'settings' | 'goal' | 'seed' | 'seeds' | 'outsideRange'
> & {
  /** Target items by inner number. */
  readonly targets: readonly number[];
  /** Fake users that exceed it are refused by an error that begins with `internal: `. */
  readonly budget: Budget;
  /** Of the data, where it is known already. */
  readonly digest?: DataDigest;
};

/** The seeds that fake users were fitted to: a victim of one of them flatters the attack. */
export const seedsOf = ({ seed, seeds }: FakesRecord): number[] => seeds ?? [seed];

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
  facts: FakesFacts,
): Promise<void> {
  const { attack, settings, goal, seed, seeds, outsideRange, targets, budget } = facts;
  const { digest = dataDigest(data) } = facts;
  expectWithin(attack, fakes, budget);
  const profiles = Array.from({ length: fakes.rows }, (_, row) => row);
  const taken = new Set(data.users);
  let prefix = 'fake';
  while (profiles.some((row) => taken.has(`${prefix}-${row}`))) prefix = `hypertape-${prefix}`;
  const said: FakesRecord = {
    version: 2,
    attack,
    settings,
    goal,
    data: { name: data.name, ...digest },
    targets: targets.map((item) => ({ item, ...(data.items && { id: data.items[item] }) })),
    labels: profiles.map((row) => `${prefix}-${row}`),
    budget: { clicks: budget.allowance, allowed: allowedOf(budget), used: usedOf(fakes) },
    ...(outsideRange !== undefined && { outsideRange }),
    seed,
    ...(seeds && { seeds }),
    fakes: digestOf(fakes),
  };
  const record = { ...said, record: digestOfRecord(said) };
  // The record comes first: without it the clicks would be taken for those of another program.
  await writeTogether([
    { path: recordPath(path), contents: `${JSON.stringify(record, null, 2)}\n` },
    { path, contents: npzOf(fakes) },
  ]);
}

const digestOfRecord = ({ record: _, ...facts }: FakesRecord): string =>
  digestOfJson(JSON.parse(JSON.stringify(facts)));

/** Throws a UserError that names the record where it was changed, or does not fit the data. */
function expectRecord(path: string, record: FakesRecord, fakes: SparseMatrix, data: DataSet): void {
  if (record.record !== undefined && record.record !== digestOfRecord(record)) {
    throw new UserError(
      `${path}: field record: its digest differs, so that something in it was changed: attack ` +
        'again, or take the field out to vouch for the change',
    );
  }
  const items = record.targets.map(({ item }) => item);
  const twice = items.find((item, i) => items.indexOf(item) < i);
  if (twice !== undefined) throw new UserError(`${path}: field targets: item ${twice} twice`);
  for (const { item, id } of record.targets) {
    if (item >= data.train.columns) throw new UserError(`${path}: field targets: no item ${item}`);
    const known = data.items?.[item];
    if (id === undefined || id === known) continue;
    throw new UserError(
      `${path}: field targets: item ${item} is ${JSON.stringify(known)} in the data, not ` +
        JSON.stringify(id),
    );
  }
  const names = new Set([...record.labels, ...(data.users ?? [])]);
  const distinct = record.labels.length + (data.users?.length ?? 0);
  if (record.labels.length === fakes.rows && names.size === distinct) return;
  throw new UserError(
    `${path}: field labels: expected ${fakes.rows} names that no user has, each once`,
  );
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
  expectRecord(beside, record, fakes, data);
  return { fakes, record };
}
