/** @file The commands end to end on a small data set. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { attackKinds } from '../../src/attack/index.ts';
import { openDevice } from '../../src/autodiff/index.ts';
import { readDataFolder, readNpz, rowOf } from '../../src/data/index.ts';
import { loadModel, type VictimRun } from '../../src/eval/index.ts';
import { temporaryFolder } from '../data/temporary.ts';
import { hypertape, jsonOf } from './command.ts';

const root = temporaryFolder();
const data = join(root, 'data');
const size = ['--users', '60', '--items', '40', '--fakes', '6'];
const model = ['--preset', 'synthetic', '--factors', '4', '--epochs', '10'];

test('data synthetic makes a folder and says what is in it', () => {
  const outcome = hypertape('data', 'synthetic', '--out', data, ...size, '--json');
  assert.is(outcome.status, 0, outcome.stderr);
  assert.equal([jsonOf(outcome).users, jsonOf(outcome).items], [60, 40]);
});

test('--version prints the version of the package', () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  const { status, stdout } = hypertape('--version');
  assert.equal([status, stdout], [0, `${version}\n`]);
});

test('data prepare keeps the ids of the file beside the numbers', async () => {
  const file = join(root, 'clicks.csv');
  const clicks = [5, 300, 20].flatMap((user) => ['b', 'a', 'd c'].map((item) => `${user},${item}`));
  writeFileSync(file, `uid,sid\n${clicks.join('\n')}\n`);
  const out = join(root, 'prepared');
  const split = ['--min-interactions', '1', '--holdout', '0.34'];
  const outcome = hypertape('data', 'prepare', file, '--format', 'csv', '--out', out, ...split);
  assert.is(outcome.status, 0, outcome.stderr);
  const { users, items } = await readDataFolder(out);
  assert.equal(users, ['5', '20', '300']);
  assert.equal(items, ['a', 'b', 'd c']);
});

test('an id that would command a terminal is shown as text, and whole in JSON', () => {
  const file = join(root, 'escape.csv');
  const red = '\u001b[31mred\u202e';
  const users = Array.from({ length: 12 }, (_, user) => `u${user}`);
  const clicks = users.flatMap((user) => [red, 'a', 'b'].map((item) => `${user},${item}`));
  writeFileSync(file, `uid,sid\n${clicks.join('\n')}\n`);
  const out = join(root, 'escape');
  const split = ['--min-interactions', '1', '--holdout', '0.34'];
  for (const args of [
    ['data', 'prepare', file, '--format', 'csv', '--out', out, ...split],
    ['train', 'item-cf', '--data', out, '--out', out, '--device', 'reference'],
  ]) {
    const { status, stderr } = hypertape(...args);
    assert.is(status, 0, stderr);
  }
  // The one item that a user did not click in training is the one that was held out.
  const recommend = ['recommend', '--data', out, '--model', join(out, 'model.npz'), '--k', '1'];
  const { stdout } = hypertape(...recommend);
  assert.match(stdout, '\\u001b[31mred\\u202e');
  assert.not.ok(stdout.includes(red));
  const { users: rows } = jsonOf(hypertape(...recommend, '--json'));
  assert.ok(rows.some(({ items }: { items: string[] }) => items[0] === red));
  const { status, stderr } = hypertape(...recommend, '--users', red);
  assert.is(status, 2);
  assert.match(stderr, '\\u001b[31mred\\u202e');
  assert.not.ok(stderr.includes(red));
});

test('train prints metrics, the same for the same seed', () => {
  const run = (seed: string) =>
    jsonOf(hypertape('train', 'wrmf-sgd', '--data', data, ...model, '--seed', seed, '--json'));
  const [first, again, other] = [run('1'), run('1'), run('2')];
  assert.ok(first.recall > 0 && first.recall <= 1);
  assert.is(first.recall, again.recall);
  assert.is(first.ndcg, again.ndcg);
  assert.is.not(first.ndcg, other.ndcg);
});

test('recommend gives the best items of a model that train wrote, without the clicks', async () => {
  const out = join(root, 'trained');
  const train = ['train', 'wrmf-sgd', '--data', data, ...model, '--device', 'reference'];
  const trained = hypertape(...train, '--out', out, '--json');
  assert.is(trained.status, 0, trained.stderr);
  const file = join(out, 'model.npz');
  assert.is(jsonOf(trained).file, file);
  assert.is(jsonOf(trained).recall, jsonOf(hypertape(...train, '--json')).recall);

  const recommend = ['recommend', '--data', data, '--model', file, '--device', 'reference'];
  const outcome = hypertape(...recommend, '--users', '7,3', '--k', '4', '--json');
  assert.is(outcome.status, 0, outcome.stderr);
  const folder = await readDataFolder(data);
  const device = await openDevice('reference');
  const { model: loaded } = await loadModel(file, folder.train, device);
  const scores = await loaded.scores(Int32Array.of(7, 3));
  const expected = [7, 3].map((user, row) => {
    const own = [...scores.slice(row * 40, (row + 1) * 40)];
    const clicked = rowOf(folder.train, user);
    const rest = [...own.keys()].filter((item) => !clicked.includes(item));
    const items = rest.sort((a, b) => own[b] - own[a] || a - b).slice(0, 4);
    return { user, items, scores: items.map((item) => own[item]) };
  });
  const result = jsonOf(outcome);
  assert.equal(result.users, expected);
  assert.equal([result.model, result.k], ['wrmf-sgd', 4]);

  const table = hypertape(...recommend, '--k', '1')
    .stdout.trim()
    .split('\n');
  assert.is(table.length, 2 + 60);
  assert.match(table[2 + 7], new RegExp(`^7 +1 +${expected[0].items[0]} `));
});

test('lists that hold every item measure nothing, and are said to', () => {
  const train = ['train', 'item-cf', '--data', data, '--device', 'reference'];
  assert.match(hypertape(...train, '--k', '40').stdout, 'lists of 40 hold all 40 items, so that');
  assert.not.match(hypertape(...train, '--k', '39').stdout, 'hold all');
  const fakes = ['--fakes', join(data, 'fakes.npz'), '--targets', '3', '--seeds', '1'];
  const whole = hypertape('evaluate', '--data', data, '--victims', 'item-cf', ...fakes);
  assert.match(whole.stdout, 'lists of 50 hold all 40 items', whole.stderr);
});

test('train --patience shows the recall of held-out clicks and keeps the best model', () => {
  const args = ['--data', data, ...model, '--patience', '2', '--validation', '0.2', '--every', '2'];
  const { status, stdout, stderr } = hypertape('train', 'wrmf-sgd', ...args);
  assert.is(status, 0, stderr);
  assert.match(stdout, /^epoch 2: Recall@50 of held-out clicks [\d.]+, best [\d.]+ at epoch 2\n/);
  const { best } = jsonOf(hypertape('train', 'wrmf-sgd', ...args, '--json'));
  assert.match(stdout, `best ${best.recall.toFixed(4)} at epoch ${best.epoch}\nwrmf-sgd on data`);
});

test('item-cf is trained and evaluated as all others', () => {
  const { status, stderr, stdout } = hypertape('train', 'item-cf', '--data', data, '--json');
  assert.is(status, 0, stderr);
  const { recall, settings } = jsonOf({ status, stderr, stdout });
  assert.ok(recall > 0 && recall <= 1);
  assert.equal(settings, { neighbours: 50 });
});

const attackArguments = (out: string, iterations: string) => [
  ...['attack', '--data', data, '--out', join(root, out), '--targets', '3,5', '--fakes', '4'],
  ...['--method', 'truncated:6', '--iterations', iterations, '--k', '5', ...model, '--json'],
];

const attack = (out: string, iterations: string) => hypertape(...attackArguments(out, iterations));

test('attack learns fake users, and evaluate measures them beside no attack', async () => {
  const outcome = attack('run', '3');
  assert.is(outcome.status, 0, outcome.stderr);
  const fakes = await readNpz(join(root, 'run', 'fakes.npz'));
  assert.equal([fakes.rows, fakes.columns], [4, 40]);
  const lines = readFileSync(join(root, 'run', 'history.jsonl'), 'utf8')
    .trim()
    .split('\n');
  assert.equal(
    lines.map((line) => JSON.parse(line).iteration),
    [0, 1, 2, 3],
  );
  const evaluated = hypertape(
    ...['evaluate', '--data', data, '--fakes', join(root, 'run', 'fakes.npz'), '--targets', '3,5'],
    ...['--victims', 'wrmf-sgd,item-ae', '--k', '5', '--preset', 'synthetic', '--epochs', '5'],
    ...['--seeds', '2', '--json'],
  );
  assert.is(evaluated.status, 0, evaluated.stderr);
  const { rows, seeds, attackSeeds } = jsonOf(evaluated);
  assert.ok(attackSeeds.includes(1));
  assert.is(seeds.length, 2);
  assert.not.ok(seeds.some((seed: number) => attackSeeds.includes(seed)));
  const [clean, attacked] = rows;
  const hits = ({ runs }: typeof clean) => runs.map((run: VictimRun) => run.targetHitRate);
  assert.equal(
    attacked.runs.map((run: VictimRun) => run.seed),
    seeds,
  );
  assert.is(attacked.mean.targetHitRate.mean, (hits(attacked)[0] + hits(attacked)[1]) / 2);
  const changes = hits(attacked).map((rate: number, i: number) => rate - hits(clean)[i]);
  assert.is(attacked.change.targetHitRate.mean, (changes[0] + changes[1]) / 2);
  assert.match(evaluated.stderr, /over the \d+ users with test clicks, not over all 60 real users/);
  assert.equal(
    rows.map((row: { victim: string; fakes: string | null }) => [row.victim, row.fakes !== null]),
    [
      ['wrmf-sgd', false],
      ['wrmf-sgd', true],
      ['item-ae', false],
      ['item-ae', true],
    ],
  );
});

test('every heuristic writes fakes within the budget that their record has', async () => {
  const heuristics = attackKinds.filter(({ family }) => family === 'heuristic');
  for (const { name } of heuristics) {
    const out = join(root, name);
    const outcome = hypertape(
      ...['attack', '--data', data, '--out', out, '--attack', name, '--targets', '3,5'],
      ...['--fakes', '5%', '--clicks', '9'],
    );
    assert.is(outcome.status, 0, outcome.stderr);
    const fakes = await readNpz(join(out, 'fakes.npz'));
    const record = JSON.parse(readFileSync(join(out, 'fakes.json'), 'utf8'));
    assert.is(record.attack, name);
    assert.is(record.budget.clicks, 9);
    assert.equal(record.budget.allowed, { users: 3, clicks: 27, clicksOfUser: 9 });
    const lengths = [0, 1, 2].map((row) => fakes.indptr[row + 1] - fakes.indptr[row]);
    assert.equal(record.budget.used, {
      users: 3,
      clicks: fakes.indices.length,
      clicksOfUser: Math.max(...lengths),
    });
    assert.is(record.labels.length, 3);
    assert.equal(
      record.targets.map(({ item }: { item: number }) => item),
      [3, 5],
    );
  }
});

test('several surrogates attack together, each with its own estimator', () => {
  const through = (out: string, ...more: string[]) =>
    hypertape(
      ...['attack', '--data', data, '--out', join(root, out), '--targets', '3', '--fakes', '2'],
      ...['--preset', 'synthetic', '--epochs', '3', '--iterations', '1', ...more, '--json'],
    );
  const both = through('both', '--surrogate', 'wrmf-sgd,wrmf-als', '--method', 'exact,partial');
  assert.is(both.status, 0, both.stderr);
  const run = JSON.parse(readFileSync(join(root, 'both', 'run.json'), 'utf8'));
  assert.is(run.settings['wrmf-als epochs'], 3);
  assert.match(run.method, /^exact.*, partial/);
  const refused = (message: RegExp, ...more: string[]) => {
    const { status, stderr } = through('neither', ...more);
    assert.is(status, 2);
    assert.match(stderr, message);
  };
  refused(/--surrogate: wrmf-sgd is named twice/, '--surrogate', 'wrmf-sgd,wrmf-sgd');
  refused(/--method: expected one, or one for each of the 1/, '--method', 'exact,partial');
  refused(/surrogate item-cf is not known/, '--surrogate', 'wrmf-sgd,item-cf');
});

test('every learned attack writes its fakes, within the budget, and a history', async () => {
  for (const { name, defaults } of attackKinds.filter(({ family }) => family === 'learned')) {
    const out = join(root, name);
    const short = 'iterations' in defaults ? ['--iterations', '1'] : [];
    const outcome = hypertape(
      ...['attack', '--data', data, '--out', out, '--attack', name, '--targets', '3,5'],
      ...['--fakes', '2', '--clicks', '9', '--preset', 'synthetic', '--epochs', '3', ...short],
    );
    assert.is(outcome.status, 0, outcome.stderr);
    const fakes = await readNpz(join(out, 'fakes.npz'));
    const record = JSON.parse(readFileSync(join(out, 'fakes.json'), 'utf8'));
    assert.is(record.attack, name);
    assert.equal(record.budget.allowed, { users: 2, clicks: 18, clicksOfUser: 9 });
    assert.is(record.budget.used.clicks, fakes.indices.length);
    assert.ok(record.budget.used.clicksOfUser <= 9);
    const lines = readFileSync(join(out, 'history.jsonl'), 'utf8').trim().split('\n');
    assert.is(lines.length, 2);
    const isChosen = 'iterations' in defaults;
    const kept = isChosen
      ? /^best at iteration [01], by a held-out seed/m
      : /the last iteration, 1, are kept/;
    assert.match(outcome.stdout, kept);
    const page = readFileSync(join(out, 'report.html'), 'utf8');
    assert.is(page.includes('one after the other'), !isChosen);
    if (name !== 's-attack') continue;
    // Three alternations are no rest: the numbers are there, and the warning is printed.
    assert.match(outcome.stdout, /residual \d\S*, stationarity \d/);
    assert.match(outcome.stdout, /The gradient of the loss has the norm/);
    for (const { implicit } of lines.map((line) => JSON.parse(line))) {
      assert.ok(implicit.residual > 0 && implicit.stationarity > 1e-3);
      assert.ok(implicit.warnings.length > 0);
    }
  }
});

test('fake users that stay outside of the genuine range are counted on stdout and in their record', () => {
  const out = join(root, 'outside');
  const outcome = hypertape(
    ...[
      'attack',
      '--data',
      data,
      '--out',
      out,
      '--targets',
      '3,5',
      '--fakes',
      '2',
      '--clicks',
      '2',
    ],
    ...['--preset', 'synthetic', '--epochs', '3', '--iterations', '1', '--within-range'],
  );
  assert.is(outcome.status, 0, outcome.stderr);
  const [, count] =
    /(\d) of 2 fake users stay outside of the genuine 5 to 95 % range/.exec(outcome.stdout) ?? [];
  const record = JSON.parse(readFileSync(join(out, 'fakes.json'), 'utf8'));
  assert.is(record.outsideRange, Number(count));
});

test('options that an attack does not take are refused by name', () => {
  const refused = (args: string[], message: RegExp) => {
    const out = ['--out', join(root, 'refused')];
    const outcome = hypertape('attack', '--data', data, '--targets', '3', ...out, ...args);
    assert.is(outcome.status, 2, outcome.stderr);
    assert.match(outcome.stderr, message);
    assert.not.ok(existsSync(join(root, 'refused')));
  };
  refused(['--attack', 'magic'], /attack magic is not known; there are random-filler, popul/);
  const filler = ['--attack', 'random-filler', '--fakes', '2'];
  refused(
    [...filler, '--hot-share', '0.5'],
    /--hot-share is no option of random-filler, but of band/,
  );
  refused([...filler, '--iterations', '5'], /--iterations is no option of random-filler/);
  refused([...filler, '--epochs', '5'], /--epochs is for attacks that learn through a surrogate/);
  refused([...filler, '--k', '5'], /--k is for attacks that learn/);
  refused(
    ['--fakes', '2', '--segment-items', '5'],
    /--segment-items is no option of hypergradient/,
  );
  refused([...filler, '--clicks', '0'], /clicks: expected genuine, free or a number/);
  refused([...filler, '--clicks', '41'], /clicks: expected 1 \(the targets\) to 40/);
});

test('a run goes on only under its own options, but for more iterations', () => {
  const fewer = attack('run', '2');
  assert.is(fewer.status, 2);
  assert.match(fewer.stderr, 'holds a run with iterations 3, which may only grow');
  const other = hypertape(...attackArguments('run', '3'), '--outer-rate', '2');
  assert.is(other.status, 2);
  assert.match(other.stderr, /holds a run with \w+Rate 1, not 2/);
  // Scores are added block by block, and round otherwise in others.
  const blocks = hypertape(...attackArguments('run', '3'), '--block-users', '7');
  assert.is(blocks.status, 2);
  assert.match(blocks.stderr, /holds a run with blockUsers 1024, not 7/);
  const path = join(root, 'run', 'run.json');
  const { blockUsers: _, ...before } = JSON.parse(readFileSync(path, 'utf8'));
  writeFileSync(path, JSON.stringify(before));
  assert.is(attack('run', '3').status, 0, 'a run of an earlier version does not note them');
  assert.is(JSON.parse(readFileSync(path, 'utf8')).blockUsers, 1024);
  const [longer, whole] = [attack('run', '5'), attack('five', '5')];
  assert.is(longer.status, 0, longer.stderr);
  assert.is(whole.status, 0, whole.stderr);
  const files = (run: string) =>
    ['fakes.npz', 'fakes.json'].map((name) => readFileSync(join(root, run, name)));
  assert.equal(files('run'), files('five'));
  const history = (run: string) =>
    readFileSync(join(root, run, 'history.jsonl'), 'utf8').replace(/,"seconds":[^,}]*/g, '');
  assert.is(history('run'), history('five'));
});

