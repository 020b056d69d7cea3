/** @file `hypertape defend` end to end on a small data set, and what it refuses. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { fromPairs, writeNpz } from '../../src/data/index.ts';
import { defenceNames } from '../../src/defence/index.ts';
import { temporaryFolder } from '../data/temporary.ts';
import { hypertape, jsonOf } from './command.ts';

const root = temporaryFolder();
const data = join(root, 'data');
const fakes = join(root, 'attack', 'fakes.npz');
const size = ['--users', '60', '--items', '40', '--fakes', '6'];
const model = ['--preset', 'synthetic'];
const small = ['--factors', '4', '--epochs', '8'];
const base = ['defend', '--data', data, '--fakes', fakes, '--seeds', '2', '--k', '5'];

test('the data and the attack were made', () => {
  assert.is(hypertape('data', 'synthetic', '--out', data, ...size).status, 0);
  const attack = ['attack', '--data', data, '--out', join(root, 'attack'), '--fakes', '6'];
  const outcome = hypertape(...attack, '--attack', 'random-filler', '--targets', 'tail:2');
  assert.is(outcome.status, 0, outcome.stderr);
});

for (const name of defenceNames) {
  test(`${name} prints what it gains and costs, and its numbers hang together`, () => {
    const own = name === 'pore' ? ['--bags', '40', '--bag-size', '9', '--certify', '0,3'] : small;
    const args = [...base, '--defence', name, ...model, ...own, '--json'];
    const outcome = hypertape(...args);
    assert.is(outcome.status, 0, outcome.stderr);
    const { rows, change, seeds, runs, certified, fake, genuine, users } = jsonOf(outcome);
    // The attack's seed is passed over.
    assert.equal(seeds, [2, 3]);
    assert.equal(users, { genuine: 60, fake: 6 });
    const find = (defended: boolean, attacked: boolean) =>
      rows.find((r: Record<string, boolean>) => r.defended === defended && r.attacked === attacked);
    const differ = (at: boolean, metric: string) =>
      find(true, at).mean[metric].mean - find(false, at).mean[metric].mean;
    assert.ok(Math.abs(change.attacked.targetHitRate.mean - differ(true, 'targetHitRate')) < 1e-12);
    assert.ok(Math.abs(change.clean.recall.mean - differ(false, 'recall')) < 1e-12);
    const mean = (runs[0].defended.attacked.recall + runs[1].defended.attacked.recall) / 2;
    assert.ok(Math.abs(find(true, true).mean.recall.mean - mean) < 1e-12);
    const share = { filtering: 3, 'trimmed-loss': 3 }[name as string];
    if (share) assert.is(genuine.removed + fake.removed, share);
    if (name === 'pore')
      assert.equal(
        certified.map(({ fakes: n }: { fakes: number }) => n),
        [0, 3],
      );
    assert.is(
      hypertape(...args).stdout.replace(/Seconds":[^,}]*/g, ''),
      outcome.stdout.replace(/Seconds":[^,}]*/g, ''),
    );
  });
}

test('a report without scripts is written', () => {
  const out = join(root, 'report');
  const outcome = hypertape(...base, '--defence', 'vat', ...model, ...small, '--out', out);
  assert.is(outcome.status, 0, outcome.stderr);
  assert.match(outcome.stdout, /undefended, attacked/);
  const html = readFileSync(join(out, 'report.html'), 'utf8');
  assert.not.match(html, /<script/);
  assert.match(html, /--defence vat/);
});

test('fake users who are none, or have no targets, are refused', async () => {
  const none = join(root, 'none.npz');
  await writeNpz(none, fromPairs([], 0, 40));
  const untargeted = join(root, 'untargeted');
  const attack = ['attack', '--data', data, '--attack', 'popular', '--goal', 'untargeted'];
  const made = hypertape(...attack, '--fakes', '4', '--out', untargeted);
  assert.is(made.status, 0, made.stderr);
  const defend = ['defend', '--data', data, '--defence', 'pore', '--fakes'];
  const { status, stderr } = hypertape(...defend, none, '--targets', '3');
  assert.is(status, 2);
  assert.match(stderr, /none\.npz: there is no fake user in it/);
  const second = hypertape(...defend, join(untargeted, 'fakes.npz'));
  assert.is(second.status, 2);
  assert.match(second.stderr, /has no target items, whose hits defend measures/);
});

test('wrong usage is one clear error', () => {
  const refused = (args: string[], expected: RegExp) => {
    const { status, stderr } = hypertape(...args);
    assert.is(status, 2, stderr);
    assert.match(stderr, expected);
    assert.not.match(stderr, /\n\s+at /);
  };
  refused([...base], /required option '--defence/);
  refused([...base, '--defence', 'pray'], /Allowed choices are filtering, .*pore/);
  refused(
    [...base, '--defence', 'vat', '--victim', 'item-cf'],
    /vat defends wrmf-sgd, not item-cf: choose --victim/,
  );
  refused(
    [...base, '--defence', 'apr', '--share', '0.1'],
    /--share is no option of apr: leave it out/,
  );
  refused(
    [...base, '--defence', 'apr', '--detector', 'lof'],
    /--detector is no option of apr: leave it out/,
  );
  refused(
    [...base, '--defence', 'trimmed-loss', '--examples', 'none.npz'],
    /--examples is no option of trimmed-loss/,
  );
  refused(
    [...base, '--defence', 'filtering', '--detector', 'lof', '--examples', 'none.npz'],
    /--examples is for a detector that learns, which lof does not/,
  );
  refused(
    [...base, '--defence', 'filtering', '--certify', '1'],
    /--certify goes with pore, not with filtering/,
  );
  refused(
    [...base, '--defence', 'apr', '--adaptation', '2'],
    /--adaptation is no setting of wrmf-sgd, wrmf-apr/,
  );
  refused([...base, '--defence', 'filtering', '--share', '0'], /share: expected a number above 0/);
  refused(
    [...base, '--defence', 'filtering', '--detector', 'degree-sad', '--victim', 'item-cf'],
    /degree-sad learns from labels/,
  );
  refused(
    [...base, '--defence', 'pore', '--bag-size', '100'],
    /bagSize: 100 users do not come out of 60/,
  );
  refused(
    [...base, '--defence', 'pore', '--targets', 'head:1'],
    /its target items are .*, not .*: leave --targets out/,
  );
  // The targets of the record itself may be named.
  const { targets } = JSON.parse(readFileSync(join(root, 'attack', 'fakes.json'), 'utf8'));
  const same = targets.map(({ item }: { item: number }) => item).join();
  refused(
    [...base, '--defence', 'pore', '--bag-size', '100', '--targets', same],
    /bagSize: 100 users do not come out of 60/,
  );
});

test.run();
