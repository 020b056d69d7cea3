/** @file The pages of the documentation, the programs in them, and the output that they show. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** The pages for users. */
export const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  ...readdirSync('docs')
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

/** Pages beside the sources, which show what users cannot import; their own tests check that. */
export const sourcePages = ['src/autodiff/devices/simd/README.md'].filter(existsSync);

/** A fenced block of a page, from line `line` on. */
export interface Block {
  readonly page: string;
  readonly line: number;
  readonly language: string;
  readonly text: string;
  /** The name in `<!-- output: NAME -->` before it, if it shows output. */
  readonly output?: string;
}

/** The fenced blocks of a page in order. */
export function blocksOf(page: string): Block[] {
  const blocks: Block[] = [];
  const lines = readFileSync(page, 'utf8').split('\n');
  let output: string | undefined;
  for (let i = 0; i < lines.length; i++) {
    output = /^<!-- output: (\S+) -->$/.exec(lines[i])?.[1] ?? output;
    if (lines[i] === '<!-- end -->') output = undefined;
    const language = /^```(\w+)$/.exec(lines[i])?.[1];
    if (!language) continue;
    const end = lines.indexOf('```', i + 1);
    const text = lines.slice(i + 1, end).join('\n');
    blocks.push({ page, line: i + 1, language, text, output });
    i = end;
  }
  return blocks;
}

/** TypeScript blocks that begin with an import are programs: whole, to be copied and run. */
export const isProgram = ({ language, text }: Block): boolean =>
  language === 'ts' && text.startsWith('import ');
