/** @file `showTape`: a tape as text. */

import { showShape } from '../tape/shape.ts';
import type { Tape, TapeKernel, TapeNode } from './tape-of.ts';

/**
 * A tape as text: what is given, then phase by phase the kernels, each with its operations in order.
 * `%3` is a node; `rule of mul %2` says whose derivative rule recorded it.
 */
export function showTape(tape: Tape): string {
  const given = tape.nodes.filter(({ family }) => family === 'input');
  const lines = [
    'given',
    ...given.map((node) => `  %${node.id} ${node.name} ${showShape(node.shape)}`),
  ];
  for (const phase of new Set(tape.kernels.map((kernel) => kernel.phase))) {
    lines.push('', phase);
    for (const kernel of tape.kernels) {
      if (kernel.phase === phase) lines.push(...showKernel(tape, kernel));
    }
  }
  lines.push('', 'results');
  for (const { name, node } of tape.outputs) lines.push(`  ${name || 'result'} = %${node}`);
  const operations = tape.nodes.length - given.length;
  lines.push('', `${operations} operations in ${tape.kernels.length} kernels`);
  return lines.join('\n');
}

function showKernel({ nodes }: Tape, { id, nodes: members, phase }: TapeKernel): string[] {
  return [
    `  kernel ${id}`,
    ...members.map((member) => {
      const node = nodes[member];
      const from = node.inputs.map((input) => `%${input}`);
      const other = node.phase === phase ? '' : `, ${node.phase}`;
      return `    %${node.id} = ${node.name}(${[...from, node.detail].filter(Boolean).join(', ')}) ${showShape(node.shape)}${ruleOf(node)}${other}`;
    }),
  ];
}

function ruleOf({ rule }: TapeNode): string {
  if (!rule) return '';
  return `  rule of ${rule.name}${rule.node === undefined ? '' : ` %${rule.node}`}`;
}
