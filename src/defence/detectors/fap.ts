/** @file `fap`: suspicion that spreads from known fake users along shared items. */

import { Turns } from '../../autodiff/index.ts';
import { columnCounts } from '../../data/sparse.ts';
import { productsWith } from '../numerics/products.ts';
import type { Detector } from './detector.ts';
import { expectExamples, withExamples } from './examples.ts';

/** The share that spreads on, and the number of times. */
const spread = 0.85;
const iterations = 50;

/**
 * FAP (Zhang et al. 2015) with a restart: P ← (1 - a) seeds + a T_UI T_IU P, where T_UI and T_IU
 * are the clicks with rows and columns scaled to sum 1, and the seeds are the fake users of the
 * examples, which join the users to be judged. As published, with the seeds held at 1, all users
 * converge to 1, and their order is whatever the stopping rule leaves.
 */
export const fap: Detector = {
  name: 'fap',
  about: 'random walk with restart from known fake users (Zhang et al. 2015)',
  needs: 'examples',
  scores: async (clicks, options) => {
    const all = await withExamples(clicks, expectExamples('fap', options), options.signal);
    const { times, transposedTimes } = productsWith(all.clicks);
    const { indptr } = all.clicks;
    const perUser = Float64Array.from(all.labels, (_, user) =>
      inverse(indptr[user + 1] - indptr[user]),
    );
    const perItem = Float64Array.from(columnCounts(all.clicks), inverse);
    const seeds = Float64Array.from(all.labels, (label) => (label === 1 ? 1 : 0));
    const turns = new Turns(options.signal);
    let suspicion = seeds;
    for (let i = 0; i < iterations; i++) {
      const ofItems = transposedTimes(suspicion).map((x, item) => x * perItem[item]);
      suspicion = times(ofItems).map(
        (x, user) => (1 - spread) * seeds[user] + spread * x * perUser[user],
      );
      await turns.pass();
    }
    return suspicion.slice(0, clicks.rows);
  },
};

const inverse = (count: number): number => (count > 0 ? 1 / count : 0);
