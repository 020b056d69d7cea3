/** @file The options of `attack`, and what they come to. */

import type { AttackKind, AttackSettings, Budget, Goal } from '../../attack/index.ts';
import type { Checkpoints } from '../../autodiff/index.ts';
import type { DataSet } from '../../data/index.ts';
import type { Name } from '../ids.ts';
import type { ModelOptions } from '../model-options.ts';
import type { CommonOptions } from '../options.ts';
import type { AttackSettingOptions } from './settings.ts';

/** The options of `attack`. */
export type AttackOptions = CommonOptions &
  ModelOptions &
  AttackSettingOptions & {
    data: string;
    out: string;
    attack: string;
    checkpoints: Checkpoints;
    goal: Goal['kind'];
    targets: string;
    inner?: boolean;
    strata: 'all' | 'published';
    fakes: string;
    clicks: string;
    blockUsers?: number;
    /** Whether the report says how far back the gradient reaches; undefined: where that is cheap. */
    attribution?: boolean;
    k: number;
  };

/** An attack with its settings, the data, the targets by number and by name, and the budget. */
export interface AttackPlan {
  readonly kind: AttackKind;
  readonly settings: AttackSettings;
  readonly data: DataSet;
  readonly targets: readonly number[];
  readonly goal: Goal;
  readonly names: readonly Name[];
  readonly count: number;
  readonly budget: Budget;
}
