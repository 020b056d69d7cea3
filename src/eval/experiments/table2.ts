/** @file `table2`: the attack through WRMF+SGD on targets of each popularity. */

import { estimate } from '../metrics/interval.ts';
import { type Stratum, strata } from '../metrics/strata.ts';
import { estimateText, htmlTable } from '../report/html.ts';
import { listed, signed } from '../report/words.ts';
import { changeTogether, oneSeedNote } from './comparison.ts';
import {
  type Experiment,
  type Figure,
  ofSeed,
  type Results,
  type Scope,
  type Section,
} from './experiment.ts';
import { attackOf, hitRateOf, type PaperVictim, paperVictims, victimCells } from './published.ts';

type Row = { readonly [victim in PaperVictim]: number };

const row = (...rates: number[]): Row =>
  Object.fromEntries(paperVictims.map((victim, i) => [victim, rates[i]])) as Row;

/** HR@50 of the target sets as the paper's Table 2 has it. */
export const statedTable2: {
  readonly [stratum in Stratum]: { readonly clean: Row; readonly attacked: Row };
} = {
  head: {
    clean: row(0.1014, 0.1043, 0.1177, 0.0957, 0.1159, 0.1498),
    attacked: row(0.1405, 0.1268, 0.1254, 0.1682, 0.1595, 0.2554),
  },
  'upper-torso': {
    clean: row(0.0345, 0.0371, 0.0287, 0.0225, 0.0251, 0.0218),
    attacked: row(0.059, 0.0457, 0.0577, 0.0371, 0.0482, 0.0807),
  },
  'lower-torso': {
    clean: row(0.007, 0.0064, 0.0106, 0.0093, 0.0101, 0.0167),
    attacked: row(0.0287, 0.0211, 0.0264, 0.0123, 0.0252, 0.0227),
  },
  tail: {
    clean: row(0.0005, 0.0005, 0.0018, 0.0025, 0.0019, 0.0069),
    attacked: row(0.0183, 0.0139, 0.0175, 0.0114, 0.0174, 0.0194),
  },
};

const methods = ['Clean', 'WRMF+SGD'] as const;

const header = ['popularity', 'method', ...paperVictims];

/** The mean gain of each stratum in the paper. */
const statedGains = (): string[] =>
  strata.map((stratum) => {
    const { clean, attacked } = statedTable2[stratum];
    const gains = paperVictims.map((victim) => attacked[victim] - clean[victim]);
    return `${stratum}: ${signed(estimate(gains)?.mean ?? Number.NaN)}`;
  });

/** The gain on each victim, over the seeds whose victims are done with and without the attack. */
const gainsOf = (stratum: Stratum, scope: Scope, results: Results) =>
  paperVictims.flatMap((victim) => {
    const [clean, attacked] = methods.map((method) => (seed: number) => {
      return hitRateOf(victim, method, stratum, ofSeed(scope, seed), results)?.mean;
    });
    const gain = changeTogether(scope.seeds, clean, attacked);
    return gain ? [{ name: victim, gain: gain.mean, seeds: gain.count }] : [];
  });

/** The mean gain of a stratum, and the victims that go another way. */
function gainText(stratum: Stratum, scope: Scope, results: Results): string | null {
  const gains = gainsOf(stratum, scope, results);
  const mean = estimate(gains.map(({ gain }) => gain))?.mean;
  if (mean === undefined) return null;
  const note = oneSeedNote(gains);
  if (gains.length === 1) return `${stratum}: ${signed(mean)} on ${gains[0].name}${note}`;
  const others = [-1, 0, 1].flatMap((sign) => {
    const own = gains.filter(({ gain }) => Math.sign(gain) === sign);
    if (sign === Math.sign(mean) || own.length === 0) return [];
    const names = listed(own.map(({ name }) => name));
    return [`it ${['falls', 'stays', 'rises'][1 + sign]} on ${names}`];
  });
  const but = others.length > 0 ? `, but ${others.join(', ')}` : '';
  return `${stratum}: ${signed(mean)} on average of ${gains.length} victims${note}${but}`;
}

function findings(scope: Scope, results: Results): string[] {
  const known = strata.flatMap((stratum) => gainText(stratum, scope, results) ?? []);
  if (known.length === 0) return [];
  return [
    `The attack changes HR@50 of the target set by: ${known.join('; ')}.`,
    `In the paper, on average of ${paperVictims.length} victims: ${statedGains().join('; ')}. The ` +
      'items themselves are drawn anew here, since the paper does not name its own.',
  ];
}

/** All numbers of the table but those of head items, which Figure 5(a) shows. */
const figures = (scope: Scope, results: Results): Figure[] =>
  strata.slice(1).flatMap((stratum) =>
    methods.flatMap((method) =>
      paperVictims.map((victim) => ({
        name: `HR@50 of ${stratum} items, ${method}, ${victim}`,
        stated: statedTable2[stratum][method === 'Clean' ? 'clean' : 'attacked'][victim],
        measured: hitRateOf(victim, method, stratum, scope, results),
      })),
    ),
  );

/** Table 2. */
export const table2: Experiment = {
  name: 'table2',
  about: 'the attack through WRMF+SGD on items of each popularity',
  source: 'Table 2',
  seeds: 4,
  onData: true,
  cells: (scope) =>
    strata.flatMap((stratum) => [
      ...methods.flatMap((method) =>
        paperVictims.flatMap((victim) => victimCells(victim, method, stratum, scope)),
      ),
      ...scope.seeds.map((seed) => attackOf('WRMF+SGD', stratum, seed, scope)),
    ]),
  async section(scope, results): Promise<Section> {
    const stated = strata.flatMap((stratum) =>
      methods.map((method) => {
        const rates = statedTable2[stratum][method === 'Clean' ? 'clean' : 'attacked'];
        return [stratum, method, ...paperVictims.map((victim) => rates[victim].toFixed(4))];
      }),
    );
    const measured = strata.flatMap((stratum) =>
      methods.map((method) => {
        const rate = (victim: PaperVictim) =>
          estimateText(hitRateOf(victim, method, stratum, scope, results));
        return [stratum, method, ...paperVictims.map(rate)];
      }),
    );
    return {
      paper: htmlTable(header, stated),
      measured: htmlTable(header, measured),
      wide: true,
      findings: scope.quick ? [] : findings(scope, results),
      figures: figures(scope, results),
    };
  },
};