test('a run that was killed goes on to the same fake users, with other checkpoints too', async () => {
  const whole = attack('whole', '40');
  assert.is(whole.status, 0, whole.stderr);
  const args = attackArguments('cut', '40');
  const child = spawn(process.execPath, ['dist/cli.js', ...args]);
  const history = join(root, 'cut', 'history.jsonl');
  while (!existsSync(history)) await setTimeout(20);
  child.kill('SIGINT');
  const errors: Buffer[] = [];
  child.stderr.on('data', (chunk) => errors.push(chunk));
  const [status] = await once(child, 'close');
  assert.is(status, 130);
  assert.match(
    Buffer.concat(errors).toString(),
    /stopped by SIGINT: the same command goes on with iteration \d+\n$/,
  );
  const lines = readFileSync(history, 'utf8').trim().split('\n');
  assert.ok(lines.length < 41, 'killed before its end');
  const best = await readNpz(join(root, 'cut', 'fakes.npz'));
  assert.equal([best.rows, best.columns], [4, 40]);
  const resumed = hypertape(...args, '--checkpoints', '2');
  assert.is(resumed.status, 0, resumed.stderr);
  assert.match(resumed.stderr, /going on with iteration \d+/);
  const fakes = (run: string) => readFileSync(join(root, run, 'fakes.npz'));
  assert.equal(fakes('cut'), fakes('whole'));
});

