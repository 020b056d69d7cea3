/** @file GradBench `particle`: descent on where a charged particle crosses the axis. */

import { z } from 'zod';
import {
  add,
  type BilevelProblem,
  compile,
  type Device,
  div,
  mul,
  neg,
  norm,
  pad,
  release,
  slice,
  square,
  sub,
  type Tensor,
  tensor,
} from '../../../src/autodiff/index.ts';
import { descend } from '../descent.ts';
import { type EvalModule, evalFunction, take, takeNumber } from '../function.ts';
import { hyperslope, type Mode, modePairs, slopeBy } from '../modes.ts';

const schema = z.object({ w: z.number() });

const interval = 0.1;
const charge = tensor([10, 0]);
const other = tensor([10, 10]);

type Particle = { readonly position: Tensor; readonly velocity: Tensor };
type Control = { readonly x: Tensor };

/** The potential of two charges, one at (10, 0) and one at (10, 10 - w). */
function potential(position: Tensor, w: Tensor): Tensor {
  const moved = sub(other, pad(w, [1], [0]));
  const inverse = (from: Tensor) => div(1, norm(sub(position, from)));
  return add(inverse(charge), inverse(moved));
}

const start = (): Particle => ({ position: tensor([0, 8]), velocity: tensor([0.75, 0]) });

/** A step of naive Euler integration. */
const stepBy =
  (mode: Mode) =>
  ({ position, velocity }: Particle, { x: w }: Control): Particle => {
    const acceleration = neg(slopeBy(mode, (at) => potential(at, w))(position));
    return {
      position: add(position, mul(interval, velocity)),
      velocity: add(velocity, mul(interval, acceleration)),
    };
  };

/** The square of where a line from the particle along its velocity crosses the axis. */
function crossing({ position, velocity }: Particle): Tensor {
  const entry = (vector: Tensor, i: number) => slice(vector, { 0: i });
  const time = neg(div(entry(position, 1), entry(velocity, 1)));
  return square(add(entry(position, 0), mul(time, entry(velocity, 0))));
}

/** How the particle ends for a control: how many steps it stays above the axis, and the cost. */
function flightOn(mode: Mode, device: Device) {
  const step = compile(stepBy(mode), { device });
  const cost = compile(crossing, { device });
  return async (w: number) => {
    const control = { x: tensor([w]) };
    let [particle, steps] = [start(), 0];
    for (;;) {
      const next = await step(particle, control);
      const [[, y]] = await take([mul(1, next.position)], device);
      if (!(y > 0)) {
        release(next);
        return { steps, value: await takeNumber(await cost(particle), device) };
      }
      [particle, steps] = [next, steps + 1];
    }
  };
}

function controlOf(outer: Mode, inner: Mode, w: number, device: Device) {
  const fly = flightOn(inner, device);
  const problemOf = (x: readonly number[], steps: number): BilevelProblem<Particle, Control> => ({
    inputs: { x: tensor([...x]) },
    steps,
    init: start,
    step: stepBy(inner),
    objective: crossing,
  });
  return async () => {
    const { x } = await descend(
      {
        value: async (at) => (await fly(at[0])).value,
        slope: async (at) => hyperslope(outer, problemOf(at, (await fly(at[0])).steps), device),
      },
      [w],
    );
    return x[0];
  };
}

export const particle: EvalModule = {
  name: 'particle',
  functions: Object.fromEntries(
    modePairs.map((pair) => [
      pair,
      evalFunction(schema, ({ w }, device) =>
        controlOf(pair[0] as Mode, pair[1] as Mode, w, device),
      ),
    ]),
  ),
};
