/** @file What `hypertape detect` prints and writes. */

import { recordOf } from '../../data/formats/records.ts';
import type { DataSet } from '../../data/index.ts';
import { features } from '../../defence/index.ts';
import {
  type AttackFile,
  chosenPercent,
  costText,
  type Detection,
  type FeatureColumn,
  intervalText,
} from '../../eval/index.ts';
import { namesOf } from '../ids.ts';
import type { Output } from '../output.ts';

/** Says what was understood of the files. */
export function sayWhatWasRead(
  output: Output,
  data: DataSet,
  attacks: readonly AttackFile[],
  { inner }: { readonly inner?: boolean },
): void {
  const { train, name } = data;
  output.line(`${name}: ${train.rows} genuine users, ${train.columns} items`);
  const { nameOf } = namesOf(data, 'items', inner);
  for (const { path, method, fakes, targets, understood } of attacks) {
    const merged = understood?.merged ? `, ${understood.merged} repeated clicks merged` : '';
    const shown = targets?.length
      ? `targets ${targets.map(nameOf).join(', ')}`
      : 'no targets known';
    output.line(
      `${path}: ${understood?.layout ?? 'SciPy sparse matrix'}, method ${method}, ${fakes.rows} ` +
        `users, ${fakes.indices.length} clicks${merged}, ${shown}`,
    );
  }
}

/** Says so where what a detector learns of one attack names the targets of another. */
export function sayWhatIsShared(output: Output, attacks: readonly AttackFile[]): void {
  const pairs = attacks.flatMap((a, i) => attacks.slice(i + 1).map((b) => [a, b] as const));
  const shared = pairs.filter(
    ([a, b]) => a.method !== b.method && a.targets?.some((item) => b.targets?.includes(item)),
  );
  if (shared.length === 0) return;
  output.line(
    'attacks of different methods share targets: detectors that learn from labels learn these, too',
  );
}

/** The area of each feature on each attack. */
export function printFeatures(
  output: Output,
  attacks: readonly AttackFile[],
  columns: readonly FeatureColumn[],
): void {
  output.line('\nROC-AUC of features over all users, higher taken for fake');
  output.table(
    ['feature', ...attacks.map(({ name }) => name)],
    features.map(({ name }) => [
      name,
      ...columns
        .filter(({ feature }) => feature === name)
        .map((column) => column.rocAuc.toFixed(3)),
    ]),
  );
}

/** The measures of each detector on each attack, and what was left out. */
export function printResults(
  output: Output,
  { results, skipped }: Detection,
  falseAlarms: number,
): void {
  const isLeaky = results.some(({ leaky }) => leaky);
  output.line('\ndetectors, by labels and thresholds of other attacks; intervals of 95 %');
  output.table(
    [
      'detector',
      'attack',
      'ROC-AUC',
      'PR-AUC',
      'base rate',
      'precision at |V|',
      `found at ${chosenPercent(falseAlarms)}`,
      'genuine flagged',
      ...(isLeaky ? ['ROC-AUC leaky'] : []),
    ],
    results.map((result) => [
      result.detector,
      result.attack,
      intervalText(result.rocAuc),
      result.averagePrecision.value.toFixed(3),
      result.baseRate.toFixed(3),
      result.precision.value.toFixed(3),
      intervalText(result.detection),
      costText(result),
      ...(result.leaky ? [intervalText(result.leaky.rocAuc)] : []),
    ]),
  );
  for (const { detector: name, attack, reason } of skipped) {
    output.line(`${name} on ${attack} left out: ${reason}`);
  }
}

/** A line for each user of each attack: features, then scores; empty where a detector has none. */
export function* scoreLines(
  data: DataSet,
  attacks: readonly AttackFile[],
  columns: readonly FeatureColumn[],
  { results, judged }: Detection,
  inner = false,
): Generator<string> {
  const names = [...new Set(results.map((result) => result.detector))];
  const header = [
    'attack',
    'user',
    'fake',
    'judged',
    ...features.map(({ name }) => name),
    ...names,
  ];
  yield `${recordOf(header, ',')}\n`;
  const genuine = data.train.rows;
  const { nameOf } = namesOf(data, 'users', inner);
  for (const { name, fakes, labels } of attacks) {
    const numbers = [
      ...columns.filter(({ attack }) => attack === name).map(({ values }) => values),
      ...names.map((detectorName) => {
        const own = ({ attack, detector: other }: { attack: string; detector: string }) =>
          attack === name && other === detectorName;
        return results.find(own)?.scores;
      }),
    ];
    for (let user = 0; user < genuine + fakes.rows; user++) {
      const fake = user - genuine;
      const id = fake < 0 ? `${nameOf(user)}` : (labels?.[fake] ?? `fake-${fake}`);
      const role = fake < 0 ? ['0', `${judged[user]}`] : ['1', '1'];
      const values = numbers.map((column) => (column ? `${column[user]}` : ''));
      yield `${[recordOf([name, id, ...role], ','), ...values].join()}\n`;
    }
  }
}

/** The object that --json prints. */
export function resultOf(
  data: DataSet,
  attacks: readonly AttackFile[],
  columns: readonly FeatureColumn[],
  { results, skipped }: Detection,
  {
    seed,
    falseAlarms,
    out,
    inner,
  }: { seed: number; falseAlarms: number; out: string; inner?: boolean },
): object {
  const { nameOf } = namesOf(data, 'items', inner);
  return {
    data: data.name,
    seed,
    falseAlarms,
    out,
    attacks: attacks.map(({ name, path, method, fakes, targets }) => ({
      name,
      path,
      method,
      users: fakes.rows,
      clicks: fakes.indices.length,
      targets: targets?.map(nameOf),
    })),
    features: columns.map(({ attack, feature, rocAuc: area }) => ({
      attack,
      feature,
      rocAuc: area,
    })),
    results: results.map(({ scores: _, ...result }) => result),
    skipped,
  };
}
