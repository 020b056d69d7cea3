/** @file The runner finds every kind of fault, and goes on where a run was cut. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { tableOf } from './report.ts';
import { runCampaign } from './runner.ts';
import { toy } from './toy.ts';

test('faults, errors, hanging and dying cases are found, each once and with its name', async () => {
  let calls = 0;
  const { tried, faults } = await runCampaign(toy, {
    seed: 1,
    count: 20,
    onCase: () => {
      calls++;
    },
  });
  assert.is(tried, 20);
  assert.is(calls, 20);
  const texts = faults.map(({ index, name, fault }) => `${index} ${name}: ${fault.split('\n')[0]}`);
  const expected = [0, 10].flatMap((n) => [
    `${n + 3} case ${n + 3}: wrong`,
    `${n + 5} case ${n + 5}: Error: thrown`,
    `${n + 6} case ${n + 6}: the process ended with SIGKILL`,
    `${n + 8} case ${n + 8}: no end within 2 s`,
  ]);
  assert.equal(texts, expected);
});

test('a run goes on after the blocks that are done, with their faults', async () => {
  const fault = { index: 7, name: 'case 7', fault: 'found before' };
  const { tried, faults } = await runCampaign(toy, {
    seed: 1,
    count: 23,
    progress: { blocks: [0], faults: [fault] },
  });
  assert.is(tried, 23);
  assert.equal(faults, [fault]);
});

test('the table has a row for each campaign, in columns of one width', () => {
  const outcome = { campaign: 'toy', tried: 12345, failed: 0, seed: 1 };
  const table = tableOf([{ ...outcome, date: '2000-01-02', version: '0.1.0 (abc)' }]);
  const [header, rule, row] = table.split('\n');
  assert.is(row, '| `toy`    | 12,345 | 0      | 1    | 2000-01-02 | 0.1.0 (abc) |');
  assert.is(header.length, row.length);
  assert.match(rule, /^[| -]+$/);
});

test.run();
