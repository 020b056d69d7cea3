/** @file The sentences of experiments on partial results: each follows from what is there. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { UserError } from '../../../src/errors.ts';
import { experimentsNamed, paperData, type StudyData } from '../../../src/eval/index.ts';
import type { Cell } from '../../../src/grid/index.ts';

// biome-ignore lint/suspicious/noExplicitAny: cells of every kind, with results as these would give
type AnyCell = any;
type Pick = (cell: AnyCell) => unknown;

/** The section of an experiment on some results, at full size. */
async function sectionOf(name: string, pick: Pick, seeds = 1, data: StudyData = paperData) {
  const [experiment] = experimentsNamed([name]);
  const scope = {
    seeds: Array.from({ length: seeds }, (_, i) => i + 1),
    quick: false,
    data,
  };
  // The inputs of a cell are known by their ids.
  const byId = new Map(experiment.cells(scope).map((cell) => [cell.id, cell]));
  const section = await experiment.section(scope, {
    of: <Result>(cell: Cell<Result>) => {
      const { attack } = (cell as AnyCell).inputs;
      return (pick({ ...cell, attack: byId.get(attack?.id ?? attack) }) ?? null) as Result | null;
    },
    record: () => null,
  });
  return { ...section, text: section.findings.join('\n') };
}

/** An attack on synthetic data that ended with this rate. */
const line = (targetHitRate: number) => ({
  history: [{ iteration: 50, loss: 1, clicks: 1, figures: { targetHitRate, testHitRate: 0.4 } }],
});
const tauOf = ({ config }: AnyCell): number =>
  config.unrolled === 'all' ? 100 : config.unrolled.steps;

const strata = ['head', 'upper-torso', 'lower-torso', 'tail'];
/** A victim that recommends the targets of every stratum so often. */
const victim = (hitRate: number, recall = 0.3) => ({
  targets: Object.fromEntries(strata.map((stratum) => [stratum, { hitRate, meanRank: 1 }])),
  recall,
  ndcgOfTests: 0.1,
});
const isVictim = ({ kind }: AnyCell): boolean => kind.name === 'victim';
const isClean = ({ inputs }: AnyCell): boolean => Object.keys(inputs).length === 0;
/** The repetition of a victim. */
const seedOf = ({ config }: AnyCell): number => config.seed - 1000;

test('fig4 compares unrolled lengths only where all are done, by the same seeds', async () => {
  for (const only of [5, 100]) {
    const { text } = await sectionOf('fig4a', (cell) => (tauOf(cell) === only ? line(0.3) : null));
    assert.match(text, `0.300 at ${only}.`);
    assert.not.match(text, /better|weakest|the best|Few steps/);
  }
  const rising = await sectionOf('fig4a', (cell) => line(tauOf(cell) / 200), 3);
  assert.match(rising.text, 'Every longer unrolling is better than the one before it.');
  assert.match(rising.text, 'The shortest is the weakest, as in the paper.');
  assert.match(rising.text, 'The exact gradient, 100 steps, is the best, as in the paper.');
  assert.not.match(rising.text, 'Compared');
  assert.match(rising.text, 'Few steps reach 0.05 of what all reach, in the paper 0.65.');
  const fallen = await sectionOf(
    'fig4b',
    (cell) => line(tauOf(cell) === 100 ? 0.1 : tauOf(cell) / 200),
    3,
  );
  assert.match(
    fallen.text,
    /better 5 .*, 50 \(\+0\.150 ± 0\.000\); worse 100 \(-0\.150 ± 0\.000\)\./,
  );
  assert.match(fallen.text, 'The exact gradient, 100 steps, is not the best, as in the paper.');
  // Seeds 1 and 2 have all lengths; the third would turn the order.
  const seeds = await sectionOf(
    'fig4a',
    (cell) => {
      if (cell.config.seed < 3) return line(tauOf(cell) / 200);
      return tauOf(cell) === 1 ? line(0.9) : null;
    },
    3,
  );
  assert.match(seeds.text, 'Every longer unrolling is better than the one before it.');
  assert.match(seeds.text, 'Compared are the 2 seeds at which all lengths are done.');
});

