/** @file The gradient of the fake users through the steps that are brushed, below the exact one. */

import { useAnswer } from '../page/answer.ts';
import { calls, snapshot, tau } from '../page/lab.ts';
import { HeatMap, type HeatMapProps } from '../pictures/heat-map.tsx';
import { lastSteps } from '../pictures/numbers.ts';

interface Props {
  readonly grid: Pick<HeatMapProps, 'rows' | 'columns' | 'row' | 'onHover' | 'zooms'>;
  /** A gradient in colours and words, as the exact one has them. */
  readonly pictureOf: (slopes: ArrayLike<number>) => Pick<HeatMapProps, 'colour' | 'describe'>;
}

/** The picture. */
export const Truncation = ({ grid, pictureOf }: Props) => {
  const truncated = useAnswer(calls.truncated, () => snapshot.value && tau.value);
  const found = truncated.value;
  if (!found) return null;
  const { question: seen, answer: slopes } = found;
  return (
    <>
      <p class="about">Through the {lastSteps(seen, 'training ')} alone:</p>
      <HeatMap
        {...grid}
        {...pictureOf(slopes)}
        label={`The gradient through the ${lastSteps(seen)}`}
        of={found}
      />
    </>
  );
};
