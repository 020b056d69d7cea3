/** @file Pictures of tapes: every kernel is on a card, nothing overlaps, all text is inside. */

import { parseHTML } from 'linkedom';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  adam,
  grad,
  matmul,
  mean,
  square,
  sub,
  type Tape,
  type Tensor,
  tanh,
  tapeOf,
  tensor,
  vjp,
} from '../../src/autodiff/index.ts';
import { layoutTape, panelsOf, type TapeLayout, tapeSvg } from '../../src/picture/index.ts';

const table = (rows: number, columns: number) =>
  tensor(
    Float64Array.from({ length: rows * columns }, (_, i) => Math.sin(i)),
    [rows, columns],
  );
const sizes = [3, 8, 7, 6, 2];
const layers = sizes.slice(1).map((size, i) => table(sizes[i], size));
const [x, y] = [table(5, 3), table(5, 2)];
const loss = (weights: Tensor[]) =>
  mean(
    square(
      sub(
        weights.reduce((h, w) => tanh(matmul(h, w)), x),
        y,
      ),
    ),
  );
const optimizer = adam({ learningRate: 0.1 });
const state = { layers, averages: optimizer.init(layers) };
const step = (at: typeof state) => {
  const [next, averages] = optimizer.update(grad(loss)(at.layers), at.averages, at.layers);
  return { layers: next, averages };
};
const tapes: { readonly [name: string]: Tape } = {
  loss: tapeOf(loss, layers),
  step: tapeOf(step, state),
  pullback: tapeOf((a, ct) => vjp(step, a).pullback(ct), state, state),
};

const cardsIn = (layout: TapeLayout) => layout.panels.flatMap(({ cards }) => cards);

for (const [name, tape] of Object.entries(tapes)) {
  test(`each kernel is on one card, in the panel of its phase (${name})`, () => {
    const panels = panelsOf(tape);
    for (const { phase, cards } of panels) {
      const kernels = tape.kernels.filter((kernel) => kernel.phase === phase);
      assert.is(
        cards.reduce((count, card) => count + card.count, 0),
        kernels.length,
      );
      for (const { from, id } of cards) {
        assert.not.ok(from.includes(id));
        for (const other of from) assert.ok(cards.some((card) => card.id === other));
      }
    }
    const results = panels.flatMap(({ cards }) => cards.flatMap((card) => card.results));
    assert.equal([...results].sort(), tape.outputs.map((o) => o.name || 'result').sort());
  });

  test(`arrows go along a way that never comes back (${name})`, () => {
    for (const { cards } of panelsOf(tape)) {
      const depth = new Map<number, number>();
      for (let round = 0; round <= cards.length; round++) {
        let changed = false;
        for (const { id, from } of cards) {
          const next = Math.max(0, ...from.map((other) => (depth.get(other) ?? 0) + 1));
          changed ||= next !== (depth.get(id) ?? 0);
          depth.set(id, next);
        }
        if (!changed) break;
        assert.ok(round < cards.length, 'a cycle');
      }
    }
  });

  test(`cards lie in their panel and do not overlap (${name})`, () => {
    const layout = layoutTape(tape);
    for (const panel of layout.panels) {
      assert.ok(panel.x >= 0 && panel.x + panel.width <= layout.width);
      assert.ok(panel.y >= 0 && panel.y + panel.height <= layout.height);
      for (const [i, a] of panel.cards.entries()) {
        assert.ok(a.x >= panel.x && a.x + a.width <= panel.x + panel.width);
        assert.ok(a.y >= panel.y && a.y + a.height <= panel.y + panel.height);
        for (const b of panel.cards.slice(i + 1)) {
          const apart =
            a.x + a.width <= b.x ||
            b.x + b.width <= a.x ||
            a.y + a.height <= b.y ||
            b.y + b.height <= a.y;
          assert.ok(apart, `#${a.card.id} and #${b.card.id} overlap`);
        }
      }
    }
    const [first, second] = layout.panels;
    if (second) assert.ok(first.y + first.height <= second.y);
  });

  test(`every line of text is in the picture, inside of its card (${name})`, () => {
    const layout = layoutTape(tape);
    const { document } = parseHTML(tapeSvg(layout, `a <tape> & "${name}"`));
    const texts = [...document.querySelectorAll('text')].map((text) => text.textContent);
    assert.is(texts[0], `a <tape> & "${name}"`);
    for (const { lines, width, height } of cardsIn(layout)) {
      assert.ok(lines.length * 15 < height);
      for (const { text, shape = '' } of lines) {
        // 6.62 pixels a character in DejaVu Sans Mono at 11 pixels.
        assert.ok((text.length + shape.length) * 6.62 + 20 <= width, text);
        assert.ok(texts.includes(text), text);
      }
    }
    assert.is(
      document.querySelectorAll('path.arrow').length,
      layout.panels.flatMap((p) => p.arrows).length,
    );
  });
}

test('a part that repeats has one card', () => {
  const update = panelsOf(tapes.step).find(({ phase }) => phase === 'update');
  const last = update?.cards.find(({ results }) => results.includes('layers.0'));
  assert.is(last?.count, 4);
  assert.equal(last?.results, ['layers.0', 'layers.1', 'layers.2', 'layers.3']);
  assert.is(last?.rows[0].shape, '4 shapes');
});

test('a backward card says whose rule it is of', () => {
  const cards = panelsOf(tapes.step).flatMap((panel) => panel.cards);
  const rules = cards.filter(({ phase }) => phase === 'backward').flatMap(({ rows }) => rows);
  assert.ok(rules.some(({ rule }) => /^∂ tanh #\d+$/.test(rule ?? '')));
  for (const { rule = '' } of rules) {
    const [, name, id] = /^∂ (\w+) #(\d+)$/.exec(rule) ?? [];
    if (!id) continue;
    const card = cards.find((other) => other.id === Number(id));
    assert.ok(
      card?.rows.some(({ operations }) => operations.includes(name)) ||
        name === 'broadcastTo' ||
        name === 'reshape',
      rule,
    );
  }
});

test.run();
