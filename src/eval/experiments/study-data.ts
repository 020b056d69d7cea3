/** @file The data that experiments are made on: their digest, and the target items of each stratum. */

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { averageClicks } from '../../attack/index.ts';
import { type DataSet, digestOf, readDataFolder } from '../../data/index.ts';
import { UserError } from '../../errors.ts';
import { digestOfJson } from '../../grid/index.ts';
import { readAttackFile } from '../detection/attack-file.ts';
import { itemsOf, parseTargets, type Stratum, strata } from '../metrics/strata.ts';

/** Target items by inner number, for each stratum of popularity. */
export type TargetSets = { readonly [stratum in Stratum]: readonly number[] };

/** What experiments need to know of data to say which cells they have. */
export interface StudyData {
  /** As `studyDigest` gives it. */
  readonly digest: string;
  readonly users: number;
  readonly items: number;
  /** Mean number of training clicks of a user, rounded. */
  readonly averageClicks: number;
  readonly targets: TargetSets;
}

/**
 * The digest of the clicks, to train and to test. Ids and the name of the folder do not count,
 * because no result depends on them.
 */
export const studyDigest = ({ train, test }: DataSet): string =>
  digestOfJson({ train: digestOf(train), test: digestOf(test) });

/**
 * Gowalla as Tang, Wen & Wang (2020) have it. The targets were drawn once, and stay the same
 * whatever becomes of the drawing, so that results can be compared.
 */
export const paperData: StudyData = {
  digest: 'd083e172541a5e975659010d88a29a211950e19a95cf83a0f9cd1cb168bd01f3',
  users: 13149,
  items: 14007,
  averageClicks: 33,
  targets: {
    head: [102, 140, 1656, 4068, 7127],
    'upper-torso': [4383, 5135, 7706, 10705, 13633],
    'lower-torso': [604, 4056, 5031, 6826, 12187],
    tail: [2588, 4835, 7562, 10576, 10901],
  },
};

/** Target items of each stratum. */
const targetCount = 5;

/** Target items of each stratum: those drawn before, or drawn by seed 1. */
function targetSets(data: DataSet, digest: string): TargetSets {
  if (digest === paperData.digest) return paperData.targets;
  const draw = (stratum: Stratum) => {
    const { length } = itemsOf(data.train, stratum);
    if (length < targetCount) {
      throw new UserError(
        `${data.name} has ${length} ${stratum} items, and experiments draw ${targetCount} targets of ` +
          'each stratum: give data of more items (--data)',
      );
    }
    return parseTargets(`${stratum}:${targetCount}`, data.train, 1);
  };
  return Object.fromEntries(
    strata.map((stratum) => [stratum, draw(stratum)]),
  ) as unknown as TargetSets;
}

/**
 * What experiments need to know of a data set. Throws a UserError for one that has too few items of a
 * stratum.
 */
export function studyData(data: DataSet): StudyData {
  const digest = studyDigest(data);
  const { rows, columns } = data.train;
  return {
    digest,
    users: rows,
    items: columns,
    averageClicks: averageClicks(data.train),
    targets: targetSets(data, digest),
  };
}

/** Reads the data of a digest. Throws a UserError that names the folder if it holds other data. */
export async function readStudyData(folder: string, digest: string): Promise<DataSet> {
  const data = await readDataFolder(folder, { testMayLack: true });
  const found = studyDigest(data);
  if (found === digest) return data;
  throw new UserError(`${folder}: expected the data with the digest ${digest}, got ${found}`);
}

/** Attacks that others have published, beside the genuine users that they are on. */
export interface PublishedAttacks {
  /** The digest of the genuine users, as `studyDigest` gives it. */
  readonly data: string;
  /** The files by name, with the digests of their clicks. */
  readonly files: readonly { readonly file: string; readonly fakes: string }[];
}

/**
 * Reads a data folder, which needs no test clicks, with files of attacks in it: all `.json` and
 * `.npz` but `meta.json`. Throws a UserError if there is none.
 */
export async function attacksPublished(folder: string): Promise<PublishedAttacks> {
  const data = await readDataFolder(folder, { testMayLack: true });
  const all = await readdir(folder);
  // The .json beside an .npz is its record.
  const isAttack = (name: string) =>
    name.endsWith('.npz') ||
    (/(?<!^meta)\.json$/.test(name) && !all.includes(name.replace(/json$/, 'npz')));
  const names = all.filter(isAttack);
  if (names.length === 0) {
    throw new UserError(`${folder}: expected attack files beside the data, .json or .npz`);
  }
  const files: { file: string; fakes: string }[] = [];
  for (const file of names.sort()) {
    const { fakes } = await readAttackFile(join(folder, file), data);
    files.push({ file, fakes: digestOf(fakes) });
  }
  return { data: studyDigest(data), files };
}

/**
 * Attacks on LightGCN's Gowalla that the published code of vulnerability-aware adversarial training
 * has (Zhang et al., RecSys 2024): `random_1` and, by Huang et al. (NDSS 2021), `dp_1`.
 */
export const attacksOnGowalla: PublishedAttacks = {
  data: '1ef9ecc374857cd06d943163930cab434af6cbfa086d1ab0bbbac789c08bd23a',
  files: [
    {
      file: 'dp_1.json',
      fakes: 'c773b32d9a52d7190d927b0bb2ef589654cdc3ad5277d04af13042f131a81c6d',
    },
    {
      file: 'random_1.json',
      fakes: '1673cbc0d6bcaa4e67a9eba1c4d5776d75dd1a3fa2b28f2d907885815a8e47e0',
    },
  ],
};
