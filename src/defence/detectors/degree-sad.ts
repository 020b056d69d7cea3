/** @file `degree-sad`: a decision tree on three features of popularity. */

import type { SparseMatrix } from '../../data/sparse.ts';
import { mud, qud, rud } from '../features/popularity.ts';
import { fitTree } from '../numerics/decision-tree.ts';
import type { Detector, Labelled } from './detector.ts';
import { expectExamples } from './examples.ts';

const columnsOf = (clicks: SparseMatrix): Float64Array[] =>
  [mud, rud, qud].map((feature) => feature.values(clicks));

/** The features of the labelled users, each among all users of its example. */
function labelledRows(examples: readonly Labelled[]) {
  const columns: number[][] = [[], [], []];
  const classes: number[] = [];
  for (const { clicks, labels } of examples) {
    const all = columnsOf(clicks);
    labels.forEach((label, user) => {
      if (label < 0) return;
      classes.push(label);
      all.forEach((values, column) => {
        columns[column].push(values[user]);
      });
    });
  }
  return { columns: columns.map((c) => Float64Array.from(c)), classes: Uint8Array.from(classes) };
}

/**
 * DegreeSAD (Li et al. 2016): a decision tree by entropy on MUD, RUD and QUD. The score is the share
 * of fake users in the leaf, both classes weighing the same. A tree grown to single users, as
 * published, would know them by heart: here it has depth 6 and 5 users a leaf.
 */
export const degreeSad: Detector = {
  name: 'degree-sad',
  about: 'decision tree on MUD, RUD and QUD (Li et al. 2016)',
  needs: 'examples',
  scores: async (clicks, options) => {
    const examples = expectExamples('degree-sad', options);
    const classify = await fitTree(labelledRows(examples), { depth: 6, leaf: 5 }, options.signal);
    return classify(columnsOf(clicks));
  },
};
