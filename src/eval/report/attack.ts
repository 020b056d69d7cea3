/** @file The report of a learned attack: one HTML page without scripts. */

import { type AttackRecord, type Goal, lengthsOf, targetsOf } from '../../attack/index.ts';
import { columnCounts, rowOf, type SparseMatrix, selectedRows } from '../../data/index.ts';
import { type Overlap, overlapOf } from '../metrics/overlap.ts';
import { attackHorizon, type Horizon, horizonCharts } from './attack-horizon.ts';
import { clicksPicture, courseOf, growingBounds, names, sharesOf } from './attack-pictures.ts';
import { fittedText, heldOutText, type Judges, judgeText, usersText } from './attack-words.ts';
import { legend } from './charts.ts';
import { escaped, factTable, htmlFigure, htmlTable, paragraph } from './html.ts';
import { htmlPage } from './page.ts';
import { counted } from './words.ts';

/** What a report shows of an attack. */
export interface AttackStory {
  readonly goal: Goal;
  /** The targets as people name them. */
  readonly targets: readonly (string | number)[];
  /** Length of the recommendations. */
  readonly k: number;
  readonly train: SparseMatrix;
  /** The best fake users `[fakes, items]`, and the iteration that they are of. */
  readonly fakes: SparseMatrix;
  readonly best: number;
  readonly history: readonly AttackRecord[];
  readonly judges: Judges;
  /** No later update would change a click. */
  readonly settled: boolean;
  /** What the attack was, name by name. */
  readonly facts: readonly (readonly [name: string, value: string])[];
  /** What was allowed and what was used. */
  readonly budget: readonly (readonly [name: string, allowed: string, used: string])[];
  /** How far back the gradient at the best fake users reaches, if that was computed. */
  readonly horizon?: Horizon;
  /** Sentences: what is not as published. */
  readonly departures: readonly string[];
}

/** The page of an attack. */
export async function attackReport(story: AttackStory): Promise<string> {
  const { goal, targets } = story;
  const what = { promote: 'promotes', demote: 'demotes', untargeted: 'spoils' }[goal.kind];
  const whom = goal.kind === 'untargeted' ? 'all recommendations' : `items ${targets.join(', ')}`;
  const title = `An attack that ${what} ${whom}`;
  const body = `<h1>${escaped(title)}</h1>
${findingsOf(story).map(paragraph).join('\n')}
<h2>Its course</h2>
${await courses(story)}
${await horizonSection(story)}<h2>Its fake users</h2>
${await profiles(story)}
<h2>How genuine they look</h2>
${await comparison(story)}
<h2>Budget</h2>
${htmlTable(['', 'allowed', 'used'], story.budget)}
<h2>What it was</h2>
${factTable(story.facts)}
${departuresOf(story)}
<details><summary>All iterations</summary>
${historyTable(story.history)}
</details>`;
  return htmlPage(title, body);
}

/** The figure that the goal is about, by name, and as people call it. */
const figureOf = ({ goal, k }: AttackStory): { name: string; label: string } =>
  goal.kind === 'untargeted'
    ? { name: 'recall', label: `Recall@${k}` }
    : { name: 'targetHitRate', label: `TargetHR@${k}` };

function findingsOf(story: AttackStory): string[] {
  const { history, best, settled, fakes, train, judges, goal } = story;
  const { label } = figureOf(story);
  const last = history[history.length - 1].iteration;
  const which = judges.choosesBest
    ? `The best are those of iteration ${best} of ${last}, by ${label} of ${judgeText(judges, goal.kind)}.`
    : 'They were made one after the other, an iteration each, and all are kept.';
  const lines = [
    `${counted(fakes.rows, 'fake user')} beside ${counted(train.rows, 'real one')} on ` +
      `${counted(train.columns, 'item')}. ${which}`,
    changeText(story),
  ];
  if (settled) {
    lines.push(
      `After ${last} updates the fake users no longer change, whatever the momentum still adds: the ` +
        'attack ended there.',
    );
  }
  return lines;
}

/** How the figure of the goal changed up to the fake users that were kept. */
function changeText(story: AttackStory): string {
  const { history, best, judges, goal } = story;
  const { name, label } = figureOf(story);
  const [first, chosen] = [history[0], history[best]];
  const from = (of: (record: AttackRecord) => number) =>
    `from ${of(first).toFixed(4)} to ${of(chosen).toFixed(4)}`;
  const way = judges.choosesBest ? 'From the start to there' : 'From the first of them to the last';
  const own =
    `${way} ${label} over ${usersText(goal.kind)} went ${from(({ figures }) => figures[name])} on ` +
    `${fittedText(judges)}, to which they are fitted`;
  if (!first.heldOut) return `${own}: evaluate trains victims on other seeds.`;
  const held = from(({ heldOut }) => heldOut?.figures[name] ?? Number.NaN);
  return (
    `${own}, and ${held} on ${heldOutText(judges)}, by which they were chosen. Both flatter: ` +
    'evaluate trains victims on seeds that had no part in this.'
  );
}

async function courses(story: AttackStory): Promise<string> {
  const { history, best, goal } = story;
  const { name, label } = figureOf(story);
  const loss = await courseOf(history, best, 'adversarial loss', (effect) => effect.loss);
  const hits = await courseOf(history, best, label, ({ figures }) => figures[name]);
  const series = history[0].heldOut ? [names.own, names.other] : [names.own];
  return `${legend(series)}<div class="pair">
${htmlFigure(loss, 'What the updates minimise. The rule stands at the fake users that were kept.')}
${htmlFigure(hits, `What the attack is for, over ${usersText(goal.kind)}.`)}
</div>`;
}

