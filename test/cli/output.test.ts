/** @file Progress where stderr is no terminal: rates and times left, by a clock that the test moves. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Output } from '../../src/cli/output.ts';

/** What is printed by some work, which moves the clock by seconds. */
function linesOf(work: (wait: (seconds: number) => void) => void): string[] {
  const { now } = performance;
  const { stderr } = process;
  const write = stderr.write;
  const isTerminal = stderr.isTTY;
  const lines: string[] = [];
  let time = 0;
  performance.now = () => time;
  stderr.isTTY = false;
  stderr.write = (line: string | Uint8Array) => lines.push(`${line}`.trimEnd()) > 0;
  try {
    work((seconds) => {
      time += 1000 * seconds;
    });
  } finally {
    performance.now = now;
    Object.assign(stderr, { write, isTTY: isTerminal });
  }
  return lines;
}

test('a rate is that of the count, from its first update on', () => {
  const lines = linesOf((wait) => {
    const bar = new Output({}).progress('steps');
    // Something else takes a minute, before the first of 300 steps of a tenth of a second.
    wait(60);
    for (let i = 1; i <= 300; i++) {
      bar.update(i, 300);
      wait(0.1);
    }
  });
  assert.equal(lines, ['steps 101/300, 10.0/s, 20 s left', 'steps 201/300, 10.0/s, 10 s left']);
});

test('a new count has a rate of its own, though it is of one step', () => {
  const lines = linesOf((wait) => {
    const bar = new Output({}).progress('blocks');
    for (let i = 0; i < 3; i++) {
      bar.update(1, 1);
      wait(3600);
    }
    for (let i = 1; i <= 150; i++) {
      bar.update(i, 200);
      wait(0.1);
    }
    bar.stop();
    // It goes on after an hour.
    wait(3600);
    bar.update(150, 200);
    wait(10);
    bar.update(160, 200);
  });
  assert.equal(lines.slice(0, 3), ['blocks 1/1', 'blocks 1/1', 'blocks 1/200']);
  assert.equal(lines.slice(3), [
    'blocks 101/200, 10.0/s, 10 s left',
    'blocks 150/200',
    'blocks 160/200, 1.0/s, 40 s left',
  ]);
});

test.run();
