/** @file Runs of problems whose inputs go down the hypergradient with momentum. */

import {
  attribution,
  type Device,
  leaves,
  mapTree,
  readAll,
  release,
  type Tensor,
  type Tree,
  tensor,
} from '../../autodiff/index.ts';
import type { ComparedProblem } from '../../eval/problems/problem.ts';
import type { AnyProblem, Facts, OpenRun, Outcome, Run } from './problem.ts';
import type { View } from './view.ts';

/** What makes one of them. */
export interface DescentSetup<I extends Tree> {
  readonly facts: Omit<Facts, 'device' | 'threads'>;
  /** The inputs before the first iteration. */
  readonly start: I;
  problemOf(inputs: I): AnyProblem;
  /** What implicit estimators need of the loss that the training lowers, if it lowers one. */
  readonly training?: Pick<ComparedProblem, 'inner' | 'rate'>;
  readonly rate: number;
  readonly momentum: number;
  /** The least that an entry of the inputs may be. */
  readonly least?: number;
  /** What is measured of the trained state. */
  figures(state: Tree, inputs: I): Promise<Readonly<Record<string, number>>>;
  view(state: Tree, inputs: I): Promise<View>;
}

/** Opens a run of a setup. */
export const descentRun = <I extends Tree>(
  setup: DescentSetup<I>,
  how: Parameters<OpenRun>[1],
): Run => new DescentRun(setup, how);

class DescentRun<I extends Tree> implements Run {
  readonly facts: Facts;
  private readonly device: Device;
  private iteration = 0;
  private readonly numbers: Float64Array[] = [];
  private readonly velocity: Float64Array[];
  readonly first: AnyProblem;
  readonly training: DescentSetup<I>['training'];

  constructor(
    private readonly setup: DescentSetup<I>,
    { device, threads }: Parameters<OpenRun>[1],
  ) {
    this.device = device;
    this.facts = { ...setup.facts, device: device.name, threads };
    this.first = setup.problemOf(setup.start);
    this.training = setup.training;
    this.velocity = leaves(setup.start).map(({ size }) => new Float64Array(size));
  }

  async next(signal: AbortSignal): Promise<Outcome> {
    const started = performance.now();
    const { setup, device } = this;
    if (this.iteration === 0) {
      for (const numbers of await readAll(setup.start))
        this.numbers.push(Float64Array.from(numbers));
    }
    const inputs = this.inputs();
    const problem = setup.problemOf(inputs);
    const found = await attribution(problem, { device, signal });
    const figures = await setup.figures(found.state, inputs);
    const gradient = await readAll(found.gradient, { device });
    release([found.gradient, found.state]);
    const outcome: Outcome = {
      iteration: this.iteration,
      problem,
      value: found.value,
      figures,
      seconds: (performance.now() - started) / 1000,
      inputs: Float32Array.from(this.numbers.flatMap((part) => Array.from(part))),
      attribution: found,
      settled: false,
    };
    this.update(gradient);
    this.iteration++;
    return outcome;
  }

  /** The inputs as constants. */
  private inputs(): I {
    let at = 0;
    return mapTree(
      (leaf: Tensor) => tensor(this.numbers[at++].slice(), leaf.shape),
      this.setup.start,
    );
  }

  private update(gradient: readonly ArrayLike<number>[]): void {
    const { rate, momentum, least = Number.NEGATIVE_INFINITY } = this.setup;
    this.numbers.forEach((numbers, part) => {
      const velocity = this.velocity[part];
      for (let i = 0; i < numbers.length; i++) {
        velocity[i] = momentum * velocity[i] + gradient[part][i];
        numbers[i] = Math.max(least, numbers[i] - rate * velocity[i]);
      }
    });
  }

  view(state: Tree, { problem }: Outcome): Promise<View> {
    return this.setup.view(state, problem.inputs as I);
  }

  close(): void {}
}