test('verify agrees with fixtures, and says no to a spoilt one with status 1', () => {
  const [wrmf, itemAe] = ['wrmf_sgd_L5_full.json', 'itemae_adam_L3_total.json'].map((name) =>
    join('test/eval/fixtures/data', name),
  );
  const outcome = hypertape('verify', wrmf, itemAe, '--device', 'reference', '--json');
  assert.is(outcome.status, 0, outcome.stderr);
  assert.equal(
    jsonOf(outcome).results.map((result: { verdict: string }) => result.verdict),
    ['agrees', 'agrees'],
  );
  const fixture = JSON.parse(readFileSync(wrmf, 'utf8'));
  fixture.dL_dXhat[0][0] *= 1.001;
  const spoilt = join(root, 'spoilt.json');
  writeFileSync(spoilt, JSON.stringify(fixture));
  const refused = hypertape('verify', spoilt, '--device', 'reference');
  assert.is(refused.status, 1);
  assert.match(refused.stdout, 'differs');
});

test('demo ends with a report', () => {
  const out = join(root, 'demo');
  const outcome = hypertape('demo', '--iterations', '1', '--out', out);
  assert.is(outcome.status, 0, outcome.stderr);
  assert.match(outcome.stdout, /HR@10 target/);
  const page = readFileSync(join(out, 'report.html'), 'utf8');
  assert.is(page.match(/<svg/g)?.length, 2);
});

test.run();
