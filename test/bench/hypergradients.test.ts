/** @file The peers of the hypergradient benchmark: their numbers, and what becomes of their failures. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { gradientOf } from '../../bench/hypergradients/run.ts';
import { jaxProgram } from '../../bench/hypergradients.ts';
import { openJax } from '../../bench/peers.ts';
import { type PeerProgram, programContestant } from '../../bench/programs.ts';
import { compare } from '../../bench/timing.ts';
import { openDevice } from '../../src/autodiff/index.ts';
import { neutralProblems } from '../../src/eval/problems/registry.ts';

const steps = 5;

/** `npm run bench` installs jax-js. */
const installed = (await openJax()) !== undefined;
const testOfJax = installed ? test : test.skip;

for (const { name, open } of neutralProblems) {
  testOfJax(`jax-js: the hypergradient of ${name} is that of reference`, async () => {
    const problem = open({ seed: 1, steps });
    const data = { name: name.replaceAll('-', '_'), ...(await problem.data()) };
    const expected = await gradientOf(problem, await openDevice('reference'));
    const running = await programContestant(jaxProgram, data).start();
    try {
      await running.run();
      const numbers = (await running.read?.()) ?? [];
      assert.is(numbers.length, expected.length);
      const largest = Math.max(...expected.map(Math.abs));
      const worst = Math.max(...expected.map((each, i) => Math.abs(each - numbers[i])));
      console.log(name, worst / largest);
      assert.ok(worst <= 1e-4 * largest, `off by ${worst}, where the largest is ${largest}`);
    } finally {
      await running.stop();
    }
  });
}

/** A program of a few words of JavaScript, which sees each line. */
const program = (name: string, body: string, patience?: number): PeerProgram => ({
  name,
  command: process.execPath,
  args: [
    '-e',
    `require('readline').createInterface(process.stdin).on('line', (line) => { ${body} })`,
  ],
  patience,
});

const answers = "console.log(line === 'read' ? '[1, 2]' : 'done')";

test('a program that fails is given up with its reason; the others are timed', async () => {
  const programs = [
    program('right', `if (line !== '{}') ${answers}`),
    program('wrong', `if (line !== '{}') ${answers.replace('2', '3')}`),
    program('unable', "if (line === 'run') console.log('error: no such operation')"),
    program(
      'ended',
      "if (line === 'run') { console.error('heap out of memory'); process.exit(1) }",
    ),
    program('slow', '', 0.5),
    { ...program('absent', ''), command: 'no-such-command' },
  ];
  const contestants = programs.map((each) => programContestant(each, {}));
  const { timings } = await compare({ label: 'two numbers' }, contestants, { rounds: 1 });
  const failureOf = (name: string) => {
    const timing = timings.get(name);
    return timing && 'failure' in timing ? timing.failure : undefined;
  };
  assert.equal(
    [...timings.keys()],
    programs.map(({ name }) => name),
  );
  assert.is(failureOf('right'), undefined);
  assert.match(failureOf('wrong') ?? '', /^wrong numbers: off by 1/);
  assert.is(failureOf('unable'), 'no such operation');
  assert.is(failureOf('ended'), 'out of memory');
  assert.is(failureOf('slow'), 'over 0.5 s');
  assert.match(failureOf('absent') ?? '', /no-such-command/);
});

test.run();
