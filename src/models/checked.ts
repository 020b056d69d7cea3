/** @file A kind of recommender that refuses what it is not defined for. */

import type { SparseMatrix } from '../data/sparse.ts';
import { UserError } from '../errors.ts';
import type { ModelKind, Surrogate } from './kind.ts';
import type { Poison } from './recommender.ts';
import { misfit, type SettingName, type Settings } from './settings.ts';

/** Why settings are none of this kind; undefined if they are. */
export function settingsMisfit(
  { name, defaults }: Pick<ModelKind, 'name' | 'defaults'>,
  settings: Settings,
): string | undefined {
  const names = (all: Settings) => Object.keys(all).sort().join(', ');
  if (names(settings) !== names(defaults)) {
    return `settings ${names(settings)} are not those of ${name}, ${names(defaults)}`;
  }
  for (const [setting, value] of Object.entries(settings)) {
    const expected = misfit(setting as SettingName, value);
    if (expected !== undefined) return `setting ${setting}: expected ${expected}, got ${value}`;
  }
  return undefined;
}

function expectRun(kind: ModelKind, settings: Settings, seed: number): void {
  const wrong = settingsMisfit(kind, settings);
  if (wrong) throw new UserError(`${kind.name}: ${wrong}`);
  if (Number.isSafeInteger(seed)) return;
  throw new UserError(`${kind.name}: seed: expected a whole number, got ${seed}`);
}

/**
 * Throws a UserError unless the inputs of a training are `fakes` `[fakes, candidates]`, where there
 * are fake users, and at most `weights` `[users, 1]` beside them, where the surrogate reads these.
 */
function expectPoison(surrogate: Surrogate, poison: Poison, fakes: number): void {
  const { name, users, items, candidates, userLosses } = surrogate;
  const shapes: Record<string, readonly number[] | undefined> = {
    fakes: fakes > 0 ? [fakes, candidates?.length ?? items] : undefined,
    weights: userLosses && [users, 1],
  };
  if (fakes > 0 && !poison.fakes) {
    throw new UserError(
      `${name}: expected the clicks of ${fakes} fake users as fakes [${shapes.fakes}]`,
    );
  }
  for (const [input, { shape }] of Object.entries(poison)) {
    const expected = Object.hasOwn(shapes, input) ? shapes[input] : undefined;
    if (`${shape}` === `${expected}`) continue;
    const what = expected ? `expected the shape [${expected}], got` : 'it reads no such input, of';
    throw new UserError(`${name}: ${input}: ${what} [${shape}]`);
  }
}

/**
 * The kind with its checks: settings that are not its own, a seed that is no whole number and, of a
 * surrogate, inputs of another shape throw a UserError. Many of these would otherwise train to
 * numbers that look right: half an epoch is rounded up, a row of fake users is spread over all.
 */
export function checkedKind<S, K extends ModelKind<S>>(kind: K): K {
  const { fit, trainingStep, differentiable } = kind;
  const expect = (settings: S, seed: number) =>
    expectRun(kind as unknown as ModelKind, settings as Settings, seed);
  return {
    ...kind,
    fit: async (clicks, settings, options) => {
      expect(settings, options.seed);
      return fit(clicks, settings, options);
    },
    ...(trainingStep && {
      trainingStep: (clicks: SparseMatrix, settings: S, seed: number, fakes?: number) => {
        expect(settings, seed);
        return trainingStep(clicks, settings, seed, fakes);
      },
    }),
    ...(differentiable && {
      differentiable: (
        clicks: SparseMatrix,
        fakes: number,
        settings: S,
        seed: number,
        candidates?: Int32Array,
      ): Surrogate => {
        expect(settings, seed);
        const surrogate = differentiable(clicks, fakes, settings, seed, candidates);
        return {
          ...surrogate,
          init: (poison) => {
            expectPoison(surrogate, poison, fakes);
            return surrogate.init(poison);
          },
        };
      },
    }),
  };
}