test('fig4 tells lengths apart by the interval of their differences, paired by seed', async () => {
  // 20 is 0.1 above or below 10 by the seed; the seeds themselves differ by more than 10 and 5 do.
  const mixed = await sectionOf(
    'fig4a',
    (cell) => {
      const { seed } = cell.config;
      const tau = tauOf(cell);
      const swing = tau === 20 ? (seed % 2 === 0 ? 0.1 : -0.1) : 0;
      return line(0.1 * seed + tau / 1000 + swing);
    },
    4,
  );
  // Student's t(0.975, 3) is 3.182; the deviation of four swings of 0.1 is 0.1155, over root 4.
  assert.match(mixed.text, 'not told apart 20 (+0.010 ± 0.184), 50 (+0.030 ± 0.184).');
  assert.match(mixed.text, 'The shortest is not told apart from 20.');
  assert.match(mixed.text, 'The exact gradient, 100 steps, is not told apart from 20.');
  const one = await sectionOf('fig4a', (cell) => line(tauOf(cell) / 200));
  assert.match(one.text, 'not told apart 5 (+0.020), 10 (+0.025)');
  assert.not.match(one.text, /NaN|as in the paper|other than/);
});

test('fig4 calls nothing better where all are equal, and divides by no rate of 0', async () => {
  const equal = await sectionOf('fig4a', () => line(0.3));
  assert.match(equal.text, 'All unrolled lengths are equal.');
  assert.match(equal.text, 'is not told apart from 1, 5, 10, 20 and 50.');
  assert.not.match(equal.text, /as in the paper|other than|shortest/);
  const none = await sectionOf('fig4a', () => line(0));
  assert.not.match(none.text, /NaN|Few steps/);
  const plateau = await sectionOf('fig4a', (cell) => line(tauOf(cell) === 1 ? 0.1 : 0.3), 2);
  assert.match(plateau.text, 'The shortest is the weakest, as in the paper.');
  assert.match(plateau.text, 'better 5 (+0.200 ± 0.000); not told apart 10 (+0.000 ± 0.000)');
});

test('tuning says how what the figure takes stands among what is tried from the same seeds', async () => {
  const of =
    (rate: (cell: AnyCell) => number | null): Pick =>
    (cell) => {
      const found = rate(cell);
      return found === null ? null : line(found);
    };
  const isTaken = ({ config }: AnyCell) => config.learningRate === 1 && config.momentum === 0.95;
  const some = await sectionOf(
    'tuning',
    of((cell) => {
      if (tauOf(cell) !== 20) return null;
      if (isTaken(cell)) return cell.config.seed === 101 ? 0.3 : null;
      return cell.config.learningRate === 3 ? (cell.config.seed === 101 ? 0.4 : 0) : null;
    }),
    3,
  );
  assert.match(
    some.text,
    'Here for τ = 20 rate 3 and momentum 0.9 reach 0.400 against 0.300 (1 seed); it is not done for PD,',
  );
  const best = await sectionOf(
    'tuning',
    of((cell) => (cell.config.learningRate > 1 ? 0.1 : 0.3)),
    1,
  );
  assert.match(best.text, 'What Figure 4(b) takes is the best of what is done here.');
  assert.is((await sectionOf('tuning', () => null)).text, '');
});

test('table2 names the victims that go another way than the mean', async () => {
  const rates: Record<string, number> = { 'wrmf-sgd': 0.05, 'item-cf': 0.05, cml: 0.11 };
  const some = await sectionOf('table2', (cell) => {
    const rate = isVictim(cell) && rates[cell.config.model];
    return rate ? victim(isClean(cell) ? 0.1 : rate) : null;
  });
  assert.match(
    some.text,
    'head: -0.0300 on average of 3 victims, on one seed, but it rises on CML;',
  );
  const risen = await sectionOf('table2', (cell) => {
    const rate = isVictim(cell) && { ...rates, cml: 0.4, neumf: 0.1 }[cell.config.model as string];
    return rate ? victim(isClean(cell) ? 0.1 : rate) : null;
  });
  assert.match(
    risen.text,
    '+0.0500 on average of 4 victims, on one seed, but it falls on WRMF and ItemCF',
  );
  assert.match(risen.text, 'it stays on NCF');
  const one = await sectionOf('table2', (cell) =>
    isVictim(cell) && cell.config.model === 'cml' ? victim(isClean(cell) ? 0.1 : 0.05) : null,
  );
  assert.match(one.text, 'head: -0.0500 on CML, on one seed;');
});

