/** @file GradBench `saddle`: descent on the end of an ascent, each by forward or reverse mode. */

import { z } from 'zod';
import {
  type BilevelProblem,
  compile,
  type Device,
  mul,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
} from '../../../src/autodiff/index.ts';
import { type Descent, descend } from '../descent.ts';
import { type EvalModule, evalFunction, takeNumber, takeNumbers } from '../function.ts';
import { hyperslope, type Mode, modePairs, slopeBy } from '../modes.ts';

const schema = z.object({ start: z.array(z.number()).length(2) });

/** min over x, max over y of ‖x‖² - ‖y‖². */
const height = (x: Tensor, y: Tensor): Tensor => sub(sum(square(x)), sum(square(y)));

/** Ascent in y at a given x. A step of the way there is a step of a training in which x is fixed. */
function ascentBy(mode: Mode, device: Device) {
  const depth = (y: Tensor, x: Tensor) => mul(-1, height(x, y));
  const downhill = (y: Tensor, x: Tensor) => slopeBy(mode, (at) => depth(at, x))(y);
  const value = compile(depth, { device });
  const slope = compile(downhill, { device });
  const climb = (x: readonly number[], start: readonly number[]): Promise<Descent> => {
    const at = tensor([...x]);
    return descend(
      {
        value: async (y) => takeNumber(await value(tensor([...y]), at), device),
        slope: async (y) => takeNumbers(await slope(tensor([...y]), at), device),
      },
      start,
    );
  };
  return { climb, downhill };
}

/** The height at the end of the ascent as a function of x, through the steps that it took. */
function endOfAscent(
  x: readonly number[],
  start: readonly number[],
  sizes: readonly number[],
  downhill: (y: Tensor, x: Tensor) => Tensor,
): BilevelProblem<Tensor, { x: Tensor }, Tensor, Tensor> {
  return {
    inputs: { x: tensor([...x]) },
    steps: sizes.length,
    batch: (step) => tensor(sizes[step]),
    init: () => tensor([...start]),
    step: (y, inputs, size) => sub(y, mul(size, downhill(y, inputs.x))),
    objective: (y, inputs) => height(inputs.x, y),
  };
}

function saddlePoint(outer: Mode, inner: Mode, start: readonly number[], device: Device) {
  const { climb, downhill } = ascentBy(inner, device);
  const { climb: climbLast } = ascentBy(outer, device);
  const heightAt = compile(height, { device });
  return async () => {
    const { x } = await descend(
      {
        value: async (at) => {
          const { x: y } = await climb(at, start);
          return takeNumber(await heightAt(tensor([...at]), tensor([...y])), device);
        },
        slope: async (at) => {
          const { sizes } = await climb(at, start);
          return hyperslope(outer, endOfAscent(at, start, sizes, downhill), device);
        },
      },
      start,
    );
    const { x: y } = await climbLast(x, start);
    return [...x, ...y];
  };
}

export const saddle: EvalModule = {
  name: 'saddle',
  functions: Object.fromEntries(
    modePairs.map((pair) => [
      pair,
      evalFunction(schema, ({ start }, device) =>
        saddlePoint(pair[0] as Mode, pair[1] as Mode, start, device),
      ),
    ]),
  ),
};
