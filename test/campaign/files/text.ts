/** @file Mutations of text: lines and fields. */

import type { Mutant, Step } from './mutation.ts';

/** What no reader should take for an id or a rating, and what many do. */
const hostile = [
  ...['', ' ', '-1', '-0', '+1', '1.5', '1e3', '1e309', '0x10', '007', '1_000', '1,5'],
  ...['NaN', 'Infinity', '-Infinity', 'null', 'undefined', 'true', '__proto__', 'constructor'],
  ...['4294967296', '2147483648', '9007199254740993', '99999999999999999999', '1e-400'],
  ...['"', '"7"', '"7', '""', "'7'", '٣', '１', 'é', '🙂', '\u0000', '\u00a0', '\ufeff', '\u2028'],
  ...['#', '//', '../..', '=1+1', ':', '::', ';', '\t', ',', '|', '\r', 'x'.repeat(100_000)],
];

const separators = /(\t|::|,| |;|\|)/;

type Edit = (lines: string[], step: Step) => string;

const lineOps: readonly Edit[] = [
  (lines, { a }) => {
    lines.splice(a % lines.length, 1);
    return `line ${(a % lines.length) + 1} taken out`;
  },
  (lines, { a, b }) => {
    lines.splice(b % lines.length, 0, lines[a % lines.length]);
    return `line ${(a % lines.length) + 1} put before ${(b % lines.length) + 1} too`;
  },
  (lines, { a, b }) => {
    const [i, j] = [a % lines.length, b % lines.length];
    [lines[i], lines[j]] = [lines[j], lines[i]];
    return `lines ${i + 1} and ${j + 1} swapped`;
  },
  (lines) => {
    for (const [i, line] of lines.entries()) lines[i] = line && `${line}\r`;
    return 'lines end in CR LF';
  },
  (lines, { a }) => {
    lines.splice(a % lines.length, 0, '');
    return `an empty line before ${(a % lines.length) + 1}`;
  },
  (lines) => {
    if (lines.at(-1) === '') lines.pop();
    return 'no line feed at the end';
  },
  (lines) => {
    lines[0] = `\ufeff${lines[0]}`;
    return 'a byte order mark';
  },
  (lines) => {
    lines.push(...lines);
    return 'the whole file twice';
  },
  ...Array.from({ length: 4 }, () => setField),
  (lines, { a, b, value }) =>
    editFields(lines, a, (fields) => {
      const [i, j] = [b, value].map((n) => 2 * (n % ((fields.length + 1) / 2)));
      [fields[i], fields[j]] = [fields[j], fields[i]];
      return `fields ${i / 2} and ${j / 2} swapped`;
    }),
  (lines, { a, b }) =>
    editFields(lines, a, (fields) => {
      fields.splice(2 * (b % ((fields.length + 1) / 2)), 2);
      return `field ${b % ((fields.length + 1) / 2)} taken out`;
    }),
  (lines, { a, b }) =>
    editFields(lines, a, (fields) => {
      const i = 2 * (b % ((fields.length + 1) / 2));
      fields.splice(i, 0, fields[i], fields[1] ?? ' ');
      return `field ${i / 2} doubled`;
    }),
  (lines, { a, value }) =>
    editFields(lines, a, (fields) => {
      const separator = ['\t', '::', ',', ' ', ';', '|', '  '][value % 7];
      for (let i = 1; i < fields.length; i += 2) fields[i] = separator;
      return `separated by ${JSON.stringify(separator)}`;
    }),
  (lines, { a, b }) =>
    editFields(lines, a, (fields) => {
      const i = 2 * (b % ((fields.length + 1) / 2));
      fields[i] = ` ${fields[i]} `;
      return `spaces around field ${i / 2}`;
    }),
];

function setField(lines: string[], { a, b, value }: Step): string {
  return editFields(lines, a, (fields) => {
    const i = 2 * (b % ((fields.length + 1) / 2));
    fields[i] = hostile[value % hostile.length];
    return `field ${i / 2} set to ${JSON.stringify(fields[i]).slice(0, 30)}`;
  });
}

/** Edits the fields of a line, which have their separators between them. */
function editFields(lines: string[], a: number, edit: (fields: string[]) => string): string {
  const i = a % lines.length;
  const fields = lines[i].split(separators);
  const how = edit(fields);
  lines[i] = fields.join('');
  return `line ${i + 1}: ${how}`;
}

/** Mutates the lines of a text. */
export function mutateText(bytes: Uint8Array, drawn: readonly Step[]): Mutant {
  const lines = new TextDecoder().decode(bytes).split('\n');
  const how = drawn.map((step) =>
    lines.length === 0 ? 'nothing' : lineOps[step.op % lineOps.length](lines, step),
  );
  return {
    bytes: new TextEncoder().encode(lines.join('\n')),
    how: how.join('; '),
    other: false,
  };
}
