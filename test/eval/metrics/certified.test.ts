/** @file What votes certify, against the sizes of single users. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openDevice } from '../../../src/autodiff/index.ts';
import { rowOf, synthetic } from '../../../src/data/portable.ts';
import { certifiedSize, clopperPearson, defence } from '../../../src/defence/index.ts';
import { certify, measure } from '../../../src/eval/index.ts';
import { modelKind } from '../../../src/models/index.ts';

const device = await openDevice('reference');
const { data } = synthetic({ users: 30, fakes: 4, items: 20, seed: 1 });
const kind = modelKind('item-cf');

test('what is certified is the mean over users with test items', async () => {
  const pore = defence('pore');
  const { model, votes } = await pore.train(
    { kind, settings: kind.defaults, seed: 1, device, clicks: data.train },
    { bags: 300, bagSize: 24, votes: 2 },
  );
  if (!votes) throw new Error('pore gives votes');
  const alpha = 0.01;
  const bounds = clopperPearson(300, alpha / (30 * 20));
  const got = certify(data, votes, { k: 5, fakes: [0, 1], alpha });
  got.forEach(({ fakes: count, precision, recall }) => {
    const rows = Array.from({ length: 30 }, (_, user) => user).flatMap((user) => {
      const wanted = [...rowOf(data.test, user)];
      if (wanted.length === 0) return [];
      const counts = votes.counts[user];
      const size = certifiedSize({ counts, items: 20, wanted }, votes, {
        k: 5,
        fakes: count,
        bounds,
      });
      return [[size / 5, size / wanted.length]];
    });
    const mean = (at: number) => rows.reduce((sum, row) => sum + row[at], 0) / rows.length;
    assert.ok(Math.abs(precision - mean(0)) < 1e-12);
    assert.ok(Math.abs(recall - mean(1)) < 1e-12);
  });
  const measured = await measure(model.scores, data, { k: 5 });
  assert.ok(got[0].recall > 0, 'nothing is certified against no fake user');
  assert.ok(got[0].recall <= measured.recall + 1e-12);
  assert.ok(got[1].recall <= got[0].recall);
});

test.run();
