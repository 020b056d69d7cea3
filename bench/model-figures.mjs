/** @file One recommender trained and measured: its figures as JSON on stdout. */

import { openDevice } from '../dist/autodiff.js';
import { readDataFolder } from '../dist/data.js';
import { measure, parseTargets } from '../dist/eval.js';
import { modelKind } from '../dist/models.js';

const k = 50;
const {
  model: name,
  data: folder,
  targets,
  settings: changes,
  paper,
  threads,
  seed,
} = JSON.parse(process.argv[2]);

const kind = modelKind(name);
const data = await readDataFolder(folder);
const device = await openDevice('simd', { threads: Number(threads) });
const changed = Object.entries(changes).filter(([setting]) => setting in kind.defaults);
const start = paper ? (kind.paper ?? kind.defaults) : kind.defaults;
const settings = { ...start, ...Object.fromEntries(changed) };

const seconds = () => performance.now() / 1e3;
const started = seconds();
let shown = started;
const model = await kind.fit(data.train, settings, {
  seed: Number(seed),
  device,
  onStep: (done, total) => {
    if (seconds() < shown + 30) return;
    shown = seconds();
    console.error(`${name}: step ${done} of ${total}, ${Math.round(shown - started)} s`);
  },
});
const trained = seconds();
const { recall, ndcg, ndcgOfTests } = await measure(model.scores, data, { k });
const ranked = seconds();
const targetHitRates = [];
for (const words of targets) {
  const items = parseTargets(words, data.train, Number(seed));
  targetHitRates.push((await measure(model.scores, data, { k, targets: items })).targetHitRate);
}
console.log(
  JSON.stringify({
    model: name,
    settings,
    recall,
    ndcg,
    ndcgOfTests,
    targetHitRates,
    trainSeconds: trained - started,
    rankSeconds: ranked - trained,
    peakBytes: process.resourceUsage().maxRSS * 1024,
  }),
);
process.exit();
