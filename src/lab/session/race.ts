/** @file The race of the estimators on the problem that is open, row by row. */

import {
  type ComparedRow,
  compareHypergradients,
  type Finding,
  type RefusedRow,
} from '../../autodiff/index.ts';
import { cellsIn, suitableMethods } from '../../eval/compare/methods.ts';
import type { Calling } from '../calls.ts';
import type { Session } from './session.ts';

/** A row of the table, as plain data. */
export type RaceRow =
  | (Omit<ComparedRow, 'certificate'> & { readonly findings: readonly Finding[] })
  | RefusedRow;

/** What is known when all rows are there. */
export interface RaceEnd {
  /** How far the exact hypergradient is from training again. */
  readonly exactRetrainedError: number | undefined;
}

/** As many cells may inputs have at most for a page to wait for a training for each of them. */
const fewInputs = 200;

/** Compares the estimators of the open problem; tells each row once it is there. */
export async function race(session: Session, { signal, tell }: Calling): Promise<RaceEnd> {
  const of = { problem: session.last.problem, ...session.run.training };
  const { exactRetrainedError } = await compareHypergradients(of.problem, {
    methods: suitableMethods(of, { each: cellsIn(of.problem.inputs) <= fewInputs }),
    device: session.device,
    signal,
    onRow: (row) => tell(plainRow(row)),
  });
  return { exactRetrainedError };
}

function plainRow(row: ComparedRow | RefusedRow): RaceRow {
  if ('refused' in row) return row;
  const { certificate, ...numbers } = row;
  return { ...numbers, findings: certificate?.findings ?? [] };
}
