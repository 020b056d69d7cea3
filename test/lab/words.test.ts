/** @file The words of the page: labels are taken apart, and nothing of them is lost. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { partsOf, words } from '../../src/lab/words.ts';

test('a label falls into words with their meanings and what is between them', () => {
  const meant = (label: string) =>
    partsOf(label).flatMap(({ text, meaning }) => (meaning ? [[text, meaning]] : []));
  assert.equal(meant('HR@10 of the target, run 1'), [['HR@10', words['HR@10']]]);
  assert.equal(meant('length, exact is 1'), [['length, exact is 1', words['length, exact is 1']]]);
  assert.equal(meant('exact({ checkpoints: 5 })'), [['exact', words['exact()']]]);
  assert.equal(meant('cosines of anything'), []);
  assert.equal(meant('the last steps alone, τ = 3'), [['τ', words.τ]]);
});

test('the parts of a label are the label', () => {
  for (const label of [...Object.keys(words), 'objective, trained again', '', 'nothing of these']) {
    const parts = partsOf(label);
    assert.is(parts.map(({ text }) => text).join(''), label);
  }
});

test('every word is found where it stands', () => {
  for (const [word, meaning] of Object.entries(words)) {
    const parts = partsOf(`a ${word} b`);
    assert.ok(
      parts.some((part) => part.meaning === meaning),
      word,
    );
    assert.match(meaning, /\.$/);
  }
});

test.run();