/** Clean over three seeds that differ much, attacked of seed 1 alone. */
const uneven: Pick = (cell) => {
  if (!isVictim(cell)) return null;
  if (isClean(cell)) return victim([0.1, 0.5, 0.9][seedOf(cell) - 1]);
  return seedOf(cell) === 1 ? victim(0.2) : null;
};

test('gains are those of the same seeds', async () => {
  const gains = await sectionOf('table2', uneven, 3);
  assert.match(gains.text, 'head: +0.1000 on average of 6 victims, on one seed;');
  const wins = await sectionOf('fig5a', uneven, 3);
  assert.match(wins.text, 'WRMF+SGD against Clean: higher on 6 of 6 victims, on one seed.');
  const { measured } = await sectionOf('seeds', uneven, 3);
  // Of WRMF, each form on the victim of seed 1: 0.2 beside 0.1, not beside the mean.
  assert.match(measured, '<td>2.00</td>');
  assert.not.match(measured, '<td>0.40</td>');
});

test('table1 calls a model the lowest only beside all others', async () => {
  const one = await sectionOf('table1', (cell) =>
    cell.config.model === 'cml' ? victim(0.1, 0.33) : null,
  );
  assert.match(one.text, "above the paper's for 1 of 1 model.");
  assert.not.match(one.text, 'lowest');
  const all = await sectionOf('table1', (cell) =>
    victim(0.1, cell.config.model === 'cml' ? 0.2 : 0.3),
  );
  assert.match(all.text, 'The lowest is that of CML, on one seed, in the paper that of ItemCF.');
});

test("fig5a has rates without attack beside the paper's where there are any, of its data", async () => {
  const attacked = await sectionOf('fig5a', (cell) =>
    isVictim(cell) && !isClean(cell) ? victim(0.1) : null,
  );
  assert.match(
    attacked.text,
    'WRMF+SGD against RandFilter: higher on 0 of 6 victims, on one seed.',
  );
  assert.not.match(attacked.text, /Infinity|Without attack/);
  const all = (cell: AnyCell) => (isVictim(cell) ? victim(0.1014) : null);
  assert.match(
    (await sectionOf('fig5a', all)).text,
    "the rates are 0.68 to 1.06 times the paper's",
  );
  const other = { ...paperData, digest: '0' };
  assert.not.match((await sectionOf('fig5a', all, 1, other)).text, 'Without attack');
});

test('seeds calls a form the best only beside all others, and divides by no rate of 0', async () => {
  const wrmf = (rate: (cell: AnyCell) => number | null): Pick => {
    return (cell) => {
      const isWrmf = isVictim(cell) && cell.config.model === 'wrmf-sgd';
      const found = isWrmf ? (isClean(cell) ? 0.1 : rate(cell)) : null;
      return found === null ? null : victim(found);
    };
  };
  const formOf = ({ attack }: AnyCell) => attack.config.plan.surrogateSeeds;
  const one = await sectionOf(
    'seeds',
    wrmf((cell) => (formOf(cell) ? null : 0.2)),
  );
  assert.match(one.text, '1 of 5 forms is measured: “one seed, as published” 2.00 times');
  assert.match(one.text, 'which “one seed, as published” reaches, on one seed.');
  assert.not.match(one.text, /best/);
  const weak = await sectionOf(
    'seeds',
    wrmf((cell) => (formOf(cell) ? null : 0.11)),
  );
  assert.match(weak.text, 'which none of those measured reaches, on one seed.');
  const all = await sectionOf(
    'seeds',
    wrmf((cell) => (formOf(cell) === 'new' ? 0.3 : 0.12)),
  );
  assert.match(
    all.text,
    'the best of these forms is: a new seed each update, another judges and a new seed each update, ' +
      'twice the epochs unrolled, another judges, 3.00',
  );
  const never = await sectionOf('seeds', (cell) =>
    isVictim(cell) ? victim(isClean(cell) ? 0 : 0.2) : null,
  );
  assert.not.match(never.text + never.measured, /Infinity|NaN/);
});

