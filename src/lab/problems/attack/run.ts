/** @file The paper's synthetic attack: fake users learned through the training of a recommender. */

import {
  type AttackRecord,
  adversarialObjective,
  denseClicks,
  learnFakes,
} from '../../../attack/index.ts';
import {
  evaluate,
  hypergradient,
  partial,
  release,
  type Tensor,
  type Tree,
  tensor,
} from '../../../autodiff/index.ts';
import { fromDense } from '../../../data/portable.ts';
import { prepareSynthetic } from '../../../eval/experiments/synthetic.ts';
import { factorModel, type Poison, type SurrogateKind } from '../../../models/index.ts';
import type { AnyProblem, Attacked, Facts, KnobValues, OpenRun, Outcome, Run } from '../problem.ts';
import { Turnstile } from '../turnstile.ts';
import { watched } from '../watched.ts';

/** Iterations without end: the page asks for each. */
const endless = Number.MAX_SAFE_INTEGER;

/** Opens the attack through a recommender. */
export const openAttack = (kind: SurrogateKind, ...[values, how]: Parameters<OpenRun>): Run =>
  new AttackRun(kind, values, how);

class AttackRun implements Run {
  readonly facts: Facts;
  private readonly setup;
  private readonly watched;
  readonly first: AnyProblem;
  private turnstile: Turnstile<AttackRecord>;

  constructor(
    private readonly kind: SurrogateKind,
    values: KnobValues,
    how: Parameters<OpenRun>[1],
  ) {
    const { seed, device, threads } = how;
    const tau = Number(values.tau);
    this.watched = watched(tau >= 100 ? undefined : tau);
    this.setup = prepareSynthetic({
      surrogate: kind,
      method: this.watched.estimator,
      iterations: endless,
      learningRate: Number(values.rate),
      momentum: Number(values.momentum),
      seed,
      device,
    });
    const { facts, start } = this.setup;
    this.first = this.problemOf(denseClicks(start.fakes));
    this.facts = {
      problem: 'attack',
      title: `${facts.surrogate}, ${facts.users} users, item ${facts.target} promoted`,
      inputs: `${facts.fakes} fake users x ${facts.items} items`,
      shape: [facts.fakes, facts.items],
      steps: facts.steps,
      target: facts.target,
      figures: [
        { name: 'targetHitRate', label: `HR@${facts.k} of the target`, axis: 'rate' },
        { name: 'testHitRate', label: `HR@${facts.k} of test items`, axis: 'rate' },
      ],
      device: device.name,
      threads,
    };
    this.turnstile = this.learning();
  }

  /** The attack from where it is, an iteration a turn. */
  private learning(): Turnstile<AttackRecord> {
    const { start, options } = this.setup;
    return new Turnstile((pass, signal) =>
      learnFakes(start, { ...options, signal, onIteration: (_state, record) => pass(record) }),
    );
  }

  async next(signal: AbortSignal): Promise<Outcome> {
    signal.throwIfAborted();
    const { start } = this.setup;
    // `learnFakes` updates the fake users before it calls back.
    const inputs = denseClicks(start.fakes);
    const stop = () => void this.turnstile.close(signal.reason);
    signal.addEventListener('abort', stop);
    try {
      const { iteration, loss: value, figures, seconds } = await this.turnstile.next();
      const problem = this.problemOf(inputs);
      const attribution = this.watched.found();
      const { settled } = start;
      return { iteration, problem, value, figures, seconds, inputs, attribution, settled };
    } catch (error) {
      if (signal.aborted) this.turnstile = this.learning();
      throw error;
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  private problemOf(clicks: Float32Array): AnyProblem {
    const { surrogate, options, facts } = this.setup;
    const objective = adversarialObjective(surrogate, options.goal, options.train);
    const fakes = tensor(clicks, [facts.fakes, facts.items]);
    return { ...surrogate, ...objective, inputs: { fakes } };
  }

  async view(state: Tree, { problem, attribution }: Outcome) {
    const { latentView } = await import('./latent.ts');
    const { surrogate, facts, options } = this.setup;
    const { device } = options;
    const poison = problem.inputs as Poison;
    const { fakes: gradient } = attribution.truncated(facts.steps) as { fakes: Tensor };
    return latentView(surrogate, state, poison, { target: facts.target, device, gradient });
  }

  async toggle(cell: number, { inputs }: Outcome, signal: AbortSignal) {
    const { surrogate, options } = this.setup;
    const { device, measure } = options;
    const problem = this.problemOf(inputs.map((x, i) => (i === cell ? 1 - x : x)));
    const method = partial();
    const result = await hypergradient(problem, { method, device, signal });
    const poison = problem.inputs as Poison;
    const factors = await evaluate(surrogate.factors(result.state, poison), { device });
    const model = factorModel(factors, device);
    try {
      const measured = await measure?.(model.scores);
      return { value: result.value, figures: measured?.figures ?? {} };
    } finally {
      model.release();
      release([result.gradient, result.state]);
    }
  }

  attacked({ inputs }: Outcome): Attacked {
    const { kind } = this;
    const { data, facts } = this.setup;
    const { fakes: rows, items, target, k, seed } = facts;
    const fakes = fromDense(Float64Array.from(inputs), rows, items);
    return { data, fakes, kind, settings: kind.synthetic, seed, targets: [target], k };
  }

  close(): void {
    void this.turnstile.close();
  }
}
