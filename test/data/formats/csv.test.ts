/** @file CSV: RFC 4180, separators, headers, columns, thresholds, encodings, long lines. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type ReadOptions, readInteractions } from '../../../src/data/index.ts';
import { UserError } from '../../../src/errors.ts';
import { failure, temporaryFolder } from '../temporary.ts';

const folder = temporaryFolder();
let count = 0;

function file(contents: string | Uint8Array): string {
  const path = join(folder, `${count++}.csv`);
  writeFileSync(path, contents);
  return path;
}

async function pairs(contents: string | Uint8Array, options?: ReadOptions): Promise<string[]> {
  const { users, items, userOf, itemOf } = await readInteractions(file(contents), 'auto', options);
  return [...userOf].map((user, i) => `${users[user]}>${items[itemOf[i]]}`);
}

async function refused(contents: string | Uint8Array, expected: RegExp, options?: ReadOptions) {
  const error = await failure(readInteractions(file(contents), 'auto', options));
  assert.instance(error, UserError, error.stack);
  assert.match(error.message, expected);
}

test('one id quoted and bare is one id', async () => {
  const { users } = await readInteractions(file('uid,sid\n"7",1\n7,2\n"8",1\n'));
  assert.equal(users, ['7', '8']);
});

test('quotes doubled, separators and lines within quotes, CRLF, a mark of the byte order', async () => {
  const text = '\uFEFFuser,note,item\r\n"a ""b""","two\r\nlines, here","x,y"\r\nc,,"z "\r\n';
  assert.equal(await pairs(text), ['a "b">x,y', 'c>z ']);
  await refused('uid,sid\na"b,1\n', /line 2: a quote within a field that is not quoted/);
  await refused('uid,sid\n1,2\n"a"b,1\n', /line 3: text behind a closing quote/);
  await refused('uid,sid\n1,2\n"a,1\n2,3\n', /line 3: a quote that is opened and not closed/);
  await refused('uid,sid\n"a\nb",1\n', /line 2: the id "a\\nb" goes over several lines/);
  await refused('uid,note,sid\n1,"\n\n",2\n1,2\n', /line 5: expected uid, note, sid/);
});

test('any separator, and the decimal comma', async () => {
  const text = '"user_id";"item";"stars"\n"u1";"Title, vol. 1";"4,5"\n"u2";"Title, vol. 1";"3"\n';
  assert.equal(await pairs(text), ['u1>Title, vol. 1', 'u2>Title, vol. 1']);
  assert.equal(await pairs(text, { minRating: 4 }), ['u1>Title, vol. 1']);
  for (const [separator, name] of [
    ['\t', 'tab'],
    [',', ','],
    [';', ';'],
    ['|', '|'],
    [' ', 'space'],
    ['::', '::'],
  ]) {
    const table = `user${separator}item\na${separator}b\n`;
    assert.equal(await pairs(table), ['a>b'], name);
    assert.equal(await pairs(table, { separator: name }), ['a>b'], name);
  }
});

test('columns by name and by number, with a header and without', async () => {
  const text = 'x,who,what,1\n0,a,i,5\n1,b,j,2\n';
  assert.equal(await pairs(text, { columns: ['who', 'what'] }), ['a>i', 'b>j']);
  assert.equal(await pairs(text, { columns: ['who', '3', '1'], minRating: 5 }), ['a>i']);
  assert.equal(await pairs('3,4,5\n', { columns: ['2', '1'] }), ['4>3']);
  // The first record is one, though a field of it is called as a column is numbered.
  assert.equal(await pairs('1,2\n3,4\n', { columns: ['1', '2'] }), ['1>2', '3>4']);
  assert.equal(await pairs('2,1\n3,4\n', { columns: ['1', '2'], header: true }), ['4>3']);
  assert.equal(await pairs('a,b\n', { header: false }), ['a>b']);
  assert.equal(await pairs('a,b\nc,d\n', { header: true, columns: ['1', '2'] }), ['c>d']);
  await refused('a,b\nc,d\n', /may be a header or a record: say --header/, { columns: ['1', '2'] });
  await refused(text, /there is no column whom: the columns are x, who, what, 1/, {
    columns: ['whom', '2'],
  });
  await refused('user,user_id,item\n1,2,3\n', /user, user_id may each be the user/);
  await refused('uid,sid\n1,2\n', /has no ratings \(uid, sid\)/, { minRating: 4 });
  await refused('uid,sid\n1,2\n', /has no times/, { times: true });
});

test('ratings seen, duplicates and drops are counted', async () => {
  const text = 'user,item,rating\n1,2,-1\n1,2,3\n1,2,5\n2,2,4\n';
  const { understood } = await readInteractions(file(text), 'auto', { minRating: 3 });
  const { rows, dropped, merged, ratings } = understood;
  assert.equal([rows, dropped, merged], [4, 1, 1]);
  assert.equal(ratings, { least: -1, greatest: 5, distinct: 4 });
});

test('ratings are different as numbers, and no count of them is given beyond 1000', async () => {
  const distinct = async (texts: readonly string[]) => {
    const lines = texts.map((rating, item) => `1,${item},${rating}\n`);
    const { understood } = await readInteractions(file(`user,item,rating\n${lines.join('')}`));
    return understood.ratings?.distinct;
  };
  assert.is(await distinct(['4', '4.0', '4.00', '0.4e1', '5']), 2);
  const many = (count: number) => Array.from({ length: count }, (_, i) => `${i}`);
  assert.is(await distinct(many(1000)), 1000);
  // The same numbers again, written otherwise, are no more.
  assert.is(await distinct([...many(1000), ...many(1000).map((text) => `${text}.0`)]), 1000);
  assert.is(await distinct(many(1001)), null);
});

test('the earliest time of a pair that comes twice', async () => {
  const timesOf = async (text: string) => {
    const { timeOf } = await readInteractions(file(text), 'auto', { times: true });
    return [...(timeOf ?? [])];
  };
  assert.equal(await timesOf('user,item,time\n1,2,30\n1,3,20\n1,2,10\n'), [10, 20]);
  const date = '2010-10-19T23:55:27Z';
  assert.equal(await timesOf(`user,item,time\n1,2,${date}\n1,2,2010-10-20\n`), [
    Date.UTC(2010, 9, 19, 23, 55, 27),
  ]);
  // A date counts in milliseconds, and numbers mostly in seconds.
  await refused(
    `user,item,time\n1,2,${date}\n1,3,1300000000\n`,
    /line 3: expected a date for the time, as in line 2, got "1300000000"/,
    { times: true },
  );
  await refused('user,item,time\n1,2,soon\n', /line 2: expected a time .*got "soon"/, {
    times: true,
  });
});

test('text that is not UTF-8, UTF-16 and lone carriage returns are refused by line', async () => {
  const latin = Buffer.from('uid,sid\né,1\nè,1\n', 'latin1');
  await refused(latin, /line 2: the text is not UTF-8/);
  await refused(Buffer.from('uid,sid\n1,2\n', 'utf16le'), /line 1: holds a zero byte/);
  await refused('uid,sid\n1,2\r3,4\n', /line 2: a carriage return within the line/);
});

test('a line without an end is refused by its number, in linear time', async () => {
  const started = process.cpuUsage().user;
  await refused(`uid,sid\n1,2\n${'x'.repeat(2 ** 24 + 1)}`, /line 3: longer than 16777216 bytes/);
  const pieces = `uid,sid\n${'9'.repeat(2 ** 23)},1\n`;
  assert.equal((await pairs(pieces))[0].length, 2 ** 23 + 2);
  // Read again and again from its start in 64 pieces, the line would be 2^28 characters.
  assert.ok(process.cpuUsage().user - started < 20e6);
});

test('what looks like no format, or like two, is asked for', async () => {
  await refused('alpha beta\ngamma delta\n', /of no format that is known .*--format npz/);
  await refused('1 2 3\n4 5 6\n', /of no format that is known/);
  await refused('', /expected interactions, got none/);
  const error = await failure(readInteractions(file('0 1\n'), 'lightgcn', { separator: ',' }));
  assert.match(error.message, /separator goes with the format csv, not lightgcn/);
});

test('without a header, the separator is the one that divides all records alike', async () => {
  const genres = '1,10,Action|Comedy\n2,11,Drama|War\n';
  assert.equal(await pairs(genres, { columns: ['1', '2'] }), ['1>10', '2>11']);
  assert.equal(await pairs(genres, { columns: ['2', '1'] }), ['10>1', '11>2']);
  assert.equal(await pairs('a b,c\nd,e\n', { header: false }), ['a b>c', 'd>e']);
  assert.equal(await pairs('a b,c d\ne f,g h\n', { header: false }), ['a b>c d', 'e f>g h']);
  assert.equal(await pairs('A,B,4,2016-05-28 00:49:00\n', { columns: ['1', '2'], header: false }), [
    'A>B',
  ]);
  const named = 'buyer name,thing name;\nK 1,A 5;\n';
  assert.equal(await pairs(named, { columns: ['buyer name', 'thing name;'] }), ['K 1>A 5;']);
  await refused('a;b,c;d\ne;f,g;h\n', /";" and "," divide all records alike.*--separator/, {
    header: false,
  });
  // Where none does, the line that has other fields than the first is named.
  await refused('39\t2\t5\t9\n22\t16\t5\n', /line 2: expected user, item, column 3, column 4/, {
    columns: ['1', '2'],
    header: false,
  });
});

test('a comma within a rating between commas is refused, elsewhere it is decimal', async () => {
  await refused('user,item,rating\n1,2,"1,234"\n', /line 2: expected a rating, got "1,234"/, {
    minRating: 5,
  });
});

test('errors count empty lines before the first record', async () => {
  await refused('\n\nfoo,bar\n1,2\n', /line 3: of no format that is known/);
  await refused('\n\nuser,user_id,item\n1,2,3\n', /line 3: user, user_id may each be/);
  await refused('\nuser,user,item\na,b,x\n', /line 2: two columns are called user/, {
    columns: ['user', 'item'],
  });
});

test('separators and columns that would mean two things are refused', async () => {
  const text = 'user,user,item\na,b,x\n';
  for (const separator of ['', '"', '\n', '\r']) {
    await refused(text, /^separator: expected what is between fields, such as/, { separator });
  }
  await refused(text, /two columns are called user: name it by number/, {
    columns: ['user', 'item'],
  });
  for (const columns of [
    ['1', '1'],
    ['1', '3', '3'],
  ]) {
    await refused(text, /^columns: column [13] comes twice/, { columns, header: true });
  }
  assert.equal(await pairs(text, { columns: ['2', 'item'] }), ['b>x']);
});

test.run();