test('seeds counts each victim without attack once', async () => {
  const { figures = [] } = await sectionOf(
    'seeds',
    (cell) => (isVictim(cell) ? victim(0.1 + 0.01 * seedOf(cell)) : null),
    2,
  );
  const clean = figures.filter(({ name }) => name.includes('without attack'));
  const [wrmf, itemCf] = clean.map(({ measured }) => measured);
  // 0.11, 0.12 and 0.13: a deviation of 0.01, and t(0.975, 2) = 4.303.
  assert.is(wrmf?.count, 3);
  assert.ok(Math.abs((wrmf?.margin ?? 0) - (4.302652729911275 * 0.01) / Math.sqrt(3)) < 1e-9);
  assert.is(itemCf?.count, 1);
  assert.ok(Number.isNaN(itemCf?.margin));
});

test('of several attacks seeds takes the spread of their means, not of their victims', async () => {
  // Of repetition 1 victims at 0.21, 0.22 and 0.23, of repetition 2 at 0.31, 0.32 and 0.33.
  const { figures = [] } = await sectionOf(
    'seeds',
    (cell) => {
      if (!isVictim(cell)) return null;
      return victim(0.1 * (isClean(cell) ? 0 : cell.attack.config.seed + 1) + 0.01 * seedOf(cell));
    },
    2,
  );
  const found = figures.find(({ name }) => /one seed, as published, WRMF/.test(name));
  const { mean = 0, margin = 0, count } = found?.measured ?? {};
  assert.is(count, 2);
  assert.ok(Math.abs(mean - 0.27) < 1e-12, `${mean}`);
  // 0.22 and 0.32: a deviation of 0.1 / sqrt(2), and t(0.975, 1) = 12.706.
  assert.ok(Math.abs(margin - (12.706204736174698 * 0.1) / 2) < 1e-9, `${margin}`);
});

test('tuning ranks descents by their gains over common seeds, and counts those', async () => {
  // Seed 101 is an easy one, at which alone the first of them is tried.
  const rates: Record<string, number[]> = {
    '1 0.95': [0.6, 0.2, 0.1],
    '3 0.9': [0.61],
    '0.3 0.9': [0.65, 0.25, 0.15],
  };
  const { text } = await sectionOf(
    'tuning',
    ({ config, ...cell }) => {
      if (tauOf({ config, ...cell }) !== 0) return null;
      const rate = rates[`${config.learningRate} ${config.momentum}`]?.[config.seed - 101];
      return rate === undefined ? null : line(rate);
    },
    3,
  );
  // Gains of 0.01 from one seed and of 0.05 from three, whose means are 0.9 / 3 and 1.05 / 3.
  assert.match(text, 'for PD rate 0.3 and momentum 0.9 reach 0.350 against 0.300 (3 seeds);');
});

test('tuning calls a descent the best only beside all that are tried', async () => {
  const isFirst = ({ config }: AnyCell) => config.learningRate === 0.1 && config.momentum === 0.9;
  const one = await sectionOf('tuning', (cell) => (isFirst(cell) ? line(0.1) : null));
  assert.not.match(one.text, 'Best mean');
  const all = await sectionOf('tuning', (cell) =>
    tauOf(cell) === 5 ? line(isFirst(cell) ? 0.2 : 0.1) : null,
  );
  assert.match(all.text, 'Best mean of 1 seed, where all 9 descents are done: 0.1, 0.9 for τ = 5.');
  assert.match(
    all.text,
    'Here for τ = 5 rate 0.1 and momentum 0.9 reach 0.200 against 0.100 (1 seed); it is not done for PD',
  );
});

const interval = (value: number, low: number, high: number) => ({ value, low, high });
const judged = (attack: string, area: ReturnType<typeof interval>, leaky: number) => ({
  attack,
  rocAuc: area,
  averagePrecision: area,
  precision: area,
  detection: null,
  baseRate: 0.1,
  threshold: null,
  cost: null,
  leaky: { rocAuc: interval(leaky, leaky, leaky), turned: false },
});

