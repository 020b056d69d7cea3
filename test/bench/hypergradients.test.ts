/** @file The peers of the hypergradient benchmark: their numbers, and what becomes of their failures. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { gradientOf } from '../../bench/hypergradients/run.ts';
import { jaxPrograms } from '../../bench/hypergradients.ts';
import { openJax } from '../../bench/peers.ts';
import { type PeerProgram, programContestant } from '../../bench/programs.ts';
import { compare } from '../../bench/timing.ts';
import { openDevice } from '../../src/autodiff/index.ts';
import { neutralProblems } from '../../src/eval/problems/registry.ts';

/** `npm run bench` installs jax-js. */
const testOfJax = (await openJax()) ? test : test.skip;
const steps = 3;
/** Of float32, relative to the largest entry: no sum is longer than 2,000, each term is rounded. */
const tolerance = 2000 * 2 ** -24;

for (const { name, open } of neutralProblems) {
  testOfJax(`jax-js: both hypergradients of ${name} are that of reference`, async () => {
    const problem = open({ seed: 1, steps });
    const data = { name: name.replaceAll('-', '_'), ...(await problem.data()) };
    const expected = await gradientOf(problem, await openDevice('reference'));
    const largest = Math.max(...expected.map(Math.abs));
    for (const each of jaxPrograms) {
      const running = await programContestant(each, data).start();
      await running.run();
      const numbers = (await running.read?.()) ?? [];
      await running.stop();
      assert.is(numbers.length, expected.length);
      const worst = Math.max(...expected.map((value, i) => Math.abs(value - numbers[i])));
      assert.ok(worst <= tolerance * largest, `${each.name}: off by ${worst / largest}`);
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
