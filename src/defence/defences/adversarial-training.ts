/** @file What `apr` and `vat` share: a victim that is trained as its adversarial kind. */

import { UserError } from '../../errors.ts';
import { misfit, modelKind, type SettingName } from '../../models/index.ts';
import { type Defence, type DefenceSettings, expectVictim } from './defence.ts';

/** The defence that trains `wrmf-sgd` as the kind `wrmf-NAME`. */
export function adversarialTraining(
  name: string,
  about: string,
  defaults: DefenceSettings,
): Defence {
  const defence: Defence = {
    name,
    about,
    defaults,
    suspects: false,
    victims: ['wrmf-sgd'],
    trainsAs: `wrmf-${name}`,
    train: async (task, given) => {
      expectVictim(defence, task.kind.name);
      const settings = { ...defaults, ...given };
      for (const key of Object.keys(defaults)) {
        const value = settings[key as keyof DefenceSettings];
        const expected = misfit(key as SettingName, value);
        if (expected) throw new UserError(`${name}: ${key}: expected ${expected}, got ${value}`);
      }
      const kind = modelKind(`wrmf-${name}`);
      const all = { ...kind.defaults, ...task.settings, ...settings };
      return { model: await kind.fit(task.clicks, all, task) };
    },
  };
  return defence;
}
