/** @file What a comparison says, in sentences. */

import type { ComparedRow, Comparison, Truncation } from '../../autodiff/index.ts';
import type { SolverCurve } from './solver-curves.ts';

/** A share as people read it; what is almost all of it is not shown as all. */
export const percent = (share: number): string => {
  const value = 100 * share;
  if (!Number.isFinite(value)) return 'an unknown part';
  const size = Math.abs(value);
  const digits = size >= 10 || size === 0 ? 0 : Math.min(6, 1 - Math.floor(Math.log10(size)));
  const shown = size < 100 && size >= 99.5 ? value.toFixed(1) : value.toFixed(digits);
  return `${shown} %`;
};

const isRow = (row: Comparison['rows'][number]): row is ComparedRow => !('refused' in row);

/** The least τ from which on all of the curve satisfies a condition. */
export function leastTau(
  curve: readonly Truncation[],
  holds: (at: Truncation) => boolean,
): number | undefined {
  const last = curve.findLastIndex((at) => !holds(at));
  return curve[last + 1]?.tau;
}

/** The last steps that are looked at: 10, or of few a fifth. */
export const defaultTau = ({ length }: readonly Truncation[]): number =>
  Math.min(10, Math.ceil((length - 1) / 5));

/**
 * How far the last steps see the gradient, from the curve of an attribution. `unit` is what τ counts,
 * and `tau` how many of them are looked at: by default 10, of few a fifth.
 */
export function horizonSentence(
  curve: readonly Truncation[],
  {
    unit = 'steps',
    tau = defaultTau(curve),
  }: { readonly unit?: string; readonly tau?: number } = {},
): string {
  const steps = curve.length - 1;
  const { fraction, cosine, normRatio } = curve[tau];
  const likeness = Number.isNaN(cosine)
    ? ''
    : `, with a cosine of ${cosine.toFixed(4)} and ${normRatio.toFixed(4)} of its norm`;
  const last =
    steps === 1
      ? `The only ${unit.replace(/s$/, '')} sees`
      : `${lastText(tau)} of ${steps} ${unit} ${tau === 1 ? 'sees' : 'see'}`;
  return `${last} ${percent(fraction)} of the exact gradient${likeness}${enoughText(curve)}.`;
}

const lastText = (tau: number): string => (tau === 1 ? 'The last' : `The last ${tau}`);

/** How many of the last steps bring the error below 1 %; nothing where all of them do not. */
function enoughText(curve: readonly Truncation[]): string {
  const enough = leastTau(curve, ({ error }) => error <= 0.01);
  if (enough === undefined) return '';
  if (enough === 0) return '; the error is below 1 % however few are differentiated, even none';
  const steps = curve.length - 1;
  if (enough < steps) {
    return `; an error below 1 % takes ${lastText(enough).replace('The', 'the')}`;
  }
  return `; an error below 1 % takes ${steps === 1 ? 'it' : 'all of them'}`;
}

function refereeSentence(
  { exactRetrainedError, unsteady }: Comparison,
  isSingle: boolean,
): string | undefined {
  const left = unsteady > 0 ? ` Of those tried, ${unsteady} gave no steady slope.` : '';
  if (exactRetrainedError === undefined) {
    return unsteady > 0
      ? `No referee: along ${unsteady === 1 ? 'no random direction that was tried' : `none of ${unsteady} random directions`} did retraining give a slope beyond rounding that is the same with two steps, as at a jump or a kink of the objective, or where the inputs have no effect.`
      : undefined;
  }
  const coarse = isSingle
    ? ', of which rounding in float32 is a part: --device reference resolves ten digits'
    : '';
  return (
    `Along random directions retraining gives the slopes of the exact gradient to within ` +
    `${exactRetrainedError.toExponential(1)} of their size${coarse}.${left}`
  );
}

function deceivingSentence(rows: readonly ComparedRow[]): string | undefined {
  const [worst] = rows
    .filter(({ cosine, error }) => cosine > 0.95 && error > 0.2)
    .sort((a, b) => b.error - a.error);
  return (
    worst &&
    `${worst.method} points almost the right way, with a cosine of ${worst.cosine.toFixed(4)}, and is yet ` +
      `${percent(worst.error)} off: its norm is ${worst.normRatio.toFixed(3)} of the exact one.`
  );
}

/** How much of the gradient passes through the start of the training. */
function startSentence({ shares }: Comparison): string | undefined {
  const share = shares.at(-1)?.fraction ?? 0;
  if (!(Math.abs(share) > 0.01)) return undefined;
  return (
    `${percent(share)} of the exact gradient passes through the start of the training, which depends ` +
    'on the inputs: a truncated gradient sees none of that.'
  );
}

/** What it costs to be within 1 %. */
function cheapestSentence(rows: readonly ComparedRow[]): string | undefined {
  const close = rows.filter(({ error }) => error <= 0.01);
  const [fastest] = [...close].sort((a, b) => a.seconds - b.seconds);
  const [leanest] = [...close].sort((a, b) => a.heldBytes - b.heldBytes || a.seconds - b.seconds);
  if (!fastest) return undefined;
  if (close.length === 1) return `Only ${fastest.method} comes within 1 % of the exact gradient.`;
  const saving =
    leanest.method === fastest.method
      ? ', which also holds the least'
      : `; the one that holds the least is ${leanest.method}`;
  return `Of those within 1 % of the exact gradient the fastest is ${fastest.method}${saving}.`;
}

/** Whether the implicit function theorem applies, by the first certificate that says. */
function restSentence(rows: readonly ComparedRow[]): string | undefined {
  const found = rows
    .flatMap(({ certificate }) => certificate?.findings ?? [])
    .filter(({ name, level }) => name === 'stationarity' && level !== 'note')
    // The gradient of the loss says more than the length of one more step.
    .sort((a, b) => Number('gradientNorm' in b.numbers) - Number('gradientNorm' in a.numbers))[0];
  if (!found) return undefined;
  const verdict =
    found.level === 'fine'
      ? 'The training is at rest, so that implicit estimators mean the same derivative. '
      : 'The training is not at rest, so that implicit estimators mean another derivative. ';
  return verdict + found.sentence;
}

function solverSentence(curves: readonly SolverCurve[]): string | undefined {
  const solved = curves.flatMap(({ solver, points }) => {
    const enough = points.find(({ residual }) => residual <= 0.01);
    return enough ? [`${solver} ${enough.iterations}`] : [];
  });
  return solved.length > 0
    ? `Iterations that bring the residual below 1 %: ${solved.join(', ')}.`
    : undefined;
}

/** The findings of a comparison, the most general first. */
export function comparisonFindings(
  comparison: Comparison,
  { solvers, isSingle }: { readonly solvers: readonly SolverCurve[]; readonly isSingle: boolean },
): string[] {
  const rows = comparison.rows.filter(isRow);
  if (comparison.norm === 0) {
    return ['The exact hypergradient is 0: no estimator has an error relative to it.'];
  }
  return [
    refereeSentence(comparison, isSingle),
    comparison.curve.length > 1 ? horizonSentence(comparison.curve) : undefined,
    startSentence(comparison),
    deceivingSentence(rows),
    cheapestSentence(rows),
    restSentence(rows),
    solverSentence(solvers),
  ].filter((sentence) => sentence !== undefined);
}