test('detection says what intervals say, and of several seeds the means', async () => {
  const one = await sectionOf('detection', ({ kind, config }) =>
    kind.name === 'detector' && config.detector === 'lof'
      ? { rows: [judged('copy', interval(0.2, 0, 0.52), 0.8)] }
      : null,
  );
  assert.match(one.text, 'worse than chance, for none of 1 pair of a detector and an attack.');
  assert.match(one.text, 'changes ROC-AUC of lof on copy by +0.600.');
  assert.not.match(one.text, /highest|No detector/);
  const areas: Record<string, number[]> = { lof: [0.95, 0.25], fap: [0.8, 0.8] };
  const rowsBy: Pick = ({ kind, config }) => {
    if (kind.name !== 'detector') return null;
    const area = (areas[config.detector] ?? [0.1, 0.1])[config.seed - 1];
    return { rows: [judged('copy', interval(area, area - 0.05, area + 0.05), 0.95)] };
  };
  const two = await sectionOf('detection', rowsBy, 2);
  assert.match(two.text, 'on each attack, means over 2 seeds: copy 0.800 (fap).');
  assert.match(
    two.text,
    /Worse than chance, the whole interval below 1\/2: (?!.*(lof|fap) on copy)/,
  );
  const some = await sectionOf('detection', (cell) => {
    return ['lof', 'fap'].includes(cell.config.detector) ? rowsBy(cell) : null;
  });
  assert.not.match(some.text, 'The highest ROC-AUC');
});

test('a defence changes Recall@50: a rise is no cost', async () => {
  const { text } = await sectionOf(
    'defence',
    (cell) => {
      if (cell.kind.name === 'defended') {
        return seedOf(cell) === 1
          ? { targetHitRate: 0.1, recall: 0.31, genuine: { removed: 0 }, fake: { removed: 0 } }
          : null;
      }
      return isVictim(cell) ? victim(0.2 * seedOf(cell), 0.3 * seedOf(cell)) : null;
    },
    2,
  );
  assert.match(text, 'filtering -0.1000 (+0.0100);');
  assert.not.match(text, 'cost');
});

/** The ROC-AUC that fig5c measures of a plane, the first of which are fake users. */
async function areaOf(places: readonly (readonly [number, number])[], fakes: ReadonlySet<number>) {
  const points = places.map(([x, y], i) => ({ x, y, fake: fakes.has(i) }));
  const { figures = [] } = await sectionOf('fig5c', ({ kind }) =>
    kind.name === 'latent' ? { points, explained: [0.5, 0.2] } : null,
  );
  return figures[0].measured?.mean ?? Number.NaN;
}

test('fig5c measures each fake user among the real ones by distances to the same others', async () => {
  const onLine = [0, 10, 1, 2, 20].map((x) => [x, 0] as const);
  // The fake user at 0 is 10 from the other, real ones 9, 8 and 10: half of one of three. That at 10
  // is 10 from the other, real ones 1, 2 and 20: one of three.
  const area = await areaOf(onLine, new Set([0, 1]));
  assert.ok(Math.abs(area - (0.5 / 3 + 1 / 3) / 2) < 1e-12, `${area}`);
  // Whichever of some places are those of the fake users, on average they lie among the others.
  const places = [0, 1, 2, 3, 4, 5].map((i) => [Math.sin(37 * i), Math.cos(11 * i)] as const);
  const areas: number[] = [];
  for (let a = 0; a < 6; a++) {
    for (let b = 0; b < a; b++) areas.push(await areaOf(places, new Set([a, b])));
  }
  const mean = areas.reduce((sum, each) => sum + each, 0) / areas.length;
  assert.ok(Math.abs(mean - 0.5) < 1e-12, `${mean}`);
});

test('fig5c says how many real users are drawn, and measures no cluster of one', async () => {
  const point = (x: number, fake: boolean) => ({ x, y: 0, fake });
  const plane = (fakes: number, genuine: number) => ({
    points: [
      ...Array.from({ length: genuine }, (_, i) => point(i, false)),
      ...Array.from({ length: fakes }, (_, i) => point(1000 + i, true)),
    ],
    explained: [0.5, 0.2],
  });
  const few = { ...paperData, users: 300 };
  const all = await sectionOf(
    'fig5c',
    ({ kind }) => kind.name === 'latent' && plane(3, 300),
    1,
    few,
  );
  assert.match(all.text, 'all real users are drawn');
  assert.match(all.text, '1.00 for RandFilter in WRMF');
  const one = await sectionOf('fig5c', ({ kind }) => kind.name === 'latent' && plane(1, 500));
  assert.match(one.text, '500 of 13149 real users are drawn');
  assert.not.match(one.text, 'ROC-AUC');
  assert.ok(one.figures?.every(({ measured }) => measured === null));
});

