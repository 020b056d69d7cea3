/** @file What a problem of the lab is: one record, and what a run of it gives after each iteration. */

import type { Attribution, Device, Tree } from '../../autodiff/index.ts';
import type { DataSet, SparseMatrix } from '../../data/portable.ts';
import type { AnyProblem, ComparedProblem } from '../../eval/problems/problem.ts';
import type { ModelKind, Settings } from '../../models/index.ts';
import type { View } from './view.ts';

/** What one may set on a problem: a number in a range, whole or not, or one of some words. */
export type Knob = {
  readonly name: string;
  readonly label: string;
  /** A sentence in plain words. */
  readonly about: string;
} & (
  | {
      readonly kind: 'number';
      readonly least: number;
      readonly most: number;
      /** How far the arrows of its field go. */
      readonly step: number;
      readonly preset: number;
    }
  | {
      readonly kind: 'whole';
      readonly least: number;
      readonly most: number;
      readonly preset: number;
    }
  | { readonly kind: 'choice'; readonly choices: readonly string[]; readonly preset: string }
);

/** The values of knobs by name. */
export type KnobValues = Readonly<Record<string, number | string>>;

/** A curve over outer iterations. */
export interface FigureFact {
  readonly name: string;
  readonly label: string;
  /** The curve that it shares an axis with, `loss` or `rate`. */
  readonly axis: 'loss' | 'rate';
}

/** What a run is, for those who describe it. */
export interface Facts {
  readonly problem: string;
  readonly title: string;
  /** What the inputs are, such as `100 fake users x 300 items`. */
  readonly inputs: string;
  readonly shape: readonly number[];
  /** L, the inner steps. */
  readonly steps: number;
  /** The item that is promoted, of problems that are attacks. */
  readonly target?: number;
  readonly figures: readonly FigureFact[];
  readonly device: string;
  readonly threads: number;
}

export type { AnyProblem };

/** The attribution of such a problem. */
export type AnyAttribution = Attribution<Tree, Tree>;

/** A problem at work, from its start to where it was stopped. */
export interface Run {
  readonly facts: Facts;
  /** The bilevel problem at the first inputs. */
  readonly first: AnyProblem;
  /** What implicit estimators need of the loss that the training lowers, if it lowers one. */
  readonly training?: Pick<ComparedProblem, 'inner' | 'rate'>;
  /**
   * One outer iteration: the objective and its hypergradient at the present inputs, and the inputs
   * updated by it. What it returns is about the inputs before the update. One that fails or is
   * stopped by the signal changes nothing, so that the next call makes the same iteration.
   */
  next(signal: AbortSignal): Promise<Outcome>;
  /** What the picture of this problem shows, of a state of the training in an outcome. */
  view(state: Tree, of: Outcome): Promise<View>;
  /**
   * Toggles a click of a fake user of an outcome and trains again, of problems that are attacks: the
   * objective and the figures then.
   */
  toggle?(
    cell: number,
    of: Outcome,
    signal: AbortSignal,
  ): Promise<Pick<Outcome, 'value' | 'figures'>>;
  /** What detectors and defences look at in an outcome, of problems that are attacks on a recommender. */
  attacked?(of: Outcome): Attacked;
  /** Frees what it holds. */
  close(): void;
}

/** A recommender's data with the fake users of an iteration. */
export interface Attacked {
  readonly data: DataSet;
  readonly fakes: SparseMatrix;
  readonly kind: ModelKind;
  readonly settings: Settings;
  readonly seed: number;
  /** The target items, and the length of the recommendations. */
  readonly targets: readonly number[];
  readonly k: number;
}

/** What an iteration gave, and all that is asked of it later. */
export interface Outcome {
  readonly iteration: number;
  /** The bilevel problem at its inputs. */
  readonly problem: AnyProblem;
  readonly value: number;
  readonly figures: Readonly<Record<string, number>>;
  readonly seconds: number;
  /** The inputs, flat, and their hypergradient with the share of each step. */
  readonly inputs: Float32Array;
  readonly attribution: AnyAttribution;
  /** Nothing would change any more. */
  readonly settled: boolean;
}

/** A problem of the lab, as the page presents it. */
export interface LabProblem {
  readonly name: string;
  readonly title: string;
  /** A sentence or two for those who come first. */
  readonly about: string;
  /** What the objective is and who wants it lower, as a sentence. */
  readonly objective: string;
  readonly knobs: readonly Knob[];
}

/** Opens a run of a problem with these values of its knobs. */
export type OpenRun = (
  values: KnobValues,
  how: { readonly seed: number; readonly device: Device; readonly threads: number },
) => Promise<Run>;

/** The values of a problem's knobs where none is set otherwise. */
export const presetsOf = ({ knobs }: LabProblem): KnobValues =>
  Object.fromEntries(knobs.map(({ name, preset }) => [name, preset]));
