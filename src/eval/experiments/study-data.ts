/** @file The data that experiments are made on: their digest, and the target items of each stratum. */

import { type DataSet, digestOf, readDataFolder } from '../../data/index.ts';
import { UserError } from '../../errors.ts';
import { digestOfJson } from '../../grid/index.ts';
import { parseTargets, type Stratum, strata } from '../metrics/strata.ts';

/** Target items by inner number, for each stratum of popularity. */
export type TargetSets = { readonly [stratum in Stratum]: readonly number[] };

/** What experiments need to know of data to say which cells they have. */
export interface StudyData {
  readonly name: string;
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
 * Targets that were drawn once for the paper's data, by their digest. They stay the same whatever
 * becomes of the drawing, so that results can be compared.
 */
const drawnBefore: { readonly [digest: string]: TargetSets } = {
  // Gowalla with 13,149 users and 14,007 items, as Tang, Wen & Wang (2020) have it.
  d083e172541a5e975659010d88a29a211950e19a95cf83a0f9cd1cb168bd01f3: {
    head: [102, 140, 1656, 4068, 7127],
    'upper-torso': [4383, 5135, 7706, 10705, 13633],
    'lower-torso': [604, 4056, 5031, 6826, 12187],
    tail: [2588, 4835, 7562, 10576, 10901],
  },
};

/** Five target items of each stratum: those drawn before, or drawn by seed 1. */
function targetSets(data: DataSet, digest: string): TargetSets {
  const known = drawnBefore[digest];
  if (known) return known;
  const draw = (stratum: Stratum) => parseTargets(`${stratum}:5`, data.train, 1);
  return Object.fromEntries(
    strata.map((stratum) => [stratum, draw(stratum)]),
  ) as unknown as TargetSets;
}

/** What experiments need to know of a data set. */
export function studyData(data: DataSet): StudyData {
  const digest = studyDigest(data);
  const { rows, columns, indices } = data.train;
  return {
    name: data.name,
    digest,
    users: rows,
    items: columns,
    averageClicks: Math.round(indices.length / rows),
    targets: targetSets(data, digest),
  };
}

/** Reads the data of a digest. Throws a UserError that names the folder if it holds other data. */
export async function readStudyData(folder: string, digest: string): Promise<DataSet> {
  const data = await readDataFolder(folder);
  const found = studyDigest(data);
  if (found === digest) return data;
  throw new UserError(`${folder}: expected the data with the digest ${digest}, got ${found}`);
}
