/** @file How far back the gradient of an attack reaches: what its truncated gradients see of it. */

import type { Truncation } from '../../autodiff/index.ts';
import { defaultTau, horizonSentence, percent } from '../compare/findings.ts';
import {
  likenessNames,
  lineLegend,
  truncationError,
  truncationLikeness,
} from './compare-charts.ts';
import { htmlFigure } from './html.ts';

/** The attribution of the gradient of an attack at its best fake users. */
export interface Horizon {
  /** The surrogate that the gradient goes through. */
  readonly surrogate: string;
  readonly stepsPerEpoch: number;
  /** Of `truncated(τ)` for every τ, from 0 to all steps. */
  readonly curve: readonly Truncation[];
  /** What it took, and in how many reverse sweeps. */
  readonly seconds: number;
  readonly sweeps: number;
  /** The last steps that the attack itself differentiates. */
  readonly depth: number;
}

/** The curve at the ends of epochs, τ counted in these; the last may have fewer steps. */
function byEpochs({ curve, stepsPerEpoch }: Horizon): Truncation[] {
  const epochs = Math.ceil((curve.length - 1) / stepsPerEpoch);
  return Array.from({ length: epochs + 1 }, (_, epoch) => ({
    ...curve[Math.min(epoch * stepsPerEpoch, curve.length - 1)],
    tau: epoch,
  }));
}

/** What the attack itself differentiates, where that is another part than was told of. */
function ownSentence({ curve, depth, stepsPerEpoch }: Horizon, told: number): string {
  const steps = curve.length - 1;
  if (depth >= steps) return 'The attack itself differentiates all of them.';
  if (depth === 0) {
    return `The attack itself differentiates none, and sees ${percent(curve[0].fraction)}.`;
  }
  const last = `The attack itself differentiates the last ${depth === 1 ? '' : `${depth} `}of ${steps} steps`;
  return depth === told * stepsPerEpoch
    ? `${last}, which are these.`
    : `${last}. ${horizonSentence(curve, { tau: depth })}`;
}

/** Sentences: what the last epochs see of the gradient, what the attack itself does, what it cost. */
export function attackHorizon(horizon: Horizon): string[] {
  const { surrogate, seconds, sweeps } = horizon;
  const epochs = byEpochs(horizon);
  const tau = defaultTau(epochs);
  const told = horizonSentence(epochs, { unit: 'epochs', tau });
  const again = sweeps > 1 ? `, in ${sweeps} sweeps, as its terms take more than a gigabyte` : '';
  return [
    `Through ${surrogate}, at the fake users that were kept: ${told[0].toLowerCase()}${told.slice(1)}`,
    `${ownSentence(horizon, tau)} Computing this took ${seconds.toFixed(1)} s${again}.`,
  ];
}

/** The curves, τ counted in epochs. */
export async function horizonCharts({ curve, stepsPerEpoch }: Horizon): Promise<string> {
  const inEpochs = { curve: curve.map((at) => ({ ...at, tau: at.tau / stepsPerEpoch })) };
  const likeness = await truncationLikeness(inEpochs, 'epochs');
  return `<div class="pair">
<div>${lineLegend(['error'])}${htmlFigure(await truncationError(inEpochs, 'epochs'), 'How far the truncated gradient is from the exact one, relative to that.')}</div>
<div>${lineLegend(likenessNames)}${htmlFigure(likeness, 'Direction, length, and the part of the gradient that is seen.')}</div>
</div>`;
}
