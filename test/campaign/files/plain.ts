/**
 * @file Small readings of text formats, apart from the program's: the pairs that a file holds by
 * the plainest rules, or that it is malformed.
 */

/** The (user, item) pairs of a file, or why it holds none that are certain. */
export type Reading = readonly (readonly [string, string])[] | 'malformed' | 'open';

/** The text of bytes, without the mark of the byte order; undefined if they are no UTF-8. */
export function textOf(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return text.includes('\0') ? undefined : text;
  } catch {
    return undefined;
  }
}

const linesOf = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.replace(/\r$/, ''))
    .filter((line) => !/^[ \t]*$/.test(line));

const trim = (field: string): string => field.replace(/^[ \t]+|[ \t]+$/g, '');

/** A table that is not quoted. */
export interface PlainTable {
  readonly separator: string;
  readonly header?: string;
  readonly fields: number;
  readonly user: number;
  readonly item: number;
  readonly rating?: number;
  readonly quotes?: boolean;
}

/** The pairs of a table. A file whose first line has changed may be of another layout: open. */
export function readTable(bytes: Uint8Array, table: PlainTable): Reading {
  const text = textOf(bytes);
  if (text === undefined) return 'malformed';
  const { separator, header, fields, user, item, rating, quotes } = table;
  const records = quotes ? quotedRecords(text, separator) : plainRecords(text, separator);
  if (!records || records.length === 0) return 'malformed';
  if (header !== undefined && records.shift()?.join(separator) !== header) return 'open';
  const isWrong = (record: string[]) =>
    record.length !== fields ||
    record[user] === '' ||
    record[item] === '' ||
    (rating !== undefined && !isNumber(record[rating])) ||
    [record[user], record[item]].some((id) => /[\r\n]/.test(id));
  if (records.length === 0 || records.some(isWrong)) return 'malformed';
  return records.map((record) => [record[user], record[item]] as const);
}

const isNumber = (text: string): boolean =>
  text !== '' && Number.isFinite(Number(text.replace(',', '.')));

const plainRecords = (text: string, separator: string): string[][] =>
  linesOf(text).map((line) =>
    separator === ' ' ? line.split(/ +/).filter((field) => field !== '') : split(line, separator),
  );

const split = (line: string, separator: string): string[] => line.split(separator).map(trim);

/** The records of RFC 4180, letter by letter; undefined for a quote that is out of place. */
function quotedRecords(text: string, separator: string): string[][] | undefined {
  const records: string[][] = [[]];
  let [field, state]: [string, 'bare' | 'quoted' | 'closed'] = ['', 'bare'];
  const endField = () => {
    records.at(-1)?.push(state === 'closed' ? field : trim(field));
    [field, state] = ['', 'bare'];
  };
  const letters = text.replace(/(?<!\n)$/, '\n');
  for (let i = 0; i < letters.length; i++) {
    const letter = letters[i];
    if (state === 'quoted') {
      if (letter !== '"') field += letter;
      else if (letters[i + 1] === '"') field += letters[i++];
      else state = 'closed';
    } else if (letter === separator) endField();
    else if (letter === '\n') {
      endField();
      records.push([]);
    } else if (letter === '\r' && letters[i + 1] === '\n') continue;
    else if (state === 'closed') return undefined;
    else if (letter !== '"') field += letter;
    else if (field === '') state = 'quoted';
    else return undefined;
  }
  if (state === 'quoted') return undefined;
  return records.filter((record) => record.length > 1 || (record[0] ?? '') !== '');
}

/** The pairs of lines that begin with a user, which all of its items follow. */
export function readLists(bytes: Uint8Array): Reading {
  const text = textOf(bytes);
  if (text === undefined) return 'malformed';
  const lines = linesOf(text).map((line) => line.split(/ +/).filter((field) => field !== ''));
  const users = new Set(lines.map(([user]) => user));
  const isWrong = lines.some((fields) => fields.some((field) => !/^(0|[1-9]\d*)$/.test(field)));
  if (isWrong || users.size < lines.length) return 'malformed';
  return lines.flatMap(([user, ...items]) => items.map((item) => [user, item] as const));
}

/** The pairs of fake users as VAT writes them. */
export function readVat(bytes: Uint8Array): Reading {
  const text = textOf(bytes);
  try {
    const tree = JSON.parse(text ?? '');
    const { fake_users: users, target_items: targets } = tree;
    if (keysOf(text ?? '') !== keysIn(tree) || Object.hasOwn(users, '__proto__'))
      return 'malformed';
    const isId = (id: unknown) => typeof id === 'string' && id !== '' && !/[\r\n]/.test(id);
    const lists = Object.entries(users) as [string, string[]][];
    if (Array.isArray(users) || !targets.every(isId)) return 'malformed';
    if (!lists.every(([user, items]) => isId(user) && items.every(isId))) return 'malformed';
    return lists.flatMap(([user, items]) => items.map((item) => [user, item] as const));
  } catch {
    return 'malformed';
  }
}

/** The keys that stand in a JSON text. */
const keysOf = (text: string): number =>
  [...text.matchAll(/"(?:\\.|[^"\\])*"(\s*:)?/g)].filter(([, colon]) => colon).length;

/** The keys that a tree has: fewer than the text where one comes twice. */
function keysIn(tree: unknown): number {
  if (typeof tree !== 'object' || tree === null) return 0;
  const inner = Object.values(tree).reduce((sum: number, each) => sum + keysIn(each), 0);
  return inner + (Array.isArray(tree) ? 0 : Object.keys(tree).length);
}

/** The ids of a list by number; undefined for a list that is malformed. */
export function readIdList(bytes: Uint8Array): Map<string, string> | undefined {
  const lines = textOf(bytes)?.split('\n');
  if (!lines) return undefined;
  const ids = new Map<string, string>();
  for (const [i, raw] of lines.entries()) {
    const line = raw.replace(/\r$/, '');
    if (line === '' || (i === 0 && line.startsWith('org_id '))) continue;
    const at = line.lastIndexOf(' ');
    const [id, number] = [line.slice(0, at), line.slice(at + 1)];
    const isKnown = ids.has(number) || [...ids.values()].includes(id);
    if (at < 1 || !/^(0|[1-9]\d*)$/.test(number) || isKnown) return undefined;
    ids.set(number, id);
  }
  return ids;
}
