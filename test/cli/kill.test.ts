/** @file Killed at a file operation, wherever it is, a run resumes to the same bytes. */

import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { temporaryFolder } from '../data/temporary.ts';
import { hypertape } from './command.ts';

const root = temporaryFolder();
const data = join(root, 'data');
const attack = (out: string) => [
  ...['attack', '--data', data, '--out', join(root, out), '--targets', '0,1', '--fakes', '6'],
  ...['--preset', 'synthetic', '--epochs', '4', '--iterations', '3', '--method', 'exact'],
  ...['--k', '5', '--device', 'reference', '--quiet'],
];

/** Runs the command line, counting file operations, and kills it at one. */
const killed = (args: readonly string[], at?: number) =>
  spawnSync(process.execPath, ['--import', './test/cli/kill-at.mjs', 'dist/cli.js', ...args], {
    encoding: 'utf8',
    env: { ...process.env, ...(at !== undefined && { KILL_AT: `${at}` }) },
  });

/** The files of a run but its state, which has the seconds that it took. */
function resultsOf(out: string): Record<string, string> {
  const text = (name: string) => readFileSync(join(root, out, name)).toString('base64');
  const history = readFileSync(join(root, out, 'history.jsonl'), 'utf8');
  return {
    names: readdirSync(join(root, out)).sort().join(),
    fakes: text('fakes.npz'),
    record: text('fakes.json'),
    history: history.replace(/,"seconds":[^,}]*/g, ''),
  };
}

/** How many operations are tried, evenly spread. */
const tried = 12;

test('a run that was killed resumes to the same fake users, history and record', () => {
  const size = ['--users', '60', '--items', '40', '--fakes', '6', '--quiet'];
  assert.is(hypertape('data', 'synthetic', '--out', data, ...size).status, 0);
  const whole = killed(attack('whole'));
  assert.is(whole.status, 0, whole.stderr);
  const operations = Number(/operations (\d+)/.exec(whole.stderr)?.[1]);
  assert.ok(operations > 4 * tried, `${operations} operations`);
  const expected = resultsOf('whole');
  for (let i = 0; i < tried; i++) {
    const at = Math.floor((i * operations) / tried);
    rmSync(join(root, 'cut'), { recursive: true, force: true });
    assert.is(killed(attack('cut'), at).signal, 'SIGKILL', `operation ${at}`);
    const resumed = hypertape(...attack('cut'));
    assert.is(resumed.status, 0, `operation ${at}: ${resumed.stderr}`);
    assert.equal(resultsOf('cut'), expected, `operation ${at}`);
  }
});

test.run();
