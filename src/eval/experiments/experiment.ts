/** @file What an experiment is: one record, in a file of its own. */

import type { Cell, CellRecord } from '../../grid/index.ts';
import type { Estimate } from '../metrics/interval.ts';
import type { PublishedAttacks, StudyData } from './study-data.ts';

/** What is to be run of an experiment. */
export interface Scope {
  /** One whole repetition each. */
  readonly seeds: readonly number[];
  /** The size: `quick` keeps every part and makes it small. */
  readonly quick: boolean;
  /** The data of experiments that are made on data. */
  readonly data: StudyData | null;
  /** Attacks of other people, where they were named. */
  readonly published?: PublishedAttacks;
}

/** The repetition of one seed. */
export const ofSeed = (scope: Scope, seed: number): Scope => ({ ...scope, seeds: [seed] });

/** The data of a scope, of an experiment on data. */
export function dataOf({ data }: Scope): StudyData {
  if (data) return data;
  throw new Error('internal: an experiment on data got none');
}

/** The results that there are. */
export interface Results {
  /** What a cell gave, or null if it is not done. */
  of<Result>(cell: Cell<Result>): Result | null;
  /** The record of a cell with its time and machine, or null if it is not done. */
  record(cell: Cell): CellRecord | null;
}

/** A number that the paper states or another program gave, and the same measured. */
export interface Figure {
  readonly name: string;
  readonly stated?: number;
  /** Null where it is not measured. */
  readonly measured: Pick<Estimate, 'mean' | 'margin' | 'count'> | null;
}

/** A part of the report, as HTML: pictures are inline SVG. */
export interface Section {
  /** What the paper shows, in the form of the paper, or what it says where it has no numbers. */
  readonly paper: string;
  /** The same, measured. */
  readonly measured: string;
  /** Whether both are too wide to stand side by side. */
  readonly wide?: boolean;
  /** Sentences: where both differ, and what is known of why. */
  readonly findings: readonly string[];
  /** The numbers that tell most. */
  readonly figures?: readonly Figure[];
}

/** An experiment. */
export interface Experiment {
  readonly name: string;
  /** A line on what it shows. */
  readonly about: string;
  /** Where the paper shows it, such as `Figure 3`; what it goes beyond otherwise. */
  readonly source: string;
  /** Seeds of the full size that the paper has, and that are run unless told otherwise. */
  readonly seeds: number;
  /** Whether it is made on data. */
  readonly onData: boolean;
  /** The cells whose results it shows, and all that those take. */
  cells(scope: Scope): readonly Cell[];
  /** Its part of the report, of the results that there are. */
  section(scope: Scope, results: Results): Promise<Section>;
}
