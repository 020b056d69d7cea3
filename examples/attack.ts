/**
 * @file Attacks a recommender and measures what the attack does to it and to another one: from a
 * file of ratings in MovieLens' layout (drawn here) to hit rates before and after.
 *
 * Run: node --import tsx examples/attack.ts
 */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  averageClicks,
  budgetFor,
  budgetOf,
  craftFakes,
  type Goal,
  hypergradientAttack,
  randomFiller,
} from 'hypertape/attack';
import { exact, openDevice } from 'hypertape/autodiff';
import { holdout, kCore, random, readInteractions, type SparseMatrix } from 'hypertape/data';
import { evaluateVictim, measure, parseTargets } from 'hypertape/eval';
import { modelKind, type ScoreUsers, surrogateKind } from 'hypertape/models';

export const seed = 1;
const device = await openDevice('simd', { threads: 1 });
const generator = random(seed);

/** Lines `user item rating time`: few films are popular, and a user rates mostly one genre. */
function drawRatings(users: number, films: number, genres: number): string {
  const popularity = Array.from({ length: films }, (_, film) => 1 / (film + 10));
  const lines: string[] = [];
  for (let user = 0; user < users; user++) {
    const genre = generator.integer(genres);
    for (let film = 0; film < films; film++) {
      const liking = film % genres === genre ? 8 : 1;
      if (generator.uniform() < liking * popularity[film]) {
        lines.push(`${user}\t${film}\t${1 + generator.integer(5)}\t0`);
      }
    }
  }
  return lines.join('\n');
}

const folder = await mkdtemp(join(tmpdir(), 'hypertape-'));
const path = join(folder, 'u.data');
await writeFile(path, drawRatings(400, 200, 5));
const interactions = await readInteractions(path, 'movielens');
await rm(folder, { recursive: true });

// Users and items with at least five clicks; a fifth of each user's clicks is held out for tests.
export const data = holdout(kCore(interactions, 5), 0.2, seed);
const { train } = data;
export const targets = parseTargets('tail:1', train, seed);
export const count = budgetOf('5%', train.rows);
export const clicks = averageClicks(train);
console.log(
  `${train.rows} users, ${train.columns} items, ${train.indices.length} clicks; ` +
    `${count} fake users of ${clicks} clicks promote item ${targets.join()}`,
);

// What the attacker trains: its clicks are the data's, its fake users are what is learned.
const surrogateModel = surrogateKind('wrmf-sgd');
const settings = { ...surrogateModel.synthetic, epochs: 40, learningRate: 0.1, deviation: 0.1 };
const surrogate = surrogateModel.differentiable(train, count, settings, seed);
const goal: Goal = { kind: 'promote', targets };
const context = { train, goal, budget: budgetFor(train, count, clicks, goal, generator), seed };
const learning = {
  surrogate,
  method: exact(),
  device,
  measure: async (scores: ScoreUsers) => {
    const { targetHitRate } = await measure(scores, data, { k: 10, targets });
    return { quality: targetHitRate, figures: { targetHitRate } };
  },
};

export const attacks: readonly (readonly [string, SparseMatrix | null])[] = [
  ['none', null],
  ['random', await craftFakes(randomFiller, context)],
  [
    'learned',
    await craftFakes(
      hypergradientAttack,
      { ...context, learning },
      {
        ...hypergradientAttack.defaults,
        outerMomentum: 0.9,
        projection: 'top',
        clickTargets: true,
        copyLimit: 2 * clicks,
      },
    ),
  ],
];
for (const name of ['wrmf-sgd', 'item-ae']) {
  const kind = modelKind(name);
  const trained = name === surrogateModel.name ? settings : kind.synthetic;
  for (const [attack, fakes] of attacks) {
    const result = await evaluateVictim(data, fakes, {
      kind,
      settings: trained,
      seed,
      device,
      k: 10,
      targets,
    });
    console.log(
      `${name}, attack ${attack}: HR@10 of the target ${result.targetHitRate.toFixed(3)}, ` +
        `of test items ${result.hitRate.toFixed(3)}`,
    );
  }
}
await device.dispose();