async function horizonSection({ horizon }: AttackStory): Promise<string> {
  if (!horizon) return '';
  return `<h2>How far back its gradient reaches</h2>
${attackHorizon(horizon).map(paragraph).join('\n')}
${await horizonCharts(horizon)}
`;
}

async function profiles({ fakes, train, goal }: AttackStory): Promise<string> {
  const picture = await clicksPicture(fakes, train, targetsOf(goal));
  const shown = fakes.rows > 200 ? ' The first 200 are shown.' : '';
  return htmlFigure(
    picture,
    `A tick is a click of a fake user, a row each; clicks on targets are red.${shown}`,
  );
}

/** Genuine users that fake ones are compared with: all, or so many evenly spread. */
const mostCompared = 1000;

function someUsers(train: SparseMatrix): Int32Array {
  const count = Math.min(train.rows, mostCompared);
  const users = Int32Array.from({ length: count }, (_, i) => Math.floor((i * train.rows) / count));
  return users.filter((user) => rowOf(train, user).length > 0);
}

async function comparison({ fakes, train }: AttackStory): Promise<string> {
  const counts = columnCounts(train);
  const popularity = ({ indices }: SparseMatrix) => Array.from(indices, (item) => counts[item]);
  const clicked = { genuine: popularity(train), fake: popularity(fakes) };
  const lengths = { genuine: lengthsOf(train), fake: lengthsOf(fakes) };
  const users = someUsers(train);
  const genuine = overlapOf(selectedRows(train, users), train, { self: users });
  const fake = overlapOf(fakes, train);
  const inside = (overlaps: readonly Overlap[]) =>
    overlaps.map(({ insideOne }) => insideOne).filter((share) => !Number.isNaN(share));
  const tenths = Array.from({ length: 21 }, (_, i) => i / 20);
  const popularities = await sharesOf(clicked, {
    x: 'training clicks of the clicked item',
    y: 'share of the clicks, %',
    bounds: growingBounds([...clicked.genuine, ...clicked.fake], 20),
    log: true,
  });
  const profileLengths = await sharesOf(lengths, {
    x: 'clicks of a user',
    y: 'share of the users, %',
    bounds: growingBounds([...lengths.genuine, ...lengths.fake], 20),
    log: true,
  });
  const overlaps = await sharesOf(
    { genuine: inside(genuine), fake: inside(fake) },
    {
      x: 'largest share of a profile inside one other genuine profile',
      y: 'share of the users, %',
      bounds: tenths,
      log: false,
    },
  );
  return `${legend(['genuine users', 'fake users'])}<div class="pair">
${htmlFigure(popularities, 'How popular the items are that they click.')}
${htmlFigure(profileLengths, 'How long their profiles are.')}
${htmlFigure(overlaps, 'How much of them lies inside one genuine profile.')}
<div>
${comparisonTable([
  ['median popularity of a click', median(clicked.genuine), median(clicked.fake)],
  ['median length of a profile', median(lengths.genuine), median(lengths.fake)],
  ['median share inside one profile', median(inside(genuine)), median(inside(fake))],
  ['share that contains a whole profile', containing(genuine), containing(fake)],
])}
${paragraph(
  `Genuine users are compared with the others, fake ones with all. ${
    users.length < train.rows ? `Of the genuine ones ${users.length}, evenly spread, are.` : ''
  }`,
)}
</div>
</div>`;
}

const containing = (overlaps: readonly Overlap[]): number =>
  overlaps.filter(({ containsOne }) => containsOne).length / overlaps.length;

function median(numbers: ArrayLike<number>): number {
  const sorted = Float64Array.from(numbers).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Whole numbers as they are, others with three digits. */
const comparisonTable = (rows: readonly (readonly [string, number, number])[]): string => {
  const shown = (x: number) => (Number.isInteger(x) && x > 1 ? `${x}` : x.toFixed(3));
  return htmlTable(
    ['', 'genuine', 'fake'],
    rows.map(([name, genuine, fake]) => [name, shown(genuine), shown(fake)]),
  );
};

function departuresOf({ departures }: AttackStory): string {
  if (departures.length === 0) return '';
  const items = departures.map((sentence) => `<li>${escaped(sentence)}</li>`);
  return `<h2>What is not as published</h2>
<ul>${items.join('\n')}</ul>`;
}

function historyTable(history: readonly AttackRecord[]): string {
  const figures = Object.keys(history[0].figures);
  const hasHeldOut = history[0].heldOut !== undefined;
  const other = hasHeldOut ? ['loss', ...figures].map((name) => `${name}, held out`) : [];
  const header = ['iteration', 'loss', ...figures, ...other, 'clicks', 'seconds'];
  const effect = ({ loss, figures: own }: Pick<AttackRecord, 'loss' | 'figures'>) => [
    loss.toFixed(2),
    ...figures.map((name) => own[name].toFixed(4)),
  ];
  const rows = history.map((record) => [
    `${record.iteration}`,
    ...effect(record),
    ...(record.heldOut ? effect(record.heldOut) : []),
    `${record.clicks}`,
    record.seconds.toFixed(1),
  ]);
  return htmlTable(header, rows);
}
