/** @file Links in the documentation lead somewhere: to a file, and to a heading in it. */

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { pages, sourcePages } from './pages.ts';

/** The anchors of a page's headings, as forges make them. */
function anchorsOf(page: string): Set<string> {
  const text = readFileSync(page, 'utf8').replaceAll(/```[^]*?```/g, '');
  const anchors = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .trim()
      .replaceAll(' ', '-'),
  );
  return new Set(anchors);
}

/** Relative links of a page, outside of code. */
function linksOf(page: string): string[] {
  const text = readFileSync(page, 'utf8')
    .replaceAll(/```[^]*?```/g, '')
    .replaceAll(/`[^`\n]*`/g, '');
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target]) => target)
    .filter((target) => !/^[a-z]+:/.test(target));
}

for (const page of [...pages, ...sourcePages]) {
  test(`the links of ${page} lead to files and headings`, () => {
    const broken = linksOf(page).filter((target) => {
      const [path, anchor] = target.split('#');
      const file = path === '' ? page : join(dirname(page), path);
      return !existsSync(file) || (anchor !== undefined && !anchorsOf(file).has(anchor));
    });
    assert.equal(broken, []);
  });
}

test('what the README links to is part of the package', () => {
  const { files } = JSON.parse(readFileSync('package.json', 'utf8'));
  const packed = (path: string) =>
    path === 'LICENSE' ||
    files.some(
      (entry: string) =>
        path === entry || path.startsWith(`${dirname(entry)}/`) || path.startsWith(`${entry}/`),
    );
  const missing = linksOf('README.md')
    .map((target) => target.split('#')[0])
    .filter((path) => path !== '' && !packed(path));
  assert.equal(missing, []);
});

test.run();
