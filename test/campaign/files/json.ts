/** @file Mutations of JSON: values anywhere in the tree. */

import type { Mutant, Step } from './mutation.ts';

/** Values as they stand in a text; some are no JSON. */
const hostile = [
  ...['null', 'true', '{}', '[]', '""', '"x"', '"1"', '-1', '0', '-0', '1.5', '0.1', '1e15'],
  ...['1e400', '-1e400', 'NaN', 'Infinity', '4294967296', '9007199254740993', '1e-400', '2', '3'],
  ...['[null]', '[[]]', '{"__proto__": 1}', '"__proto__"', '"\\u0000"', '"\\ud800"', '[1, 2, 3]'],
  ...['['.repeat(500) + ']'.repeat(500), '['.repeat(100_000), `"${'x'.repeat(100_000)}"`],
];

/** Stands for a value that is written as it is. */
const marked = (text: string): string => `\u0001${text}\u0001`;

type Container = Record<string, unknown> | unknown[];

/** Every place of a tree: what holds it and under which key. */
function places(tree: unknown): [Container, string][] {
  if (typeof tree !== 'object' || tree === null) return [];
  const container = tree as Container;
  return Object.entries(container).flatMap(([key, value]): [Container, string][] => [
    [container, key],
    ...places(value),
  ]);
}

const at = (container: Container, key: string) => (container as Record<string, unknown>)[key];

function set(container: Container, key: string, value: unknown): void {
  (container as Record<string, unknown>)[key] = value;
}

type Edit = (all: [Container, string][], step: Step) => string;

const ops: readonly Edit[] = [
  ...Array.from(
    { length: 4 },
    (): Edit =>
      (all, { a, value }) => {
        const [container, key] = all[a % all.length];
        const text = hostile[value % hostile.length];
        set(container, key, marked(text));
        return `${key} set to ${text.slice(0, 30)}`;
      },
  ),
  (all, { a }) => {
    const [container, key] = all[a % all.length];
    if (Array.isArray(container)) container.splice(Number(key), 1);
    else delete container[key];
    return `${key} taken out`;
  },
  (all, { a }) => {
    const [container, key] = all[a % all.length];
    const value = at(container, key);
    if (Array.isArray(container)) container.push(value);
    else set(container, `${key}_`, value);
    return `${key} doubled`;
  },
  (all, { a, b }) => {
    const [[one, i], [other, j]] = [all[a % all.length], all[b % all.length]];
    const [x, y] = [at(one, i), at(other, j)];
    // A tree must not come to hold itself.
    if ([x, y].some((value) => typeof value === 'object')) return 'nothing';
    set(one, i, y);
    set(other, j, x);
    return `${i} and ${j} swapped`;
  },
  (all, { a, value }) => {
    const [container, key] = all[a % all.length];
    const number = at(container, key);
    if (typeof number !== 'number') return 'nothing';
    set(container, key, [number + 1, -number, number * 1e9, number / 3, `${number}`][value % 5]);
    return `${key} changed from ${number}`;
  },
];

/** Mutates the values of a JSON. */
export function mutateJson(bytes: Uint8Array, drawn: readonly Step[]): Mutant {
  const { text, how } = mutateJsonText(new TextDecoder().decode(bytes), drawn);
  return { bytes: new TextEncoder().encode(text), how, other: false };
}

/** What a text holds; undefined where an earlier step has left no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Gives a key the name of another one, so that it may come twice in its object. */
function withKey(text: string, { a, b }: Step): { text: string; how: string } {
  const keys = [...text.matchAll(/"([^"\\]+)":/g)];
  if (keys.length === 0) return { text, how: 'nothing' };
  const key = keys[a % keys.length];
  const name = b % 5 === 0 ? '__proto__' : keys[b % keys.length][1];
  const end = key.index + key[0].length;
  return {
    text: `${text.slice(0, key.index)}"${name}":${text.slice(end)}`,
    how: `the key ${key[1]} renamed to ${name}`,
  };
}

/** Mutates the values of a JSON text. */
export function mutateJsonText(
  text: string,
  drawn: readonly Step[],
): { text: string; how: string } {
  const tree = { root: parsed(text) };
  if (tree.root === undefined) return { text, how: 'nothing' };
  const how = drawn.map((step) => {
    const all = places(tree);
    return all.length === 0 ? 'nothing' : ops[step.op % ops.length](all, step);
  });
  const mutated = JSON.stringify(tree.root, null, 2) ?? '';
  // What is marked is written as it was, without the quotes and escapes of a string.
  const raw = mutated.replace(/"\\u0001((?:[^"\\]|\\.)*?)\\u0001"/g, (_, escaped: string) =>
    JSON.parse(`"${escaped}"`),
  );
  const [step] = drawn;
  if (step.value % 7 > 0) return { text: `${raw}\n`, how: how.join('; ') };
  const named = withKey(raw, step);
  return { text: `${named.text}\n`, how: [...how, named.how].join('; ') };
}