test('horizon says of partial results which lengths are measured', async () => {
  const rates: Record<number, number> = { 10: 0.2, 20: 0.15 };
  const some = await sectionOf('horizon', (cell) => {
    if (!isVictim(cell)) return null;
    const rate = rates[cell.attack.config.plan.unrolled.epochs];
    return rate ? victim(rate) : null;
  });
  assert.match(some.text, 'the highest measured is 0.2000 with 10, on one seed.');
  assert.match(
    some.text,
    'More epochs against the published 10, paired by seed: not told apart 20 (-0.0500).',
  );
});

test('horizon tells lengths apart by the interval of their differences, paired by seed', async () => {
  // Of each seed 20 epochs reach 1/32 more than 10, 35 as much less, and 50 1/64 either way.
  const { text } = await sectionOf(
    'horizon',
    (cell) => {
      if (!isVictim(cell)) return null;
      const { epochs } = cell.attack.config.plan.unrolled;
      const seed = seedOf(cell);
      const swing = seed % 2 === 0 ? 1 / 64 : -1 / 64;
      const more: Record<number, number> = { 20: 1 / 32, 35: -1 / 32, 50: swing };
      return victim(seed / 8 + (more[epochs] ?? 0));
    },
    4,
  );
  // Student's t(0.975, 3) is 3.182; the deviation of four swings of 1/64 is 0.01804, over root 4.
  assert.match(
    text,
    'HR@50 on WRMF: 0.3125 with the published 10 epochs, 0.3125 with 50; the highest is 0.3438 with 20. ' +
      'More epochs against the published 10, paired by seed: better 20 (+0.0313 ± 0.0000); ' +
      'worse 35 (-0.0313 ± 0.0000); not told apart 50 (+0.0000 ± 0.0287).',
  );
  assert.not.match(text, /one seed|loses|buy nothing/);
});

test('horizon compares truncated gradients at the fake users that an attack kept', async () => {
  const { text, measured } = await sectionOf('horizon', (cell) => {
    if (cell.kind.name !== 'gradient' || isClean(cell)) return null;
    const error = { cosine: 0.5, normRatio: 0.5, rowCosine: 0.5 };
    return { errors: [10, 49].map((epochs) => ({ epochs, ...error })) };
  });
  assert.match(
    text,
    'At the kept fake users, on one seed, the gradient through the last 10 of 50 epochs',
  );
  assert.match(measured, 'at the first update and at the kept fake users');
  assert.not.match(text + measured, 'last update');
});

test('horizon says of gradients the means over the seeds at which they are measured', async () => {
  const cosines = [0.1, 0.3, 0.9];
  const { text } = await sectionOf(
    'horizon',
    (cell) => {
      // At the first fake users alone; of the third seed the long one lacks.
      if (cell.kind.name !== 'gradient' || !isClean(cell)) return null;
      const cosine = cosines[cell.config.seed - 1];
      const error = { cosine, normRatio: cosine / 2, rowCosine: 2 * cosine };
      const long = { epochs: 49, cosine: 1, normRatio: 1, rowCosine: 1 };
      return { errors: [{ epochs: 10, ...error }, ...(cosine < 0.5 ? [long] : [])] };
    },
    3,
  );
  assert.match(text, 'a cosine of 0.200 with the exact one and 0.100 of its length');
  assert.match(text, 'the mean cosine is 0.400.');
});

test('data of which 1 % is no user are refused before anything runs', () => {
  const [fig5a] = experimentsNamed(['fig5a']);
  const scope = { seeds: [1], quick: false, data: { ...paperData, users: 99 } };
  const refused = (error: Error) =>
    error instanceof UserError && /at least 100/.test(error.message);
  assert.throws(() => fig5a.cells(scope), refused);
  assert.ok(fig5a.cells({ ...scope, data: { ...paperData, users: 100 } }).length > 0);
});

test.run();
