/** @file Lists of ids beside files of inner numbers: `org_id remap_id`, as LightGCN has them. */

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { UserError } from '../../errors.ts';
import type { NewFile } from '../files.ts';
import type { Side } from '../ids.ts';
import type { Interactions } from '../interactions.ts';
import { quoted, readBlocks } from './lines.ts';

const fileNames: Record<Side, string> = { users: 'user_list.txt', items: 'item_list.txt' };
const head = 'org_id remap_id';

/** The list of the ids of a side, the first of which has the number `from`. */
export function idList(folder: string, side: Side, ids: readonly string[], from = 0): NewFile {
  const lines = ids.map((id, i) => `${id} ${from + i}\n`).join('');
  return { path: join(folder, fileNames[side]), contents: `${head}\n${lines}` };
}

/**
 * Interactions by the ids of the lists that lie beside their file, where they do. Throws a UserError
 * for a number that its list lacks.
 */
export async function withListedIds(
  file: string,
  interactions: Interactions,
): Promise<Interactions> {
  const named = { ...interactions };
  for (const side of ['users', 'items'] as const) {
    const path = join(dirname(file), fileNames[side]);
    if (!existsSync(path)) continue;
    const ids = await readIdList(path);
    named[side] = interactions[side].map((number) => {
      const id = ids.get(number);
      if (id !== undefined) return id;
      throw new UserError(`${path}: lacks number ${number}, which is in ${file}`);
    });
  }
  return named;
}

/** The ids by number, in the one spelling that numbers have. */
async function readIdList(path: string): Promise<Map<string, string>> {
  const ids = new Map<string, string>();
  const seen = new Set<string>();
  for await (const { text, line } of readBlocks(path)) {
    text.split('\n').forEach((raw, i) => {
      const entry = raw.replace(/\r$/, '');
      if (entry === '' || (line + i === 1 && entry.startsWith('org_id '))) return;
      // An id may hold spaces, a number cannot.
      const [, id, number] = /^(.*) (0|[1-9]\d*)$/s.exec(entry) ?? [];
      if (!id || ids.has(number) || seen.has(id)) {
        throw new UserError(
          `${path} line ${line + i}: expected an id and a number, each once, got ${quoted(entry)}`,
        );
      }
      ids.set(number, id);
      seen.add(id);
    });
  }
  return ids;
}
