/**
 * @file The cards of a picture: a kernel each, its operations row by row. Of a part that repeats, as
 * an optimiser's update of each parameter does, one card stands for all.
 */

import type { Tape, TapeKernel, TapeNode } from '../autodiff/index.ts';

/** Operations of a kernel that stand side by side: of one phase and one derivative rule. */
export interface Row {
  readonly phase: string;
  /** `∂ matmul #4`: whose derivative rule, and the card of what is differentiated. */
  readonly rule?: string;
  readonly operations: string;
  /** The shape of the last of them. */
  readonly shape: string;
}

/** One kernel, or several of one structure. */
export interface Card {
  /** Its number in the picture, from 1. */
  readonly id: number;
  readonly phase: string;
  /** How many kernels it stands for, and which of the tape they are. */
  readonly count: number;
  readonly kernels: readonly number[];
  readonly rows: readonly Row[];
  /** What it reads of what is given, and of cards in other phases. */
  readonly reads: readonly string[];
  /** The results that it computes, by their paths. */
  readonly results: readonly string[];
  /** The cards of the same phase that it reads, and those of others. */
  readonly from: readonly number[];
  readonly across: readonly number[];
}

/** The cards of a phase. */
export interface Panel {
  readonly phase: string;
  readonly cards: readonly Card[];
}

/** Operations that only lay cells out; a card shows them where it has nothing else. */
const layout = new Set(['reshape', 'broadcastTo', 'identity', 'full', 'copy', 'transpose']);

/** The cards of a tape, phase by phase in the order in which the phases begin. */
export function panelsOf(tape: Tape): Panel[] {
  const classes = classesOf(tape);
  const groups = new Map<string, TapeKernel[]>();
  for (const kernel of tape.kernels) {
    const name = classes[kernel.id];
    groups.set(name, [...(groups.get(name) ?? []), kernel]);
  }
  const cards = new Cards(tape, [...groups.values()]);
  const all = [...groups.values()].map((kernels, i) => cards.card(kernels, i));
  const phases = [...new Set(tape.kernels.map(({ phase }) => phase))];
  return phases.map((phase) => ({
    phase,
    cards: all.filter((card) => card.phase === phase),
  }));
}

const storedNode = ({ nodes }: TapeKernel): number => nodes[nodes.length - 1];

/**
 * How many kernels that are alike share a card. What a layer does forward and backward is to be seen,
 * unless there are many alike, as where rows are solved block by block.
 */
const leastAlike = (phase: string): number => (phase === 'forward' || phase === 'backward' ? 4 : 2);

/**
 * A name for each kernel. Kernels have one name where they compute the same as far from the first
 * kernels of their phase: what reads another one is farther, so that there is no way from one to
 * another of that name.
 */
function classesOf({ kernels, nodes }: Tape): string[] {
  /** Of the kernel that stores a node: how far it is from the first of its phase. */
  const depths = new Map<number, { readonly phase: string; readonly depth: number }>();
  const structures = kernels.map((kernel) => {
    const { phase, reads } = kernel;
    const before = reads.map((read) => depths.get(read)).filter((other) => other?.phase === phase);
    const depth = 1 + Math.max(-1, ...before.map((other) => other?.depth ?? -1));
    depths.set(storedNode(kernel), { phase, depth });
    const operations = kernel.nodes.map((member) => {
      const { name, phase: own, rule } = nodes[member];
      return [name, own, rule?.name ?? ''];
    });
    return JSON.stringify([phase, depth, operations]);
  });
  const counts = new Map<string, number>();
  for (const structure of structures) counts.set(structure, (counts.get(structure) ?? 0) + 1);
  return structures.map((structure, i) => {
    const alike = (counts.get(structure) ?? 0) >= leastAlike(kernels[i].phase);
    return alike ? structure : `${i}`;
  });
}

class Cards {
  /** The number of the card that stores a node. */
  private readonly cardOf = new Map<number, number>();
  private readonly phaseOf = new Map<number, string>();
  /** The number of the card that computes an operation, the first one of several. */
  private readonly computedIn = new Map<number, number>();

  constructor(
    private readonly tape: Tape,
    groups: readonly (readonly TapeKernel[])[],
  ) {
    for (const [i, kernels] of groups.entries()) {
      for (const kernel of kernels) {
        this.cardOf.set(storedNode(kernel), i + 1);
        this.phaseOf.set(storedNode(kernel), kernel.phase);
        for (const node of kernel.nodes) {
          if (!this.computedIn.has(node)) this.computedIn.set(node, i + 1);
        }
      }
    }
  }

  card(kernels: readonly TapeKernel[], i: number): Card {
    const { tape } = this;
    const [first] = kernels;
    const reads = [...new Set(kernels.flatMap((kernel) => kernel.reads))];
    const isHere = (node: number) => this.phaseOf.get(node) === first.phase;
    const given = reads.filter((node) => tape.nodes[node].family === 'input');
    const stored = reads.filter((node) => !given.includes(node));
    const across = this.cards(stored.filter((node) => !isHere(node)));
    const computed = new Set(kernels.map(storedNode));
    return {
      id: i + 1,
      phase: first.phase,
      count: kernels.length,
      kernels: kernels.map(({ id }) => id),
      rows: this.rows(first, kernels),
      reads: [...given.map((node) => tape.nodes[node].name), ...across.map((card) => `#${card}`)],
      results: tape.outputs
        .filter(({ node }) => computed.has(node))
        .map(({ name }) => name || 'result'),
      from: this.cards(stored.filter(isHere)).filter((card) => card !== i + 1),
      across,
    };
  }

  private cards(nodes: readonly number[]): number[] {
    return [...new Set(nodes.map((node) => this.cardOf.get(node) ?? 0))].sort((a, b) => a - b);
  }

  private rows({ nodes }: TapeKernel, kernels: readonly TapeKernel[]): Row[] {
    const members = nodes.map((node) => this.tape.nodes[node]);
    const shown = members.filter(({ name }) => !layout.has(name));
    const rows: { phase: string; rule?: string; names: string[]; shape: string }[] = [];
    for (const node of shown.length > 0 ? shown : members.slice(-1)) {
      const { phase, name, shape } = node;
      const rule = this.ruleOf(node, kernels.length > 1);
      const last = rows[rows.length - 1];
      if (last?.phase === phase && last.rule === rule) {
        last.names.push(name);
        last.shape = `[${shape.join(',')}]`;
      } else rows.push({ phase, rule, names: [name], shape: `[${shape.join(',')}]` });
    }
    const shapes = new Set(kernels.map((kernel) => `${this.tape.nodes[storedNode(kernel)].shape}`));
    const several = shapes.size > 1 ? `${shapes.size} shapes` : undefined;
    return rows.map(({ names, shape, ...row }) => ({
      ...row,
      operations: counted(names).join(' · '),
      shape: several ?? shape,
    }));
  }

  private ruleOf({ rule }: TapeNode, several: boolean): string | undefined {
    if (!rule) return undefined;
    const card = several || rule.node === undefined ? undefined : this.computedIn.get(rule.node);
    return `∂ ${rule.name}${card ? ` #${card}` : ''}`;
  }
}

/** Names in order; one that follows itself stands once, with how often. */
function counted(names: readonly string[]): string[] {
  const runs: { name: string; count: number }[] = [];
  for (const name of names) {
    const last = runs[runs.length - 1];
    if (last?.name === name) last.count++;
    else runs.push({ name, count: 1 });
  }
  return runs.map(({ name, count }) => (count > 1 ? `${name} ×${count}` : name));
}
